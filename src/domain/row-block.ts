/**
 * Rows as a block of text, for many that are alike: a line of column names, then a line for each row, with `|` between
 * the cells. An empty cell is NULL; a cell in double quotes is its text, with `""` for a quote. Empty lines and lines
 * that begin with `#` are skipped.
 */

/** Where a cell begins: line of the block and column in it, 0-based. */
interface BlockPlace {
  readonly line: number;
  readonly at: number;
}

export interface RowBlock {
  readonly columns: readonly ({ readonly name: string } & BlockPlace)[];
  readonly rows: readonly {
    readonly line: number;
    readonly cells: readonly ({ readonly value: string | null } & BlockPlace)[];
  }[];
  /** `row` is the index of the row; without it the mistake is in the line of column names. */
  readonly problems: readonly { readonly row?: number; readonly message: string }[];
}

const CELL = /\s*("(?:[^"]|"")*"|[^|]*?)\s*(\||$)/y;

/** A value that is written without quotes: what YAML reads as null is NULL, all else its text. */
export const plainValue = (text: string): string | null => (/^(null|Null|NULL|~|)$/.test(text) ? null : text);

function cellsOf(line: string): { text: string; at: number }[] {
  const cells: { text: string; at: number }[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const found = CELL.exec(line);
    if (found === null) return cells;
    const [whole, text = '', end] = found;
    cells.push({ text, at: found.index + whole.length - whole.trimStart().length });
    if (end === '') return cells;
  }
}

const isQuoted = (text: string) => text.length > 1 && text.startsWith('"') && text.endsWith('"');
const valueOf = (text: string) => (isQuoted(text) ? text.slice(1, -1).replaceAll('""', '"') : plainValue(text));

export function rowBlock(text: string): RowBlock {
  const lines = text
    .split('\n')
    .map((content, line) => ({ line, content }))
    .filter(({ content }) => !/^\s*(#|$)/.test(content));
  const [head, ...rest] = lines.map(({ line, content }) => ({ line, cells: cellsOf(content) }));
  if (head === undefined) return { columns: [], rows: [], problems: [{ message: 'expected a line of column names' }] };
  const columns = head.cells.map(({ text: name, at }) => ({ name, line: head.line, at }));
  const names = columns.map(({ name }) => name);
  const problems: { row?: number; message: string }[] = [];
  for (const [index, name] of names.entries()) {
    if (name === '') problems.push({ message: `expected a column name in place ${index + 1} of the first line` });
    else if (names.indexOf(name) < index) problems.push({ message: `the column ${name} is there twice` });
  }
  if (rest.length === 0) problems.push({ message: 'expected rows below a line of column names; no rows are []' });
  for (const [row, { cells }] of rest.entries()) {
    const open = cells.find((cell) => cell.text.startsWith('"') && !isQuoted(cell.text));
    if (open !== undefined)
      problems.push({ row, message: `a quote is not closed at the end of its cell: ${open.text}` });
    else if (cells.length !== names.length)
      problems.push({ row, message: `expected ${names.length} cells, as many as column names, got ${cells.length}` });
  }
  const rows = rest.map(({ line, cells }) => ({
    line,
    cells: cells.map(({ text: cell, at }) => ({ value: valueOf(cell), line, at })),
  }));
  return { columns, rows, problems };
}
