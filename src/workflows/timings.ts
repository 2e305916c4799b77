/** How long the steps of a run take, as the run itself sees it: from being asked for until they are done. */
import type { Attempted, LaneReport } from '../activities';
import type { ModelBrief, SourceBrief } from '../domain/plan';
import type { ModelResult } from '../domain/run';
import type { StepTiming, TimedStep } from '../domain/watch/timing';
import type { RunActivities } from './activity-options';

/** What a step tells when it is done. */
type Facts = Pick<StepTiming, 'rows' | 'attempts' | 'reused'>;

interface Timed extends Facts {
  readonly at: number;
  readonly until: number;
  /** How many of it go on. */
  readonly open: number;
  readonly failed?: boolean;
}

export interface StepTimings {
  /** Does a part of a step; parts of one name are one step, from the first one's beginning to the last one's end. */
  step<T>(name: string, work: () => Promise<T>, facts?: (done: T) => Facts): Promise<T>;
  /** In the order in which they were begun. */
  all(): TimedStep[];
}

/** Of two parts that are one step. */
function joined(a: Facts, b: Facts): Facts {
  const rows = a.rows === undefined && b.rows === undefined ? undefined : (a.rows ?? 0) + (b.rows ?? 0);
  const attempts = Math.max(a.attempts ?? 1, b.attempts ?? 1);
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(attempts === 1 ? {} : { attempts }),
    ...((a.reused ?? b.reused) === undefined ? {} : { reused: (a.reused ?? true) && (b.reused ?? true) }),
  };
}

export function stepTimings(): StepTimings {
  const steps = new Map<string, Timed>();
  const begin = (name: string) => {
    const known = steps.get(name);
    const now = Date.now();
    steps.set(name, { at: now, until: now, ...known, open: (known?.open ?? 0) + 1 });
  };
  const end = (name: string, facts: Facts & { readonly failed?: boolean }) => {
    const known = steps.get(name);
    if (known === undefined) return;
    const { failed = known.failed, ...told } = facts;
    const { at, open } = known;
    const outcome = failed === undefined ? {} : { failed };
    steps.set(name, { at, until: Date.now(), open: open - 1, ...outcome, ...joined(known, told) });
  };
  return {
    async step(name, work, facts = () => ({})) {
      begin(name);
      try {
        const done = await work();
        end(name, facts(done));
        return done;
      } catch (error) {
        end(name, { failed: true });
        throw error;
      }
    },
    all: () =>
      [...steps].map(([step, { at, until, open, ...facts }]) => ({
        step,
        at: new Date(at).toISOString(),
        ...(open > 0 ? {} : { seconds: (until - at) / 1000 }),
        ...facts,
      })),
  };
}

const laneFacts = ({ rows, parts, resumedParts, attempt }: Attempted<LaneReport>): Facts => ({
  rows,
  reused: parts > 0 && resumedParts === parts,
  ...(attempt === undefined ? {} : { attempts: attempt }),
});

const modelFacts = ({ rows, reused, attempt }: Attempted<ModelResult>): Facts => ({
  rows,
  reused,
  ...(attempt === undefined ? {} : { attempts: attempt }),
});

/** The steps of a run that have a name of their own, noted. */
export function timedActivities(run: RunActivities, { step }: StepTimings) {
  const noted =
    <A extends unknown[], R>(name: string, activity: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> =>
      await step(name, async () => await activity(...args));
  return {
    ...run,
    extract: async (source: SourceBrief, lane: number) =>
      await step(`extract_${source.name}`, async () => await run.extract(source, lane), laneFacts),
    transform: async (model: ModelBrief) =>
      await step(`transform_${model.name}`, async () => await run.transform(model), modelFacts),
    validateSources: noted('validate_sources', run.validateSources),
    validateDataQuality: noted('validate_data_quality', run.validateDataQuality),
    publish: noted('publishEdition', run.publish),
    updateDashboard: noted('update_dashboard', run.updateDashboard),
  };
}

export type TimedActivities = ReturnType<typeof timedActivities>;
