/** Where the models' tables differ from the oracle's, in words. */
import type { Table } from '../oracle';
import type { Row, Value } from '../oracle/rows';
import type { Found, Tables } from './tables';

const KEYS: Record<Table, readonly string[]> = {
  customer_metrics: ['user_id'],
  product_metrics: ['product_id'],
  category_metrics: ['category'],
  daily_revenue: ['day'],
  cohort_retention: ['acquisition_cohort', 'months_since'],
  executive_summary: [],
  unattributed: ['reason'],
  reconciliation: ['figure'],
  insights: ['kind', 'subject_id'],
};

/** DOUBLEs within a billionth, or, where two nearly equal shares are subtracted, within what a DOUBLE can know. */
const close = (a: number, b: number) => Math.abs(a - b) <= Math.max(1e-9 * Math.abs(a), 1e-12);

function same(expected: Value | undefined, found: unknown): boolean {
  if (typeof expected === 'number') return found !== null && close(expected, Number(found));
  if (typeof expected === 'bigint') return found !== null && String(expected) === String(found);
  return JSON.stringify(expected) === JSON.stringify(found);
}

const shown = (value: unknown) => (typeof value === 'bigint' ? String(value) : JSON.stringify(value));

function inTable(table: Table, expected: readonly Row[], found: readonly Found[]): string[] {
  const keyOf = (row: Row | Found) =>
    [table, ...KEYS[table].map((column) => `${column} ${shown(row[column])}`)].join(', ');
  const rest = new Map(found.map((row) => [keyOf(row), row]));
  const differences = found.length === rest.size ? [] : [`${table}: a key comes twice`];
  for (const row of expected) {
    const key = keyOf(row);
    const other = rest.get(key);
    rest.delete(key);
    if (other === undefined) differences.push(`${key}: no row`);
    else
      for (const column of new Set([...Object.keys(row), ...Object.keys(other)]))
        if (!same(row[column], other[column]))
          differences.push(`${key}: ${column} is ${shown(other[column])}, by the definitions ${shown(row[column])}`);
  }
  return [...differences, ...[...rest.keys()].map((key) => `${key}: a row too many`)];
}

export const differencesOf = (expected: Readonly<Record<Table, readonly Row[]>>, found: Tables): string[] =>
  (Object.keys(KEYS) as Table[]).flatMap((table) => inTable(table, expected[table], found[table]));
