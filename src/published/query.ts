/** Somebody's SELECT over the tables of an edition. */
import { noSuch } from '../adapters/definition/issues';
import { editionView } from '../adapters/destinations/files';
import type { QueryRows } from '../adapters/engine';
import type { Store } from '../adapters/store';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import { destinationOf } from './lookup';
import { DEADLINE_MS, withWorkspace } from './workspace';

export async function runQuery(
  store: Store,
  edition: Edition,
  sql: string,
  limit: number,
  signal?: AbortSignal,
): Promise<QueryRows> {
  const { pipeline, zone } = edition;
  return await withWorkspace(store, { pipeline, zone, editions: [edition] }, async ({ workspace, engine }) => {
    const [parsed] = await engine.parse([sql]);
    if (parsed?.problem !== undefined) {
      throw new DaybreakError('BadRequest', {
        what: parsed.problem.message,
        expected: 'one SELECT over the tables of the edition',
        next: 'correct the SQL',
      });
    }
    const tables = edition.tables.map(({ name }) => name);
    const unknown = parsed?.reads.find(({ name }) => !tables.includes(name) && name !== 'edition');
    if (unknown !== undefined) {
      throw new DaybreakError('BadRequest', {
        what: noSuch('table', unknown.name, tables),
        expected: `one of ${tables.join(', ')}`,
        next: 'correct the SQL',
      });
    }
    const destination = destinationOf(edition);
    for (const table of edition.tables)
      await workspace.table(table.name, [destination.file(edition, table.name)], table.columns);
    await workspace.view('edition', editionView(edition));
    return await workspace.query(sql, {
      limit,
      deadlineMs: DEADLINE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
  });
}
