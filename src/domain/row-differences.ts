/** In what the rows of a table differ from those that were expected. */

type Row = Readonly<Record<string, unknown>>;

export type Difference =
  | {
      readonly kind: 'value';
      /** What the row is known by, such as `user_id 1`, or else its place among the expected ones: `row 2`. */
      readonly row: string;
      readonly column: string;
      readonly expected: unknown;
      readonly actual: unknown;
    }
  | { readonly kind: 'missing' | 'unexpected'; readonly row: Row };

export interface Comparison {
  /** Types of the table's columns; what is DOUBLE may differ by a part in 10⁹. */
  readonly types: Readonly<Record<string, string>>;
  /** Columns that identify a row; without them rows are a multiset. */
  readonly key?: readonly string[];
  /** Each with the columns that are compared in it. */
  readonly expected: readonly Row[];
  readonly actual: readonly Row[];
}

const PART = 1e-9;

/** `approximate` compares numbers as DOUBLE; exact values are text or whole numbers. */
function equal(expected: unknown, actual: unknown, approximate: boolean): boolean {
  if (typeof expected === 'number' && typeof actual === 'number' && approximate) {
    return Math.abs(expected - actual) <= PART * Math.max(Math.abs(expected), Math.abs(actual));
  }
  if (typeof expected !== 'object' || typeof actual !== 'object' || expected === null || actual === null)
    return expected === actual;
  const [left, right] = [Object.entries(expected), Object.entries(actual)];
  return (
    left.length === right.length &&
    left.every(([name, value]) => equal(value, (actual as Row)[name], approximate) && Object.hasOwn(actual, name))
  );
}

const pick = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));

/** `NULL`, `"text"`, `10.0000`, `[1, 2]`; text is quoted where the column is one of text. */
export function cellText(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `[${value.map((item) => cellText(item, type.replace(/\[\d*\]$/, ''))).join(', ')}]`;
  return typeof value === 'object' || /^(VARCHAR|JSON)$/.test(type) ? JSON.stringify(value) : String(value);
}

/** `user_id 1, country "DE"` */
const rowText = (row: Row, types: Comparison['types']) =>
  Object.entries(row)
    .map(([name, value]) => `${name} ${cellText(value, types[name] ?? '')}`)
    .join(', ');

/** One line that says it all. */
export function differenceText(difference: Difference, types: Comparison['types']): string {
  if (difference.kind !== 'value') {
    return `${difference.kind} row${Object.keys(difference.row).length === 0 ? '' : `: ${rowText(difference.row, types)}`}`;
  }
  const { row, column, expected, actual } = difference;
  const type = types[column] ?? '';
  return `${row}: ${column} expected ${cellText(expected, type)}, got ${cellText(actual, type)}`;
}

/**
 * The first columns that tell all rows apart, of those that are expected and of those that are there: what people put
 * first is what they know a row by.
 */
function firstColumns(expected: readonly Row[], actual: readonly Row[]): string[] | undefined {
  const named = Object.keys(expected[0] ?? {});
  const isUnique = (rows: readonly Row[], columns: readonly string[]) =>
    new Set(rows.map((row) => JSON.stringify(pick(row, columns)))).size === rows.length;
  const length = named.findIndex((_, last) => {
    const columns = named.slice(0, last + 1);
    return isUnique(expected, columns) && isUnique(actual, columns);
  });
  return length === -1 ? undefined : named.slice(0, length + 1);
}

/** All differences, by expected rows in their order, then the rows that nobody expected. */
export function rowDifferences({ types, key, expected, actual }: Comparison): Difference[] {
  const same = (left: Row, right: Row, name: string) =>
    equal(left[name], right[name] ?? null, /DOUBLE|FLOAT/.test(types[name] ?? ''));
  const isEqual = (left: Row, right: Row) => Object.keys(left).every((name) => same(left, right, name));
  const rest = [...actual];
  const take = (row: Row | undefined) => (row === undefined ? undefined : rest.splice(rest.indexOf(row), 1)[0]);
  const matched = expected.map((row) => take(rest.find((other) => isEqual(row, other))));

  const known = key ?? firstColumns(expected, actual);
  const single = matched.filter((row) => row === undefined).length === 1 && rest.length === 1;
  const differences = expected.flatMap((row, index): Difference[] => {
    if (matched[index] !== undefined) return [];
    const found = take(rest.find((other) => known?.every((name) => same(row, other, name))));
    // One row for one row: without a key it is that one, whatever is in it.
    const other = found ?? (single && key === undefined ? take(rest[0]) : undefined);
    if (other === undefined) return [{ kind: 'missing', row }];
    const label = found === undefined ? `row ${index + 1}` : rowText(pick(row, known ?? []), types);
    return Object.keys(row)
      .filter((column) => !same(row, other, column))
      .map((column) => {
        return { kind: 'value', row: label, column, expected: row[column], actual: other[column] ?? null };
      });
  });
  const named = [...new Set(expected.flatMap((row) => Object.keys(row)))];
  return [...differences, ...rest.map((row): Difference => ({ kind: 'unexpected', row: pick(row, named) }))];
}
