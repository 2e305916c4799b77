/** The schema of `pipeline.yaml`: what a pipeline declares, after `${var:…}` and `${env:…}` were put in. */
import { z } from 'zod';
import { ENVIRONMENT_REFERENCE } from './environment';
import { isHours } from './hours';
import { nightKeys } from './watch/definition';
import { isZone, milliseconds } from './window';

/** Names become file names, activity types and SQL identifiers, so the alphabet is small. */
export const TABLE_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const PIPELINE_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
export const COLUMN_TYPE =
  /^(BIGINT|INTEGER|SMALLINT|DOUBLE|FLOAT|BOOLEAN|VARCHAR|DATE|TIMESTAMP|TIMESTAMPTZ|DECIMAL\((3[0-8]|[12]?\d),\s?(3[0-8]|[12]?\d)\))$/;

/** The width and the scale that a DECIMAL may have. */
const isPossible = (type: string) => {
  const [, width, scale] = /^DECIMAL\((\d+),\s?(\d+)\)$/.exec(type) ?? [];
  return width === undefined || (Number(width) >= 1 && Number(scale) <= Number(width));
};

/** Names that other systems have for a type. */
const MEANT: Readonly<Record<string, string>> = {
  ...{ INT: 'INTEGER', LONG: 'BIGINT', REAL: 'FLOAT', BOOL: 'BOOLEAN', STRING: 'VARCHAR', TEXT: 'VARCHAR' },
  ...{ NUMERIC: 'DECIMAL(18,4)', DECIMAL: 'DECIMAL(18,4)', DATETIME: 'TIMESTAMP' },
  'TIMESTAMP WITH TIME ZONE': 'TIMESTAMPTZ',
};

function expectedType(written: string): string {
  if (/\[\d*\]$|^(STRUCT|MAP|UNION|LIST)\b/i.test(written))
    return 'a column holds one value; deliver lists and structures as JSON text (VARCHAR), or as a table of their own';
  const upper = written.trim().toUpperCase();
  const meant = MEANT[upper] ?? (COLUMN_TYPE.test(upper) ? upper : undefined);
  return `expected ${meant ?? 'a type such as BIGINT, VARCHAR, DATE, TIMESTAMPTZ or DECIMAL(18,4)'}`;
}

const tableName = z.string().regex(TABLE_NAME, 'expected lower-case letters, digits and _, starting with a letter');
const columnName = z.string().min(1).max(128);
const sql = z.string().trim().min(1);
const share = z.number().min(0).max(1);
/** `28d`, `2h`, `30m`, `45s` */
const duration = z
  .string()
  .regex(/^[1-9]\d*(ms|s|m|h|d)$/, { message: 'expected a duration such as 45s, 30m, 2h or 28d', abort: true });
const between = (least: string, most: string) =>
  duration.refine(
    (text) => milliseconds(text) >= milliseconds(least) && milliseconds(text) <= milliseconds(most),
    `expected ${least} to ${most}`,
  );
const count = z.int().min(0);
const bytes = z.string().regex(/^\d+(KB|MB|GB)$/, 'expected a size such as 512KB, 32MB or 1GB');

export const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('decimal'),
    default: z.union([z.number(), z.string()]).optional(),
    description: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('integer'), default: z.int().optional(), description: z.string().optional() }),
  z.strictObject({ type: z.literal('string'), default: z.string().optional(), description: z.string().optional() }),
  z.strictObject({ type: z.literal('boolean'), default: z.boolean().optional(), description: z.string().optional() }),
  z.strictObject({ type: z.literal('date'), default: z.iso.date().optional(), description: z.string().optional() }),
  z.strictObject({ type: z.literal('path'), default: z.string().optional(), description: z.string().optional() }),
]);
export type Parameter = z.infer<typeof parameterSchema>;

/** What every check may say. */
const common = {
  on: tableName
    .optional()
    .describe("The model that is checked; a source's own checks are about the source and leave it out."),
  name: z
    .string()
    .min(1)
    .max(120)
    .optional()
    .describe("Shown in results; by default made from the check's type and columns."),
  severity: z.enum(['error', 'warn']).default('error').describe('`error` stops the run, `warn` tells.'),
};
const columns = z.array(columnName).min(1).describe('Names of columns.');
const max_share = share.default(0).describe('Share of rows that may fail, 0 to 1.');
const limit = z.union([z.number(), z.string()]).optional().describe('A number, a day or a time.');
const column = columnName.describe('Name of a column.');
const rows = count.optional().describe('A number of rows.');

/** A check without a bound would pass whatever the data are; one whose bounds cross would never pass. */
function bounded(
  check: { min?: number | string | undefined; max?: number | string | undefined },
  context: z.RefinementCtx,
) {
  const { min, max } = check;
  if (min === undefined && max === undefined)
    context.addIssue({ code: 'custom', message: 'expected "min" or "max", or both', params: { bare: true } });
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    context.addIssue({ code: 'custom', path: ['min'], message: `expected at most "max", which is ${max}` });
}

export const checkSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('not_null').describe('No NULL in the columns.'), columns, max_share, ...common }),
  z.strictObject({ type: z.literal('unique').describe('No two rows have the same values.'), columns, ...common }),
  z.strictObject({
    type: z.literal('accepted_values').describe('Only these values, or NULL.'),
    column,
    values: z
      .array(z.union([z.string(), z.number(), z.boolean()]))
      .min(1)
      .describe('All values that there may be.'),
    max_share,
    ...common,
  }),
  z
    .strictObject({
      type: z.literal('range').describe('From min to max, or NULL.'),
      column,
      min: limit,
      max: limit,
      max_share,
      ...common,
    })
    .superRefine(bounded),
  z
    .strictObject({
      type: z.literal('row_count').describe('So many rows.'),
      min: rows,
      max: rows,
      ...common,
    })
    .superRefine(bounded),
  z
    .strictObject({
      type: z.literal('references').describe('Every value is one of another table.'),
      columns,
      to: tableName.describe('The table that must have the values.'),
      to_columns: columns.optional().describe('Its columns, where they are named differently.'),
      max_share,
      ...common,
    })
    .superRefine(({ columns: from, to_columns: to }, context) => {
      if (to === undefined || to.length === from.length) return;
      context.addIssue({ code: 'custom', path: ['to_columns'], message: `expected as many columns as in "columns"` });
    }),
  z.strictObject({
    type: z.literal('freshness').describe('The newest time before as_of is so young.'),
    column,
    max_age: duration.describe('Such as 2d or 6h.'),
    ...common,
  }),
  z.strictObject({
    type: z.literal('expression').describe('True for every row.'),
    expression: sql.describe('SQL over the columns of one row.'),
    max_share,
    ...common,
  }),
  z.strictObject({
    type: z
      .literal('drift')
      .describe(
        "How far the shares of a column's values have moved since the live edition: the population stability index.",
      ),
    column,
    max: z.number().positive().describe('Such as 0.25.'),
    ...common,
  }),
  z.strictObject({
    type: z.literal('reconcile').describe('Two SQL figures that must be equal.'),
    left: sql.describe('A SELECT of one figure.'),
    right: sql.describe('A SELECT of the figure that it must be equal to.'),
    ...common,
    name: z.string().min(1).max(120).describe('Shown in results.'),
  }),
  z.strictObject({
    type: z.literal('sql').describe('Rows that the query returns are failures.'),
    sql: sql.describe('A SELECT of the rows that are wrong.'),
    ...common,
    name: z.string().min(1).max(120).describe('Shown in results.'),
  }),
]);
export type Check = z.infer<typeof checkSchema>;

/** SQL that is true of a row; with the column that it is about, in words what is wrong with a value where it is not. */
const conditionSchema = z.union([
  sql,
  z.strictObject({
    column: columnName.describe('The column whose value the reason shows.'),
    expression: sql.describe('SQL over the declared columns.'),
    reason: z.string().min(1).max(200).describe('What is wrong with the value, such as `is no price`.'),
  }),
]);
export type Condition = z.infer<typeof conditionSchema>;

export const expressionOf = (condition: Condition): string =>
  typeof condition === 'string' ? condition : condition.expression;

const oneCharacter = z.string().length(1);
const sourceCommon = {
  key: columns
    .optional()
    .describe('Columns that identify a row; their checksum proves that no row was lost or doubled.'),
  columns: z
    .record(
      columnName,
      z
        .string()
        .regex(COLUMN_TYPE, { error: ({ input }) => expectedType(String(input)) })
        .refine(isPossible, 'expected a width of at least 1 and a scale of at most the width')
        .describe(
          'BIGINT, INTEGER, SMALLINT, DOUBLE, FLOAT, BOOLEAN, VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ or DECIMAL(p,s).',
        ),
    )
    .describe("Name and type of every column of the file, in the file's order for CSV."),
  mapping: z
    .string()
    .optional()
    .describe("A row-wise SELECT from `source`, as a file in the pipeline's folder; what it gives is the table."),
  accept: z
    .array(conditionSchema)
    .default([])
    .describe('Expressions over the declared columns; a row for which one is not true is quarantined.'),
  max_quarantined: share
    .default(0)
    .describe('The share of records that may be quarantined before the gate stops the run.'),
  part: bytes.default('32MB').describe('About how large a part is.'),
  lanes: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe('Activities that read at the same time; by default one, two for large inputs.'),
  timeout: between('1s', '30d')
    .optional()
    .describe('The whole time that a lane may take, retries included; by default from the size.'),
  heartbeat: between('2s', '1h').default('10s').describe('How long a silent attempt counts as alive.'),
  checks: z.array(checkSchema).default([]).describe('What each delivery must keep, before anything is computed.'),
};

const fileCommon = {
  ...sourceCommon,
  path: z.string().min(1).describe("A file or a glob, relative to the pipeline's folder."),
  optional: z.boolean().default(false).describe('No file at all means an empty table instead of a failure.'),
  wait: between('1s', '24h').optional().describe('How long a missing file is waited for.'),
  delivery: z
    .enum(['append', 'replace', 'merge'])
    .optional()
    .describe(
      'What files are to each other: all together the table (append, the default), the last one by name alone (replace), or rows of a later one in place of those of the same key (merge).',
    ),
};

/** Rows replace each other by their key. */
function mergesByKey(source: { delivery?: string | undefined; key?: unknown }, context: z.RefinementCtx): void {
  if (source.delivery !== 'merge' || source.key !== undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['delivery'],
    message: 'expected a "key": rows of the same key are merged',
  });
}

/** How text may be written in CSV; the names that most tools know. JSON is UTF-8. */
const ENCODINGS = [
  ...['utf-8', 'utf-16le', 'utf-16be'],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...[874, 1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `windows-${page}`),
  ...['cp437', 'cp850', 'cp852', 'cp858', 'cp866', 'koi8-r', 'koi8-u'],
  ...['shift_jis', 'euc-jp', 'gbk', 'gb18030', 'big5', 'euc-kr'],
];
const compression = z.enum(['none', 'gzip', 'zstd']).optional().describe("By default from the file's name: .gz, .zst.");

export const fileSourceSchema = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('csv'),
      delimiter: oneCharacter.default(',').describe('What separates fields.'),
      quote: oneCharacter
        .default('"')
        .describe('What stands around fields that contain a delimiter, a quote or a line break.'),
      escape: oneCharacter.optional().describe('By default the quote itself, doubled.'),
      header: z.boolean().default(true).describe('Whether the first record holds the names of the columns.'),
      encoding: z.enum(ENCODINGS).default('utf-8').describe('How the text is written.'),
      compression,
      ...fileCommon,
    })
    .superRefine(mergesByKey),
  z.strictObject({ type: z.literal('parquet'), ...fileCommon }).superRefine(mergesByKey),
  z
    .strictObject({
      type: z.literal(['ndjson', 'json']).describe('One object a line, or a file that is one array of objects.'),
      undeclared: z
        .enum(['quarantine', 'ignore'])
        .default('quarantine')
        .describe('What a key that is no declared column means for its record.'),
      compression,
      ...fileCommon,
    })
    .superRefine(mergesByKey),
]);
interface ColumnOrder {
  /** Names of the columns as declared, where that is not the order of `columns`: JavaScript puts whole numbers first. */
  readonly columnOrder?: readonly string[];
}
export type FileSourceDefinition = z.infer<typeof fileSourceSchema> & ColumnOrder;

const postgresSchema = z
  .strictObject({
    type: z.literal('postgres').describe('A table, a view or a query of a Postgres database.'),
    connection: z
      .string()
      .regex(ENVIRONMENT_REFERENCE, 'expected ${env:NAME}: the URL with its password stays in the environment')
      .optional()
      .describe('`${env:NAME}` of a postgres:// URL; without it PGHOST, PGUSER and their like are used.'),
    table: z
      .string()
      .regex(/^[^.\s][^.]*(\.[^.]+)?$/, 'expected a table such as orders or shop.orders')
      .optional()
      .describe('A table or view, with its schema unless that is on the search path.'),
    query: sql.optional().describe('A SELECT instead of a table; it gives the declared columns.'),
    cursor: columnName
      .optional()
      .describe('A column that each change of a row sets to the time of the change; without it every night reads all.'),
    max_connections: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Sessions that read this database at a time, over all runs and workers.'),
    full_loads: z
      .string()
      .refine(isHours, 'expected two times of a day such as "22:00-06:00"')
      .optional()
      .describe(
        "Hours in which it may be read whole, such as 22:00-06:00 in the pipeline's zone; by default at any time.",
      ),
    lag: duration.optional().describe('How much longer than this a transaction never stays open before it commits.'),
    on_delete: z
      .enum(['remove', 'keep'])
      .default('remove')
      .describe(
        'What becomes of rows that are deleted in the database: found by counting and comparing keys, or not looked for.',
      ),
    soft_delete: columnName
      .optional()
      .describe('A column that says that a row is deleted: it is true, or not NULL. No keys are compared then.'),
    parent: tableName
      .optional()
      .describe('The source whose rows these belong to: read with them, in one transaction, and replaced with them.'),
    parent_key: columns.optional().describe("Columns that hold the parent's key, where they are named differently."),
    ...sourceCommon,
  })
  .superRefine((source, context) => {
    const { table, query, parent, key, cursor, soft_delete, parent_key } = source;
    const say = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, params: { bare: true } });
    if ((table === undefined) === (query === undefined))
      say(query === undefined ? 'table' : 'query', 'expected a "table" or a "query"');
    if (parent_key !== undefined && parent === undefined) say('parent_key', 'expected a "parent" that it refers to');
    if (source.full_loads !== undefined && parent !== undefined)
      say('full_loads', `expected it of ${parent} only, with which these rows are read`);
    if (key === undefined) say('key', 'expected the columns that identify a row: parts go by them');
    for (const name of [
      ...(key ?? []),
      ...(parent_key ?? []),
      ...(cursor === undefined ? [] : [cursor]),
      ...(soft_delete === undefined ? [] : [soft_delete]),
    ])
      if (source.columns[name] === undefined)
        say('columns', `expected the column ${JSON.stringify(name)}, which is a key or a cursor`);
  });
export type PostgresSourceDefinition = z.infer<typeof postgresSchema> & ColumnOrder;

export const sourceSchema = z.discriminatedUnion('type', [...fileSourceSchema.options, postgresSchema]);
export type SourceDefinition = z.infer<typeof sourceSchema> & ColumnOrder;
export type CsvSourceDefinition = Extract<SourceDefinition, { type: 'csv' }>;
export type ParquetSourceDefinition = Extract<SourceDefinition, { type: 'parquet' }>;
export type JsonSourceDefinition = Extract<SourceDefinition, { type: 'ndjson' | 'json' }>;

/** A source whose columns are declared in this order. */
export function withColumnOrder<T extends SourceDefinition>(source: T, names: readonly string[]): T {
  const own = Object.keys(source.columns);
  const isSame = names.length !== own.length || own.every((name, index) => name === names[index]);
  return isSame ? source : { ...source, columnOrder: names };
}

/** Declared columns in their order. */
export const columnList = ({ columns, columnOrder }: Pick<SourceDefinition, 'columns' | 'columnOrder'>) =>
  (columnOrder ?? Object.keys(columns)).map((name) => ({ name, type: columns[name] ?? '' }));

/** Whether a BCP 47 tag is one that numbers can be written in. */
const isLocale = (tag: string) => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
};

export const definitionSchema = z
  .strictObject({
    name: z
      .string()
      .regex(PIPELINE_NAME, 'expected lower-case letters, digits, _ and -, starting with a letter, at most 63')
      .describe('Editions are kept under this name.'),
    description: z.string().optional().describe('For people.'),
    zone: z
      .string()
      .refine(isZone, 'expected an IANA time zone such as Europe/Berlin')
      .describe('IANA time zone in which days begin and end.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'expected a currency code such as EUR')
      .default('EUR')
      .describe('Of every amount.'),
    locale: z
      .string()
      .refine(isLocale, 'expected a language tag such as en, en-GB or de-DE')
      .default('en')
      .describe('How numbers and days are written for people, such as de-DE.'),
    report: z
      .string()
      .min(1)
      .optional()
      .describe('A file of the folder that says what the report of an edition shows.'),
    window: z
      .string()
      .regex(/^[1-9]\d{0,3}d$/, 'expected a number of days such as 28d')
      .default('28d')
      .describe('Days that are reported on, before as_of.'),
    from: z.iso
      .date()
      .optional()
      .describe('Fixed window for data that do not move; `from` and `to` of a run win over it.'),
    to: z.iso.date().optional().describe('The day after a fixed window.'),
    parameters: z
      .record(tableName, parameterSchema)
      .default({})
      .describe('Values that models read by getvariable and that a run may set.'),
    sources: z
      .record(tableName, sourceSchema)
      .refine((all) => Object.keys(all).length > 0, 'expected at least one source')
      .describe('Where rows come from, by the name of their table.'),
    models: z
      .union([z.string(), z.array(z.string()).min(1)])
      .default('models')
      .describe('A folder of models, or several; names are unique over all of them.'),
    checks: z.array(checkSchema).default([]).describe('What the models must keep, before they are published.'),
    destination: z
      .discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('files'),
          path: z.string().min(1).describe("A folder, relative to the pipeline's."),
        }),
      ])
      .optional()
      .describe('Where editions are published; by default DAYBREAK_HOME/published.'),
    memory: bytes.default('2GB').describe('Memory of one query.'),
    deadline_per_model: duration.default('1h').describe('How long one model or check may compute.'),
    keep_editions: z.int().min(1).max(1000).default(7).describe('Editions kept besides the live one.'),
    ...nightKeys,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['from'],
    message: 'expected a day before "to"',
  });
export type Definition = Omit<z.infer<typeof definitionSchema>, 'sources'> & {
  readonly sources: Readonly<Record<string, SourceDefinition>>;
};

/** The header comment of a model. */
export const modelHeaderSchema = z.strictObject({
  /** Published with the edition; others are steps on the way. */
  publish: z.boolean().default(false),
  /** Columns that identify a row: checked to be unique and not null. */
  key: z.union([columnName.transform((name) => [name]), columns]).optional(),
  /** Columns by which it follows changes of its inputs: its rows of a key depend on rows of that key alone. */
  incremental: z.union([columnName.transform((name) => [name]), columns]).optional(),
  description: z.string().optional(),
  columns: z.record(columnName, z.string()).optional(),
});
export type ModelHeader = z.infer<typeof modelHeaderSchema>;
