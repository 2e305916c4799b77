/** The report of an edition, made outside its run. */
import { editionView } from '../adapters/destinations/files';
import { ledger } from '../adapters/ledger';
import type { Store } from '../adapters/store';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument } from '../domain/plan';
import { makeReport } from '../report/make';
import { destinationOf } from './lookup';
import { withWorkspace } from './workspace';

/** Makes the report of an edition anew, and puts it beside its tables; gives where it is. */
export async function reportOf(store: Store, edition: Edition, releasedAt: string | null): Promise<string> {
  const plan = await store.get<PlanDocument>(`plans/${edition.pipeline}/${edition.run.runId}`);
  const destination = destinationOf(edition);
  if (!(await destination.editions()).includes(edition.id)) {
    throw new DaybreakError('BadRequest', {
      where: edition.destination,
      what: `the files of ${edition.id} are not there any more`,
      next: 'choose another one that `daybreak editions` shows, or publish anew with `daybreak run`',
    });
  }
  const { pipeline, zone } = edition;
  const variables = plan === undefined ? {} : { variables: plan.variables };
  const html = await withWorkspace(store, { pipeline, zone, editions: [edition], ...variables }, async (room) => {
    const ready = async () => {
      const workspace = await room.reopened();
      for (const { name, columns } of edition.tables) {
        // A file that somebody took away is missed where it is read.
        await workspace.table(name, [destination.file(edition, name)], columns).catch(() => undefined);
      }
      await workspace.view('edition', editionView(edition));
      return workspace;
    };
    return await makeReport({ edition, plan, releasedAt, findReceipts: ledger(store), ready });
  });
  return await destination.putReport(edition, html);
}
