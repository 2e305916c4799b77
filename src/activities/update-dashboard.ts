/** report: what an edition shows to people, put beside its tables. */
import { DaybreakError } from '../domain/failure';
import { makeReport } from '../report/make';
import { beating } from './beat';
import type { Services } from './services';
import { loadPlan, openRun, prepareTables } from './tables';

/** Makes the report of an edition that its run has published or kept. Doing it again replaces it. */
export async function updateDashboard(services: Services, planKey: string, id: string): Promise<{ uri: string }> {
  const plan = await loadPlan(services, planKey);
  const releases = services.releases(plan.pipeline);
  const edition = await releases.edition(id);
  if (edition === undefined) throw new DaybreakError('Bug', { what: `there is no edition ${id} of ${plan.pipeline}` });
  const released = (await releases.all()).find((release) => release.edition === id);
  const tables = edition.tables.map(({ name }) => name);
  let section = '';
  return await beating(
    () => ({ step: 'update_dashboard', section }),
    async (signal) => {
      const html = await makeReport({
        edition,
        plan,
        releasedAt: released?.releasedAt ?? null,
        findReceipts: services.ledger,
        ready: async () => {
          const run = await openRun(services, plan);
          await prepareTables(services, plan, tables, run, signal);
          return run.workspace;
        },
        signal,
        onSection: (title) => {
          section = title;
        },
      });
      signal.throwIfAborted();
      return { uri: await services.destination(edition).putReport(edition, html) };
    },
  );
}
