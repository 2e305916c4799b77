/** Checks that hold for these data. What could be an accident of them only warns, until a person says it is meant. */
import { identifier } from '../domain/sql';
import { daysBetween } from '../domain/window';
import { acceptedValues } from './accepted-values';
import type { Bench, CheckDraft } from './draft';
import { type ColumnFacts, isDecimal, isInteger, isTime, often, singular, type TableFacts } from './facts';
import { plainName } from './text-types';

export interface Reference {
  readonly from: TableFacts;
  readonly column: string;
  readonly to: TableFacts;
  readonly toColumn: string;
  readonly values: number;
  readonly orphans: number;
}

/** A reference that so many rows miss is none. */
const MOST_ORPHANS = 0.05;
/** Data that are older are no delivery of every night. */
const RECENT_DAYS = 3;

/** Whether a column's name says that it means another table's key. */
function names(column: string, table: string, key: string): boolean {
  const [plain, one, of] = [plainName(column), singular(table), plainName(key)];
  if (of !== 'id' && (plain === of || plain.endsWith(`_${of}`))) return true;
  return [one, table].some(
    (name) => plain === `${name}_${of}` || plain === `${name}_id` || plain === name || plain.endsWith(`_${name}_id`),
  );
}

/** Columns all of whose values, or nearly all, are another table's key. */
export async function references(tables: readonly TableFacts[], { session }: Bench): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const from of tables) {
    for (const column of from.columns) {
      for (const to of tables) {
        const [toColumn, second] = to.key ?? (to.doubled === undefined ? [] : [to.doubled.column]);
        if (to === from || toColumn === undefined || second !== undefined || column.values === 0) continue;
        const type = to.columns.find(({ name }) => name === toColumn)?.type ?? '';
        const same = type === column.type || (isInteger(type) && isInteger(column.type));
        // Of two tables with the same key, neither is the other's master for sure.
        const isKey = from.key?.length === 1 && from.key[0] === column.name;
        if (!same || isKey || !names(column.name, to.draft.name, toColumn)) continue;
        const value = `f.${identifier(column.name)}`;
        const { rows } = await session.query(
          `SELECT count(*) AS n, count_if(t.k IS NULL) AS orphans FROM ${identifier(from.draft.name)} AS f
            LEFT JOIN (SELECT DISTINCT ${identifier(toColumn)} AS k FROM ${identifier(to.draft.name)}) AS t ON t.k = ${value}
            WHERE ${value} IS NOT NULL`,
        );
        const [values, orphans] = [Number(rows[0]?.n), Number(rows[0]?.orphans)];
        if (orphans <= MOST_ORPHANS * values) found.push({ from, column: column.name, to, toColumn, values, orphans });
      }
    }
  }
  return found;
}

function range(column: ColumnFacts): CheckDraft[] {
  const number = isInteger(column.type) || isDecimal(column.type) || column.type === 'DOUBLE';
  const negative = column.least === null || column.least.startsWith('-');
  const isId = /(^|_)(id|no|nr|number|code|key)$/.test(plainName(column.name));
  if (!number || negative || isId) return [];
  return [
    {
      check: { type: 'range', column: column.name, min: 0, severity: 'warn' },
      guess: `never negative; ${column.least} to ${column.most} here`,
    },
  ];
}

/** On the newest of the table's times, where it is of these days. `today` is a day. */
function freshness(table: TableFacts, today: string): CheckDraft[] {
  const [newest] = table.columns
    .filter(({ type, most }) => isTime(type) && most !== null)
    .map(({ name, most }) => ({ name, age: daysBetween(most?.slice(0, 10) ?? '', today) }))
    .filter(({ age }) => age >= 0 && age <= RECENT_DAYS);
  if (newest === undefined) return [];
  const max_age = `${Math.max(2, newest.age + 1)}d`;
  return [
    { check: { type: 'freshness', column: newest.name, max_age, severity: 'warn' }, guess: 'new rows come every day' },
  ];
}

/** All checks of one source. */
export async function checksOf(
  table: TableFacts,
  found: readonly Reference[],
  today: string,
  bench: Bench,
): Promise<CheckDraft[]> {
  const { rows, key = [], doubled, columns } = table;
  const checks: CheckDraft[] = [];
  if (rows > 0) checks.push({ check: { type: 'row_count', min: 1 } });
  if (key.length > 0) {
    checks.push({ check: { type: 'not_null', columns: [...key] } });
    checks.push({ check: { type: 'unique', columns: [...key] } });
  }
  if (doubled !== undefined)
    checks.push({
      check: { type: 'unique', columns: [doubled.column], severity: 'warn' },
      guess: `a key but for ${JSON.stringify(doubled.value)}, which comes ${often(doubled.times)}`,
      fails: true,
    });
  const full = rows === 0 ? [] : columns.filter(({ name, values }) => values === rows && !key.includes(name));
  if (full.length > 0)
    checks.push({
      check: { type: 'not_null', columns: full.map(({ name }) => name), severity: 'warn' },
      guess: `never empty in ${rows === 1 ? 'one row' : `${rows} rows`}`,
    });
  const own = found.filter(({ from }) => from === table);
  for (const { column, to, toColumn, values, orphans } of own) {
    const other = column === toColumn ? {} : { to_columns: [toColumn] };
    const share = orphans === 0 ? {} : { max_share: Math.min(1, Math.ceil((100 * 2 * orphans) / values) / 100) };
    checks.push({
      check: { type: 'references', columns: [column], to: to.draft.name, ...other, ...share, severity: 'warn' },
      guess: orphans === 0 ? 'all values are there' : `${orphans} of ${values} values are not there`,
    });
  }
  for (const column of columns) {
    if (
      key.includes(column.name) ||
      doubled?.column === column.name ||
      own.some((reference) => reference.column === column.name)
    )
      continue;
    checks.push(...(await acceptedValues(table, column, bench)), ...range(column));
  }
  return [...checks, ...freshness(table, today)];
}
