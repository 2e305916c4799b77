/**
 * The SQL of a difference: one join, or one grouping, whose rows that differ are written down once; everything else is
 * counted and picked from those. Columns are numbered on the way, `a0, a1, …` before and `b0, b1, …` after.
 */
import type { Column } from '../domain/receipt';
import { identifier, isNumeric } from '../domain/sql';

/** A column that both tables have; names are compared as SQL does, in any case. */
export interface Pair {
  readonly before: Column;
  readonly after: Column;
  /** Positions in their tables. */
  readonly a: number;
  readonly b: number;
}

const isTime = (type: string) => /^(DATE|TIMESTAMP( WITH TIME ZONE)?)$/.test(type);
/** Whether one can be cast into the other and back without losing what is equal. */
const related = ({ before, after }: Pair) =>
  [isNumeric, isTime].some((family) => family(before.type) && family(after.type));
const unlike = ({ before, after }: Pair) => before.type !== after.type;

export function pairsOf(before: readonly Column[], after: readonly Column[]): Pair[] {
  const places = new Map(before.map((column, index) => [column.name.toLowerCase(), { column, index }]));
  return after.flatMap((column, b) => {
    const found = places.get(column.name.toLowerCase());
    return found === undefined ? [] : [{ before: found.column, after: column, a: found.index, b }];
  });
}

/** NULL equals NULL, NaN equals NaN; values of related types are equal when each is the other, the rest by their text. */
function equal(pair: Pair, a = `a${pair.a}`, b = `b${pair.b}`): string {
  if (!unlike(pair)) return `${a} IS NOT DISTINCT FROM ${b}`;
  if (!related(pair)) return `${a}::VARCHAR IS NOT DISTINCT FROM ${b}::VARCHAR`;
  const there = `TRY_CAST(${a} AS ${pair.after.type}) IS NOT DISTINCT FROM ${b}`;
  return `(${there} AND TRY_CAST(${b} AS ${pair.before.type}) IS NOT DISTINCT FROM ${a})`;
}

const numbered = (columns: readonly Column[], prefix: string) =>
  columns.map(({ name }, index) => `${identifier(name)} AS ${prefix}${index}`).join(', ');

/** One form for two values that are joined or grouped by. */
const common = (pair: Pair, value: string) => (unlike(pair) && !related(pair) ? `${value}::VARCHAR` : value);

export const BEFORE = 'rows before';
export const AFTER = 'rows after';

/** A row when a key is not one: it is there twice. */
export const doubled = (table: string, key: readonly string[]): string =>
  `SELECT 1 FROM ${identifier(table)} GROUP BY ${key.map(identifier).join(', ')} HAVING count(*) > 1 LIMIT 1`;

/** Rows by key that are on one side only, or not the same. */
export function differingByKey(
  tables: { readonly before: readonly Column[]; readonly after: readonly Column[] },
  pairs: readonly Pair[],
  key: readonly Pair[],
): string {
  const on = key.map((pair) => `${common(pair, `a${pair.a}`)} IS NOT DISTINCT FROM ${common(pair, `b${pair.b}`)}`);
  const rest = pairs.filter((pair) => !key.includes(pair));
  const differs = rest.map((pair) => `NOT (${equal(pair)})`);
  return `SELECT CASE WHEN in_b IS NULL THEN 'removed' WHEN in_a IS NULL THEN 'added' ELSE 'changed' END AS side, *
    FROM (SELECT true AS in_a, ${numbered(tables.before, 'a')} FROM ${identifier(BEFORE)})
    FULL JOIN (SELECT true AS in_b, ${numbered(tables.after, 'b')} FROM ${identifier(AFTER)})
    ON ${on.join(' AND ')}
    WHERE in_a IS NULL OR in_b IS NULL OR ${['false', ...differs].join(' OR ')}`;
}

/** Rows as a whole that one side has more often, with how often each has them, in the columns that both have. */
export function differingRows(pairs: readonly Pair[]): string {
  const side = (table: string, of: 'before' | 'after') => {
    const columns = pairs.map((pair) => `${common(pair, identifier(pair[of].name))} AS b${pair.b}`);
    const counts = of === 'before' ? '1 AS was, 0 AS is_now' : '0 AS was, 1 AS is_now';
    return `SELECT ${[...columns, counts].join(', ')} FROM ${identifier(table)}`;
  };
  const columns = pairs.map(({ b }) => `b${b}`);
  return `SELECT ${[...columns, 'sum(was)::BIGINT AS was', 'sum(is_now)::BIGINT AS is_now'].join(', ')}
    FROM (${side(BEFORE, 'before')} UNION ALL ${side(AFTER, 'after')})
    GROUP BY ALL HAVING sum(was) <> sum(is_now)`;
}

export const DIFFERING = 'rows that differ';
const from = `FROM ${identifier(DIFFERING)}`;

/** added, removed, changed, and of each column how many: c0, c1, … */
export const countsByKey = (pairs: readonly Pair[]): string =>
  `SELECT ${[
    ...['added', 'removed', 'changed'].map((side) => `count(*) FILTER (side = '${side}') AS ${side}`),
    ...pairs.map((pair, index) => `count(*) FILTER (side = 'changed' AND NOT (${equal(pair)})) AS c${index}`),
  ].join(', ')} ${from}`;

export const countsOfRows = `SELECT coalesce(sum(greatest(is_now - was, 0)), 0)::BIGINT AS added,
  coalesce(sum(greatest(was - is_now, 0)), 0)::BIGINT AS removed ${from}`;

/** Keys with a column's value before and after: `k0, k1, …, before, after`. */
export const changesOf = (pair: Pair, key: readonly Pair[]): string => {
  const keys = key.map(({ b }, index) => `b${b} AS k${index}`);
  const order = key.map((_, index) => `k${index}`);
  return `SELECT ${keys.join(', ')}, a${pair.a} AS "before", b${pair.b} AS "after" ${from}
    WHERE side = 'changed' AND NOT (${equal(pair)}) ORDER BY ${order.join(', ')}`;
};

/** Whole rows of one side, in the order of the key. */
export function rowsOfSide(side: 'added' | 'removed', columns: readonly Column[], key: readonly Pair[]): string {
  const letter = side === 'added' ? 'b' : 'a';
  const shown = columns.map(({ name }, index) => `${letter}${index} AS ${identifier(name)}`);
  const order = key.map((pair) => `${letter}${pair[letter]}`);
  return `SELECT ${shown.join(', ')} ${from} WHERE side = '${side}' ORDER BY ${order.join(', ')}`;
}

/** Rows as a whole that one side has more often, and how much more often. */
export function rowsMore(side: 'added' | 'removed', pairs: readonly Pair[]): string {
  const more = side === 'added' ? 'is_now - was' : 'was - is_now';
  const shown = pairs.map(({ after, b }) => `b${b} AS ${identifier(after.name)}`);
  return `SELECT ${[`${more} AS "times"`, ...shown].join(', ')} ${from} WHERE ${more} > 0 ORDER BY ALL`;
}
