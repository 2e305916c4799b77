/** Asks the tables of an edition for what a section shows: few rows, short values, and never more than its time. */
import type { Workspace } from '../adapters/engine';
import { identifier } from '../domain/sql';
import type { Answer } from './data';

/** Characters of one value that reach the page. */
const LONGEST_VALUE = 400;
/** Evidence is JSON: cut in the middle it is none. */
const LONGEST_EVIDENCE = 4000;

export interface Asking {
  /** The workspace with the edition's tables; asked each time, as its engine may have died meanwhile. */
  ready(): Promise<Pick<Workspace, 'query'>>;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** Why a section has nothing to show. */
function problemText(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const [, table] = /Table with name (\S+) does not exist/.exec(first) ?? [];
  return table === undefined ? `it could not be computed: ${first.slice(0, 300)}` : `the table ${table} is not there`;
}

/** A section that fails says so, and the others go on; only being stopped stops them all. */
export async function ask({ ready, deadlineMs, signal }: Asking, sql: string, limit: number): Promise<Answer> {
  const options = { deadlineMs, ...(signal === undefined ? {} : { signal }) };
  try {
    const workspace = await ready();
    const described = await workspace.query(`DESCRIBE SELECT * FROM (${sql}\n)`, options);
    const columns = described.rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
    const values = columns.map(({ name }, index) => {
      const longest = name === 'evidence' ? LONGEST_EVIDENCE : LONGEST_VALUE;
      return `left(CAST(${identifier(name)} AS VARCHAR), ${longest}) AS c${index}`;
    });
    const found = await workspace.query(`SELECT ${values.join(', ')} FROM (${sql}\n)`, { ...options, limit });
    const rows = found.rows.map((row) =>
      columns.map((_, index) => {
        const value = row[`c${index}`];
        return value === null || value === undefined ? null : String(value);
      }),
    );
    return { columns, rows, truncated: found.truncated };
  } catch (error) {
    signal?.throwIfAborted();
    return { problem: problemText(error) };
  }
}
