/** What is true of the rows of a source's table, with its types. */
import { identifier, identifiers } from '../domain/sql';
import { type Bench, type ColumnDraft, type SourceDraft, tableType } from './draft';
import { plainName } from './text-types';

export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  /** Rows with a value. */
  readonly values: number;
  /** About how many different ones. */
  readonly distinct: number;
  /** Of numbers, days and times; as text. */
  readonly least: string | null;
  readonly most: string | null;
  /** Characters of the longest text. */
  readonly longest: number;
}

export interface TableFacts {
  readonly draft: SourceDraft;
  readonly rows: number;
  readonly columns: readonly ColumnFacts[];
  readonly key?: readonly string[];
  /** Instead of a key: the column that would be one but for a slip. */
  readonly doubled?: Doubled;
}

export interface Doubled {
  readonly column: string;
  /** A value that comes more than once, and how often it does. */
  readonly value: string;
  readonly times: number;
  /** Rows that are too many. */
  readonly more: number;
}

export const isTime = (type: string) => type === 'DATE' || type.startsWith('TIMESTAMP');
export const isInteger = (type: string) => ['BIGINT', 'INTEGER', 'SMALLINT'].includes(type);
export const isDecimal = (type: string) => type.startsWith('DECIMAL');
const isNumber = (type: string) => isInteger(type) || isDecimal(type) || type === 'DOUBLE' || type === 'FLOAT';

/** Columns of one query: planning it takes as long as the square of what it asks. */
const TOGETHER = 16;

async function columnFacts(
  table: string,
  drafts: readonly ColumnDraft[],
  { session }: Bench,
): Promise<{ rows: number; columns: ColumnFacts[] }> {
  const types = drafts.map((column) => ({ name: column.name, type: tableType(column) }));
  const aggregates = types.flatMap(({ name, type }, index) => {
    const column = identifier(name);
    const ordered = isNumber(type) || isTime(type);
    return [
      `count(${column}) AS n${index}`,
      `approx_count_distinct(${column}) AS d${index}`,
      ...(ordered ? [`min(${column})::VARCHAR AS l${index}`, `max(${column})::VARCHAR AS m${index}`] : []),
      ...(type === 'VARCHAR' ? [`max(length(${column})) AS t${index}`] : []),
    ];
  });
  const { rows } = await session.query(`SELECT count(*) AS n, ${aggregates.join(', ')} FROM ${identifier(table)}`);
  const [row = {}] = rows;
  const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
  return {
    rows: Number(row.n),
    columns: types.map(({ name, type }, index) => ({
      name,
      type,
      values: Number(row[`n${index}`]),
      distinct: Number(row[`d${index}`]),
      least: text(row[`l${index}`]),
      most: text(row[`m${index}`]),
      longest: Number(row[`t${index}`] ?? 0),
    })),
  };
}

/** `customers` → `customer`, `categories` → `category` */
export const singular = (name: string): string =>
  name
    .replace(/ies$/, 'y')
    .replace(/(ss|x|ch|sh)es$/, '$1')
    .replace(/(?<![su])s$/, '');

/** How much a column's name sounds like a key. */
function keyScore(table: string, { name, type }: ColumnFacts): number {
  const plain = plainName(name);
  if (plain === 'id' || plain === `${singular(table)}_id` || plain === `${table}_id`) return 5;
  if (/(^|_)(id|key|uuid|guid)$/.test(plain)) return 4;
  if (/(^|_)(no|nr|num|number|code|ref|sku|line|position|email)$/.test(plain)) return 3;
  return type === 'DATE' ? 2 : 1;
}

/** A single column whose values are unique is no accident in so many rows, whatever its name is. */
const MANY_ROWS = 50;
const PAIR_CANDIDATES = 6;
const LONGEST_KEY = 64;

export const often = (times: number): string => (times === 2 ? 'twice' : `${times} times`);

/** Rows that double a key by a slip: a single one, or one in so many. */
const RARELY = 1 / 100;
/** Two rows of ten may well belong to one. */
const ENOUGH_ROWS = 20;

/** A column that is named like the table's key, and is one but for very few rows. */
async function doubledKey(
  table: string,
  rows: number,
  scored: readonly { readonly column: ColumnFacts; readonly index: number; readonly score: number }[],
  { session }: Bench,
): Promise<Doubled | undefined> {
  const [first] = scored;
  if (first === undefined || rows < ENOUGH_ROWS || first.score < 3 || (first.score < 5 && first.index > 0))
    return undefined;
  const name = identifier(first.column.name);
  const { rows: found } = await session.query(
    `SELECT ${name}::VARCHAR AS v, n, sum(n - 1) OVER () AS more FROM
      (SELECT ${name}, count(*) AS n FROM ${identifier(table)} GROUP BY ALL HAVING count(*) > 1) ORDER BY n DESC, v LIMIT 1`,
  );
  const more = Number(found[0]?.more ?? 0);
  if (found[0] === undefined || more > Math.max(1, RARELY * rows)) return undefined;
  return { column: first.column.name, value: String(found[0].v), times: Number(found[0].n), more };
}

/** The first column, else the first two columns, that identify a row of these data. */
async function keyOf(
  table: string,
  rows: number,
  columns: readonly ColumnFacts[],
  bench: Bench,
): Promise<Pick<TableFacts, 'key' | 'doubled'>> {
  if (rows === 0) return {};
  const isUnique = async (names: readonly string[]) => {
    const sql = `SELECT count(*) AS n FROM (SELECT DISTINCT ${identifiers(names)} FROM ${identifier(table)})`;
    return Number((await bench.session.query(sql)).rows[0]?.n) === rows;
  };
  const scored = columns
    .map((column, index) => ({ column, index, score: keyScore(table, column) }))
    .filter(({ column: { values, type, longest } }) => {
      const fits = isInteger(type) || isTime(type) || (type === 'VARCHAR' && longest <= LONGEST_KEY);
      return fits && values === rows;
    })
    .sort((left, right) => right.score - left.score || left.index - right.index);
  for (const { column, index, score } of scored) {
    const named = score > 1 || index === 0 || rows >= MANY_ROWS;
    const likely = named && !column.type.startsWith('TIMESTAMP') && column.distinct >= 0.8 * rows;
    if (likely && (await isUnique([column.name]))) return { key: [column.name] };
  }
  const doubled = await doubledKey(table, rows, scored, bench);
  if (doubled !== undefined) return { doubled };
  const pairs = scored
    .slice(0, PAIR_CANDIDATES)
    .flatMap((left, index, some) =>
      some.slice(index + 1).map((right) => ({ pair: [left, right], score: left.score + right.score })),
    );
  for (const { pair, score } of pairs.sort((left, right) => right.score - left.score)) {
    const room = pair.reduce((product, { column }) => product * column.distinct, 1);
    const names = pair.sort((left, right) => left.index - right.index).map(({ column }) => column.name);
    if (score > 3 && room >= 0.8 * rows && (await isUnique(names))) return { key: names };
  }
  return {};
}

/** Facts of a source's table, which the session has under the source's name. */
export async function tableFacts(draft: SourceDraft, bench: Bench): Promise<TableFacts> {
  const { drafts, name } = draft;
  const columns: ColumnFacts[] = [];
  let rows = 0;
  for (let at = 0; at < drafts.length; at += TOGETHER) {
    const found = await columnFacts(name, drafts.slice(at, at + TOGETHER), bench);
    columns.push(...found.columns);
    rows = found.rows;
  }
  return { draft, rows, columns, ...(await keyOf(name, rows, columns, bench)) };
}
