/** Runs a pipeline's models in one DuckDB session, in the order of what they read. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parse } from 'yaml';
import { type Definition, definitionSchema, modelHeaderSchema } from '../../src/domain/definition';

export const REPOSITORY = path.join(__dirname, '..', '..');
export const pipelineFolder = (...names: string[]) => path.join(REPOSITORY, ...names);

export interface Session {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  types(table: string): Promise<Record<string, string>>;
  close(): void;
}

export async function openSession(zone: string, threads = 2): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection: DuckDBConnection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  await connection.run(`SET TimeZone = '${zone}'`);
  return {
    run: async (sql) => void (await connection.run(sql)),
    rows,
    types: async (table) =>
      Object.fromEntries((await rows(`DESCRIBE ${table}`)).map((row) => [row.column_name, row.column_type])) as Record<
        string,
        string
      >,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The declaration with parameters' defaults, or the given values, put in. */
export function definitionOf(folder: string, values: Record<string, string> = {}): Definition {
  const raw = parse(readFileSync(path.join(folder, 'pipeline.yaml'), 'utf8'));
  const parameters: Record<string, { type: string; default?: unknown }> = raw.parameters ?? {};
  const value = (name: string) => values[name] ?? parameters[name]?.default ?? '';
  const put = (node: unknown): unknown => {
    if (typeof node === 'string') {
      const whole = /^\$\{var:(\w+)\}$/.exec(node)?.[1];
      if (whole !== undefined && ['integer', 'decimal'].includes(parameters[whole]?.type ?? ''))
        return Number(value(whole));
      return node.replace(/\$\{var:(\w+)\}/g, (_, name: string) => String(value(name)));
    }
    if (Array.isArray(node)) return node.map(put);
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, put(child)]));
  };
  return definitionSchema.parse(put(raw));
}

const TYPES = {
  decimal: 'DECIMAL(18,4)',
  integer: 'BIGINT',
  string: 'VARCHAR',
  path: 'VARCHAR',
  boolean: 'BOOLEAN',
  date: 'DATE',
};

export async function setVariables(
  session: Session,
  definition: Definition,
  from: string,
  to: string,
  values: Readonly<Record<string, unknown>> = {},
) {
  for (const [name, parameter] of Object.entries(definition.parameters))
    await session.run(`SET VARIABLE ${name} = '${values[name] ?? parameter.default}'::${TYPES[parameter.type]}`);
  for (const [name, day] of Object.entries({ window_from: from, window_to: to, as_of: to }))
    await session.run(`SET VARIABLE ${name} = DATE '${day}'`);
  await session.run(`SET VARIABLE currency = '${definition.currency}'`);
}

export interface Model {
  readonly name: string;
  readonly sql: string;
  readonly publish: boolean;
  /** A gate looks at it. */
  readonly checked: boolean;
  readonly columns: readonly string[];
  readonly reads: readonly string[];
}

function tablesIn(node: unknown, found: Set<string>, common: Set<string>): void {
  if (Array.isArray(node)) for (const child of node) tablesIn(child, found, common);
  else if (node !== null && typeof node === 'object') {
    const { type, table_name, cte_map } = node as {
      type?: string;
      table_name?: string;
      cte_map?: { map: { key: string }[] };
    };
    if (type === 'BASE_TABLE' && table_name !== undefined) found.add(table_name);
    for (const { key } of cte_map?.map ?? []) common.add(key);
    for (const child of Object.values(node)) tablesIn(child, found, common);
  }
}

export async function loadModels(session: Session, folder: string, definition: Definition): Promise<Model[]> {
  const models = new Map<string, Model>();
  for (const models_folder of [definition.models].flat()) {
    const absolute = path.join(folder, models_folder);
    for (const file of readdirSync(absolute).filter((name) => name.endsWith('.sql'))) {
      const lines = readFileSync(path.join(absolute, file), 'utf8').split('\n');
      const end = lines.findIndex((line) => !line.startsWith('--'));
      const header = lines.slice(0, end).map((line) => line.replace(/^-- ?/, ''));
      const { publish, columns } = modelHeaderSchema.parse(parse(header.join('\n')) ?? {});
      const sql = lines.slice(end).join('\n');
      const serialized = await session.rows(
        `SELECT json_serialize_sql('${sql.replaceAll("'", "''")}')::VARCHAR AS tree`,
      );
      const tree = JSON.parse(String(serialized[0]?.tree));
      if (tree.error || tree.statements.length !== 1) throw new Error(`${file}: ${tree.error_message}`);
      const found = new Set<string>();
      const common = new Set<string>();
      tablesIn(tree, found, common);
      const name = path.basename(file, '.sql');
      models.set(name, {
        name,
        sql,
        publish,
        checked: definition.checks.some(({ on }) => on === name),
        columns: Object.keys(columns ?? {}),
        reads: [...found].filter((t) => !common.has(t)),
      });
    }
  }
  const ordered: Model[] = [];
  const visit = (model: Model) => {
    if (ordered.includes(model)) return;
    for (const name of model.reads) {
      const read = models.get(name);
      if (read !== undefined) visit(read);
    }
    ordered.push(model);
  };
  for (const model of models.values()) visit(model);
  return ordered;
}

/** Models that are published, checked, or not read by exactly one other become tables, the others views, as the runtime has it. */
export const isWritten = ({ name, publish, checked }: Model, models: readonly Model[]) =>
  publish || checked || models.filter(({ reads }) => reads.includes(name)).length !== 1;

export async function runModels(session: Session, models: readonly Model[]) {
  for (const model of models)
    await session.run(`CREATE OR REPLACE ${isWritten(model, models) ? 'TABLE' : 'VIEW'} ${model.name} AS ${model.sql}`);
}

const columnsOf = (columns: Record<string, string>) =>
  Object.entries(columns)
    .map(([name, type]) => `'${name}': '${type}'`)
    .join(', ');

/** Reads the CSV files of a sample shop with the declared types, as tables under the sources' names. */
export async function readSources(session: Session, definition: Definition, data: string) {
  for (const [name, source] of Object.entries(definition.sources))
    await session.run(`CREATE OR REPLACE TABLE ${name} AS SELECT * FROM read_csv('${path.join(data, name, '*.csv')}',
      header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', allow_quoted_nulls = false,
      columns = {${columnsOf(source.columns)}})`);
}
