/** Asks the tables of an edition for what a section shows: few rows, short values, and never more than its time. */
import type { Workspace } from '../adapters/engine';
import type { Answer, Cell } from './data';

/** Characters of one value that reach the page. */
const LONGEST_VALUE = 400;
/** Evidence is JSON: cut in the middle it is none. */
const LONGEST_EVIDENCE = 4000;
/** What stands before a column's name. */
const TEXT = 'text ';
const TYPE = 'type ';

export interface Asking {
  /** The workspace with the edition's tables; asked each time, as its engine may have died meanwhile. */
  ready(): Promise<Pick<Workspace, 'query'>>;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

function shortened(name: string, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  const text = String(value);
  return name === 'evidence' || text.length <= LONGEST_VALUE ? text : [...text].slice(0, LONGEST_VALUE).join('');
}

/** Why a section has nothing to show. */
function problemText(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const [, table] = /Table with name (\S+) does not exist/.exec(first) ?? [];
  return table === undefined ? `it could not be computed: ${first.slice(0, 300)}` : `the table ${table} is not there`;
}

/** A section that fails says so, and the others go on; only being stopped stops them all. */
export async function ask({ ready, deadlineMs, signal }: Asking, sql: string, limit: number): Promise<Answer> {
  const options = { deadlineMs, ...(signal === undefined ? {} : { signal }), limit };
  // Every column twice, as text and as its type. Told the limit, the engine sorts no more than it must.
  const columnsAs = (expression: string, prefix: string) => `${expression} AS '${prefix}\\0'`;
  const text = columnsAs(`left(CAST(COLUMNS('(?s).*') AS VARCHAR), ${LONGEST_EVIDENCE})`, TEXT);
  const type = columnsAs("typeof(COLUMNS('(?s).*'))", TYPE);
  const asked = `SELECT ${text}, ${type} FROM (${sql}\n) LIMIT ${limit + 1}`;
  try {
    const workspace = await ready();
    const found = await workspace.query(asked, options);
    const [first = {}] = found.rows;
    const columns = found.columns
      .filter((column) => column.name.startsWith(TEXT))
      .map((column) => column.name.slice(TEXT.length))
      .map((name) => ({ name, type: String(first[TYPE + name] ?? 'VARCHAR') }));
    const rows = found.rows.map((row) => columns.map(({ name }) => shortened(name, row[TEXT + name])));
    return { columns, rows, truncated: found.truncated };
  } catch (error) {
    signal?.throwIfAborted();
    return { problem: problemText(error) };
  }
}
