/** What checks of type drift compare with: the tables of the edition that was live when the run was planned. */
import type { Check } from '../domain/definition';
import type { PlanDocument } from '../domain/plan';
import { liveName } from '../domain/sql';
import { atMostDrift, type Measurement } from '../domain/verdict';
import { fingerprint } from './fingerprint';
import type { Services } from './services';
import type { openRun } from './tables';

type Run = Awaited<ReturnType<typeof openRun>>;
/** Every night would end here. */
const WAYS_OUT =
  'put its file back from a copy, go back to an edition that is whole (daybreak rollback), or take the check out of pipeline.yaml for one run';

interface Subject {
  readonly check: Check;
  readonly subject: string;
}

/** Makes those tables readable. Gives what is known of a check without measuring it: nothing to compare with, or nothing readable. */
export async function prepareLiveTables(
  services: Services,
  plan: PlanDocument,
  checks: readonly Subject[],
  run: Run,
  signal: AbortSignal,
): Promise<ReadonlyMap<Subject, Measurement>> {
  const known = new Map<Subject, Measurement>();
  for (const compared of checks) {
    const { check, subject } = compared;
    if (check.type !== 'drift') continue;
    const expected = atMostDrift(check.max);
    const nothing = (observed: string) => known.set(compared, { passed: true, observed, expected });
    if (plan.live === null) {
      nothing('no live edition');
      continue;
    }
    const live = await services.releases(plan.pipeline).edition(plan.live);
    const table = live?.tables.find(({ name }) => name === subject);
    if (live !== undefined && table?.columns.some(({ name }) => name === check.column) !== true) {
      nothing(`no ${subject}.${check.column} in the live edition ${plan.live}`);
      continue;
    }
    if (table?.rows === 0) {
      nothing(`no rows in the live edition ${plan.live}`);
      continue;
    }
    // Its receipt stays, whatever became of the file: one that is put back is the edition's again.
    const receipt =
      table === undefined ? undefined : await services.ledger.find(fingerprint({ published: table.fingerprint }));
    if (receipt === undefined || !(await services.store.verify(receipt.data))) {
      const file = receipt === undefined ? '' : `: ${services.store.path(receipt.data)} is gone or damaged`;
      const error = `${subject} of the live edition ${plan.live} cannot be read${file}; ${WAYS_OUT}`;
      known.set(compared, { error, expected });
      continue;
    }
    await run.workspace.table(liveName(subject), [await services.store.link(receipt.data, run.folder)], [], { signal });
  }
  return known;
}
