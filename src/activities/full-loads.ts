/** Hours in which a source may be read whole: what a run does outside of them. */
import { DaybreakError } from '../domain/failure';
import { clockTime, isWithin } from '../domain/hours';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { CheckResult } from '../domain/run';
import { judge } from '../domain/verdict';
import type { Services } from './services';

/** The hours that a source declares; `undefined` where it may be read whole at any time. */
const hoursOf = ({ definition }: PlannedSource): string | undefined =>
  definition.type === 'postgres' ? definition.full_loads : undefined;

/** Whether a source may be read whole at this time. */
export function mayReadWhole({ zone }: Pick<PlanDocument, 'zone'>, source: PlannedSource, at: Date): boolean {
  const hours = hoursOf(source);
  return hours === undefined || isWithin(hours, at, zone);
}

/** Why all rows of a table are read. */
function whyWhole({ full, runId }: PlanDocument, { definition, table }: PlannedSource): string {
  if (full) return 'everything is to be made anew (--full)';
  if (!('cursor' in definition) || definition.cursor === undefined)
    return 'every run reads all, as no cursor is declared';
  if (table?.loadId !== runId) return 'its first load, which an earlier run began, is not finished';
  return 'there is no snapshot of it as it is declared, so that all is read';
}

const held = (source: PlannedSource, observed: string, expected: string): CheckResult =>
  judge({ name: 'full_loads', subject: source.name, severity: 'error' }, { passed: false, observed, expected });

/** Sources that would have to be read whole though they may not be now, as checks that stop the run before a row is read. */
export async function heldFullLoads(
  { ledger }: Pick<Services, 'ledger'>,
  plan: PlanDocument,
  at: Date,
): Promise<CheckResult[]> {
  const found: CheckResult[] = [];
  for (const source of plan.sources) {
    if (mayReadWhole(plan, source, at)) continue;
    const whole = (source.table?.stretches ?? []).filter(({ since }) => since === null);
    // A first load may be there, and only the rest of its run have been missing.
    const isThere = await Promise.all(whole.map(async (stretch) => (await ledger.chunks(stretch)).whole));
    if (isThere.every(Boolean)) continue;
    const hours = hoursOf(source);
    found.push(
      held(
        source,
        `${whyWhole(plan, source)}; it is ${clockTime(at, plan.zone)} in ${plan.zone}`,
        `full loads within ${hours}: run it then, or declare other hours`,
      ),
    );
  }
  return found;
}

/** A full load that its hours did not suffice for, as the check that stops the run. */
export function stoppedFullLoad(plan: PlanDocument, source: PlannedSource, at: Date): CheckResult {
  const hours = hoursOf(source);
  if (hours === undefined) throw new DaybreakError('Bug', { what: `${source.name} may be read whole at any time` });
  const observed = `not all was read when the hours for full loads ended; it is ${clockTime(at, plan.zone)} in ${plan.zone}`;
  const goesOn = source.table?.load !== null;
  const next = goesOn
    ? `what was read stays read, and a run within ${hours} goes on with it`
    : `a run within ${hours} begins anew, as only a first load with a cursor is gone on with; declare longer hours`;
  return held(source, observed, next);
}
