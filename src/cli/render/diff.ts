/** The difference of two editions in words. */
import type { EditionDiff, TableDiff } from '../../published';
import { counted, oneLine, type Output, textTable, thousands, valueText } from '../output';

const CELL = 60;
const cell = (value: unknown) => (value === null ? 'NULL' : oneLine(valueText(value), CELL));

function rowsText(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const names = Object.keys(rows[0] ?? {});
  const table = textTable(
    names,
    rows.map((row) => names.map((name) => cell(row[name]))),
  );
  return table.split('\n').map((line) => `    ${line}`);
}

/** A table that both editions have, and that is not the same: columns first, then rows. */
function tableText({ name, key, columns, changes, examples, ...diff }: TableDiff, { paint }: Output): string[] {
  const typed = (column: { name: string; type: string }) => `${column.name} ${column.type}`;
  const how =
    key === null ? 'rows are compared as a whole, as no key tells which belong together' : `rows by ${key.join(', ')}`;
  const lines = ['', `${paint.bold(name)}  ${paint.dim(how)}`];
  for (const column of columns.added) lines.push(`  ${paint.green('+')} column ${typed(column)}`);
  for (const column of columns.removed) lines.push(`  ${paint.red('-')} column ${typed(column)}`);
  for (const { before, after } of columns.changed)
    lines.push(
      `  ${paint.yellow('~')} column ${typed(before)} → ${before.name === after.name ? after.type : typed(after)}`,
    );
  for (const { column, rows, examples: some } of changes) {
    lines.push(`  ${paint.yellow('~')} ${column} in ${counted(rows, 'row')}`);
    lines.push(...rowsText(some.map(({ key: of, before, after }) => ({ ...of, before, after }))));
  }
  for (const side of ['added', 'removed'] as const) {
    if (diff[side] === 0) continue;
    const sign = side === 'added' ? paint.green('+') : paint.red('-');
    lines.push(`  ${sign} ${counted(diff[side], 'row')} ${side}`, ...rowsText(examples[side]));
  }
  return lines;
}

export function diffText({ before, after, equal, tables }: EditionDiff, output: Output): string {
  const { paint } = output;
  const tint = { equal: paint.green, different: paint.yellow, added: paint.green, removed: paint.red };
  const rows = (count: number | null) => (count === null ? '' : thousands(count));
  const some = (count: number) => (count === 0 ? '' : thousands(count));
  const days = ({ window }: typeof before) => `${window.from} to ${window.to}`;
  const lines = [
    `${paint.bold(equal ? paint.green('equal') : paint.yellow('different'))}  ${before.id} → ${after.id}`,
    `  window  ${days(before) === days(after) ? days(after) : `${days(before)} → ${days(after)}`}`,
    '',
    textTable(
      ['table', 'is', 'rows before', 'rows after', 'added', 'removed', 'changed'],
      tables.map((table) => [
        table.name,
        { text: table.is, paint: tint[table.is] },
        rows(table.rows.before),
        rows(table.rows.after),
        some(table.added),
        some(table.removed),
        some(table.changed),
      ]),
      [2, 3, 4, 5, 6],
    ),
  ];
  for (const table of tables) if (table.is === 'different') lines.push(...tableText(table, output));
  return lines.join('\n');
}
