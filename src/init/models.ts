/** The first models: what came a day, and what belongs to each row of another table. */
import { TABLE_NAME } from '../domain/definition';
import { identifier } from '../domain/sql';
import { yamlText } from './declaration';
import { type ColumnFacts, isDecimal, isInteger, isTime, singular, type TableFacts } from './facts';
import type { Reference } from './guesses';
import { plainName } from './text-types';

export interface ModelText {
  readonly name: string;
  readonly sql: string;
}

/** Sums that a first model shows. */
const MOST_SUMS = 4;
const MOST_LABELS = 3;
const MOST_JOINS = 3;
const QUANTITY = /(^|_)(quantity|qty|units|count|pieces|items)(_|$)/;
const EVENT = /(^|_)(ordered|created|placed|sold|paid|date|day|time|timestamp|at|on)(_|$)/;
const NO_EVENT = /(^|_)(birth|birthday|dob|updated|modified|deleted|expires|expiry|valid)(_|$)/;

/** Names as SQL takes them, quoted only where they must be. */
export type Quote = (name: string) => string;
export const quoting =
  (reserved: ReadonlySet<string>): Quote =>
  (name) =>
    /^[a-z_][a-z0-9_]*$/i.test(name) && !reserved.has(name.toLowerCase()) ? name : identifier(name);

/** Names for the columns of a model: plain, each once. */
function aliases(first: readonly string[] = []) {
  const taken = new Set(first);
  return (name: string): string => {
    const plain = plainName(name);
    const base = /^[a-z]/.test(plain) ? plain : `column_${plain}`.replace(/_$/, '');
    let alias = base;
    for (let number = 2; taken.has(alias); number++) alias = `${base}_${number}`;
    taken.add(alias);
    return alias;
  };
}

interface ModelColumn {
  readonly expression: string;
  readonly alias: string;
  readonly doc: string;
}

function modelText(
  description: string,
  key: readonly string[] | undefined,
  columns: readonly ModelColumn[],
  rest: string,
  quote: Quote,
): string {
  const header = [
    '-- publish: true',
    ...(key === undefined
      ? []
      : [`-- key: ${key.length === 1 ? yamlText(key[0] ?? '') : `[${key.map(yamlText).join(', ')}]`}`]),
    `-- description: ${JSON.stringify(description)}`,
    '-- columns:',
    ...columns.map(({ alias, doc }) => `--   ${yamlText(alias)}: ${JSON.stringify(doc)}`),
  ];
  const list = columns.map(({ expression, alias }) => {
    const name = quote(alias);
    return `  ${expression}${expression === name ? '' : ` AS ${name}`}`;
  });
  return `${header.join('\n')}\nSELECT\n${list.join(',\n')}\n${rest}\n`;
}

/** Amounts and quantities, as sums. */
function sums(table: TableFacts, prefix: string, alias: (name: string) => string, quote: Quote): ModelColumn[] {
  return table.columns
    .filter(({ name, type }) => isDecimal(type) || (isInteger(type) && QUANTITY.test(plainName(name))))
    .slice(0, MOST_SUMS)
    .map(({ name, type }) => {
      // A sum is as exact as its column, with room for more digits.
      const summed = isInteger(type) ? 'BIGINT' : type.replace(/^DECIMAL\(\d+/, 'DECIMAL(38');
      return {
        expression: `coalesce(sum(${prefix}${quote(name)}), 0)::${summed}`,
        alias: alias(name),
        doc: `sum of ${name}`,
      };
    });
}

/** The time that rows are told by; rather one that all rows have, as the others would be left out. */
function timeOf({ columns, rows }: TableFacts): ColumnFacts | undefined {
  const times = columns.filter(
    ({ name, type, values }) => isTime(type) && values > 0 && !NO_EVENT.test(plainName(name)),
  );
  const full = times.filter(({ values }) => values === rows);
  const some = full.length > 0 ? full : times;
  return some.find(({ name }) => EVENT.test(plainName(name))) ?? some[0];
}

function byDay(table: TableFacts, time: ColumnFacts, quote: Quote): string {
  const { name } = table.draft;
  const alias = aliases(['day']);
  const day = time.type === 'DATE' ? quote(time.name) : `${quote(time.name)}::DATE`;
  const columns = [
    {
      expression: day,
      alias: 'day',
      doc: `day of ${time.name}${time.type === 'TIMESTAMPTZ' ? " in the pipeline's zone" : ''}`,
    },
    { expression: 'count(*)', alias: alias(name), doc: `how many ${name} the day had` },
    ...sums(table, '', alias, quote),
  ];
  const rest = `FROM ${quote(name)}
-- as_of is the run's day, which is not over yet: it comes with the next run.
WHERE ${day} < getvariable('as_of')
GROUP BY ALL
ORDER BY day`;
  return modelText(`${name} by day`, ['day'], columns, rest, quote);
}

function allRows(table: TableFacts, quote: Quote): string {
  const { name } = table.draft;
  const alias = aliases();
  const columns = table.columns.map((column) => ({
    expression: quote(column.name),
    alias: alias(column.name),
    doc: `${column.name} of ${name}`,
    of: column.name,
  }));
  const key = table.key?.map((column) => columns.find(({ of }) => of === column)?.alias ?? column);
  const order = key === undefined ? '' : `\nORDER BY ${key.map(quote).join(', ')}`;
  return modelText(`all rows of ${name}`, key, columns, `FROM ${quote(name)}${order}`, quote);
}

function joined({ from, column, to, toColumn }: Reference, quote: Quote): string {
  const [many, one] = [from.draft.name, to.draft.name];
  const alias = aliases();
  const key = alias(toColumn);
  const labels = to.columns.filter(({ name, type }) => name !== toColumn && type === 'VARCHAR').slice(0, MOST_LABELS);
  const columns = [
    { expression: `one.${quote(toColumn)}`, alias: key, doc: `${toColumn} of ${one}` },
    ...labels.map(({ name }) => ({ expression: `one.${quote(name)}`, alias: alias(name), doc: `${name} of ${one}` })),
    { expression: `count(many.${quote(column)})`, alias: alias(many), doc: `how many ${many} belong to it` },
    ...sums(from, 'many.', alias, quote),
  ];
  const rest = `FROM ${quote(one)} AS one
LEFT JOIN ${quote(many)} AS many ON many.${quote(column)} = one.${quote(toColumn)}
GROUP BY ALL
ORDER BY ${quote(key)}`;
  return modelText(`${one}, each with its ${many}`, [key], columns, rest, quote);
}

/** At least one model, all of them published. */
export function firstModels(
  tables: readonly TableFacts[],
  references: readonly Reference[],
  quote: Quote,
): ModelText[] {
  const taken = new Set(tables.map(({ draft }) => draft.name));
  const named = (wanted: string) => {
    const base = wanted.slice(0, 58);
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
    if (!TABLE_NAME.test(name)) throw new Error(`${name} is no name of a model`);
    taken.add(name);
    return name;
  };
  // Rows that a key has twice would be counted twice.
  const joins = references.filter(({ to }) => to.key !== undefined).slice(0, MOST_JOINS);
  return [
    ...tables.flatMap((table): ModelText[] => {
      const time = timeOf(table);
      const { name } = table.draft;
      if (time !== undefined) return [{ name: named(`${name}_by_day`), sql: byDay(table, time, quote) }];
      // It is told with what belongs to it.
      if (joins.some(({ to }) => to === table)) return [];
      return [{ name: named(`${name}_rows`), sql: allRows(table, quote) }];
    }),
    ...joins.map((reference) => ({
      name: named(`${reference.from.draft.name}_by_${singular(reference.to.draft.name)}`),
      sql: joined(reference, quote),
    })),
  ];
}
