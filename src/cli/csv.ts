/** Rows as CSV that spreadsheets open as what it is. */
import { isNumeric } from '../domain/sql';
import { valueText } from './output';

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Positions of columns with numbers. */
export const numericColumns = (columns: readonly Column[]): number[] =>
  columns.flatMap(({ type }, index) => (isNumeric(type) ? [index] : []));

/** A cell that a spreadsheet would take for a formula gets a quote in front. */
function csvCell(value: unknown, numeric: boolean): string {
  const text = valueText(value);
  const safe = !numeric && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return value === '' || /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A header and a line for each row. */
export function csvText(columns: readonly Column[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const numeric = numericColumns(columns);
  return [
    columns.map(({ name }) => csvCell(name, false)),
    ...rows.map((row) => columns.map(({ name }, index) => csvCell(row[name], numeric.includes(index)))),
  ]
    .map((cells) => cells.join(','))
    .join('\n');
}
