/** All activities, bound to what they work with. */
import { Context } from '@temporalio/activity';
import type { CheckResult } from '../domain/run';
import { beating } from './beat';
import { keepCandidate, publishEdition } from './publish';
import { classified } from './failures';
import { DaybreakError } from '../domain/failure';
import { extractLane } from './extract';
import { type Ending, notify } from './notify';
import { measured } from './measured';
import { planRun } from './plan';
import type { Services } from './services';
import { sweepStore } from './sweep';
import { transformModel } from './transform';
import { updateDashboard } from './update-dashboard';
import { validateDataQuality } from './check';
import { validateSources } from './check-sources';

export type { LaneReport } from './extract';
export type { Publication } from './publish';
export type { Services } from './services';

/** What a step gives, and which attempt gave it, if not the first. */
export type Attempted<T> = T & { readonly attempt?: number };

const EXTRACT = 'extract_';
const TRANSFORM = 'transform_';

/**
 * The activities of a worker. Extracts and transforms bear the names of their source or model, so that the Web UI reads
 * as the pipeline does; `default` serves them all.
 */
export function createActivities(services: Services) {
  const dispatch = async (plan: string, lane?: number): Promise<unknown> => {
    const { activityType, attempt } = Context.current().info;
    // Most steps succeed at once; who keeps their times wants to know of the others.
    const told = <T extends object>(done: T): Attempted<T> => ({ ...done, ...(attempt === 1 ? {} : { attempt }) });
    if (activityType.startsWith(EXTRACT))
      return told(await extractLane(services, plan, activityType.slice(EXTRACT.length), lane ?? 0));
    if (activityType.startsWith(TRANSFORM))
      return told(await transformModel(services, plan, activityType.slice(TRANSFORM.length)));
    throw new DaybreakError('Bug', { what: `there is no activity ${activityType}` });
  };
  const step = <A extends unknown[], R>(activity: (...args: A) => Promise<R>) => classified(measured(activity));
  return {
    planRun: step(async (input: unknown) => await planRun(services, input)),
    validate_sources: step(async (plan: string) => await validateSources(services, plan)),
    validate_data_quality: step(async (plan: string) => await validateDataQuality(services, plan)),
    publishEdition: step(
      async (plan: string, checks: readonly CheckResult[]) => await publishEdition(services, plan, checks),
    ),
    keepCandidate: step(
      async (plan: string, checks: readonly CheckResult[]) => await keepCandidate(services, plan, checks),
    ),
    update_dashboard: step(async (plan: string, edition: string) => await updateDashboard(services, plan, edition)),
    sweepStore: step(
      async (plan: string) =>
        await beating(
          () => ({ step: 'sweep' }),
          async (signal) => await sweepStore(services, plan, Date.now(), signal),
        ),
    ),
    notify: classified(async (ending: Ending) => await notify(services, ending)),
    default: step(dispatch),
  };
}

export type Activities = ReturnType<typeof createActivities>;
