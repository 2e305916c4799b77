/** In what the rows of a table differ from those that were expected. */

type Row = Readonly<Record<string, unknown>>;

export type Difference =
  | {
      readonly kind: 'value';
      /** `user_id 1`, or `row 2` of the expected ones where no key is named. */
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

/** All differences, by expected rows in their order, then the rows that nobody expected. */
export function rowDifferences({ types, key, expected, actual }: Comparison): Difference[] {
  const same = (left: Row, right: Row, name: string) =>
    equal(left[name], right[name] ?? null, /DOUBLE|FLOAT/.test(types[name] ?? ''));
  const alike = (left: Row, right: Row) => Object.keys(left).filter((name) => same(left, right, name)).length;
  const isEqual = (left: Row, right: Row) => alike(left, right) === Object.keys(left).length;
  const named = [...new Set(expected.flatMap((row) => Object.keys(row)))];
  const hasKey = (left: Row, right: Row) => key !== undefined && key.every((name) => same(left, right, name));

  const rest = [...actual];
  const take = (row: Row | undefined) => (row === undefined ? undefined : rest.splice(rest.indexOf(row), 1)[0]);
  const matched = expected.map((row) => take(rest.find((other) => isEqual(row, other))));
  const open = matched.filter((row) => row === undefined).length;
  const single = open === 1 && rest.length === 1;
  /** The row that was probably meant: that of the key, else the one that is most alike, if it is alike by half. */
  const meant = (row: Row): Row | undefined => {
    if (key !== undefined) return rest.find((other) => hasKey(row, other));
    const [best] = rest.toSorted((left, right) => alike(row, right) - alike(row, left));
    return best !== undefined && (single || 2 * alike(row, best) >= Object.keys(row).length) ? best : undefined;
  };
  const differences = expected.flatMap((row, index): Difference[] => {
    if (matched[index] !== undefined) return [];
    const other = take(meant(row));
    if (other === undefined) return [{ kind: 'missing', row }];
    const label = key === undefined ? `row ${index + 1}` : rowText(pick(row, key), types);
    return Object.keys(row)
      .filter((column) => !same(row, other, column))
      .map((column) => {
        return { kind: 'value', row: label, column, expected: row[column], actual: other[column] ?? null };
      });
  });
  return [...differences, ...rest.map((row): Difference => ({ kind: 'unexpected', row: pick(row, named) }))];
}
