/** How long a run still takes, by what its steps took before. No zod here: workflows import it. */
import type { Stage } from '../run';
import type { PlannedRecords, RunRecord } from './record';
import type { StepExpectation, TimedStep } from './timing';

/** Records of so many runs are looked at; more than are needed, as failed ones are among them. */
export const LOOKED_BACK = 90;
const NIGHTS = 30;
/** Nights with so many times fewer records are no measure. */
const MOST_TIMES = 4;
const EXTRACT = 'extract_';
const TRANSFORM = 'transform_';
/** Stages in their order, and the steps that they are made of beside extracts and models. */
const STAGES: readonly Stage[] = [
  'plan',
  'extract',
  'check sources',
  'transform',
  'check',
  'publish',
  'report',
  'done',
];
const STEPS: Readonly<Record<string, Stage>> = {
  validate_sources: 'check sources',
  validate_data_quality: 'check',
  publishEdition: 'publish',
  update_dashboard: 'report',
};

/** What is to be done, as a brief has it: sources with the records to be read, models in their order. */
export interface PlannedWork {
  readonly sources: PlannedRecords;
  readonly models: readonly { readonly name: string }[];
}

/** Where a run is. A step that is neither done nor running waits, if its stage is not over. */
export interface WorkState {
  readonly done: ReadonlySet<string>;
  /** Seconds that each has been at it so far. */
  readonly running: ReadonlyMap<string, number>;
  /** Where it is known: steps of earlier stages are over. */
  readonly stage?: Stage;
}

/** Seconds: as likely less as more, and hardly ever more. */
export interface TimeLeft {
  readonly p50: number;
  readonly p90: number;
  /** Nights that it is known from. */
  readonly runs: number;
}

const stageOf = (step: string): Stage =>
  step.startsWith(EXTRACT) ? 'extract' : step.startsWith(TRANSFORM) ? 'transform' : (STEPS[step] ?? 'plan');

/** The furthest stage that steps which began belong to. */
export const stageReached = (steps: Iterable<string>): Stage =>
  STAGES[Math.max(0, ...[...steps].map((step) => STAGES.indexOf(stageOf(step))))] ?? 'plan';

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

/** Between the two nearest of sorted numbers. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/** Records that a step goes over: of its source, or of all. */
function recordsOf(step: string, planned: PlannedRecords): number {
  if (!step.startsWith(EXTRACT)) return sum(planned.map(({ records }) => records));
  return planned.find(({ name }) => `${EXTRACT}${name}` === step)?.records ?? 0;
}

/** More records take longer in proportion; with fewer of them, what a step takes at the least stays. */
function scaled(seconds: number, ratio: number, floor: number): number {
  return ratio >= 1 ? seconds * ratio : floor + (seconds - floor) * ratio;
}

/** The steps of a run that is planned, in their order. */
const stepsOf = ({ sources, models }: PlannedWork): string[] => [
  ...sources.map(({ name }) => `${EXTRACT}${name}`),
  'validate_sources',
  ...models.map(({ name }) => `${TRANSFORM}${name}`),
  'validate_data_quality',
  'publishEdition',
  'update_dashboard',
];

/** What each step usually takes for as many records as there are now; steps that never ran on a night like it are left out. */
export function expectations(planned: PlannedWork, history: readonly RunRecord[]): StepExpectation[] {
  const nights = history
    .filter(({ outcome }) => outcome === 'published' || outcome === 'kept')
    .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))
    .slice(-NIGHTS);
  return stepsOf(planned).flatMap((step) => {
    const records = recordsOf(step, planned.sources);
    const seen = nights.flatMap((night) => {
      const timing = night.steps.find((each) => each.step === step && each.reused !== true && each.failed !== true);
      const before = recordsOf(step, night.planned);
      // A hundred changed rows in three seconds say nothing of how long a million take.
      const isAlike = before === 0 || records <= MOST_TIMES * before;
      return timing === undefined || !isAlike ? [] : [{ seconds: timing.seconds, records: before }];
    });
    if (seen.length === 0) return [];
    const floor = Math.min(...seen.map(({ seconds }) => seconds));
    // A night without records tells nothing of how they add up.
    const took = seen
      .map((night) => scaled(night.seconds, night.records === 0 ? 1 : records / night.records, floor))
      .toSorted((a, b) => a - b);
    return [{ step, p50: quantile(took, 0.5), p90: quantile(took, 0.9), runs: seen.length }];
  });
}

/**
 * What is left of a run: the longest of the extracts, which are side by side, and everything else one after the other. A
 * step that takes longer than ever is expected to take as long again. `null` when nothing is known.
 */
export function timeLeft(expected: readonly StepExpectation[], state: WorkState): TimeLeft | null {
  if (expected.length === 0) return null;
  const now = STAGES.indexOf(state.stage ?? 'plan');
  const left = expected
    .filter(({ step }) => !state.done.has(step) && STAGES.indexOf(stageOf(step)) >= now)
    .map(({ step, p50, p90 }) => {
      const elapsed = state.running.get(step) ?? 0;
      return { step, p50: Math.max(p50 - elapsed, 0), p90: elapsed > p90 ? p90 : p90 - elapsed };
    });
  const extracts = left.filter(({ step }) => step.startsWith(EXTRACT));
  const others = left.filter(({ step }) => !step.startsWith(EXTRACT));
  const total = (of: (step: { p50: number; p90: number }) => number) =>
    Math.max(0, ...extracts.map(of)) + sum(others.map(of));
  return {
    p50: total(({ p50 }) => p50),
    p90: total(({ p90 }) => p90),
    runs: Math.max(...expected.map(({ runs }) => runs)),
  };
}

/** A run as it tells of itself. */
export interface TimedRun {
  readonly stage: Stage;
  readonly expected?: readonly StepExpectation[];
  readonly steps?: readonly TimedStep[];
}

/** The same of a run that tells its steps so far. */
export function runTimeLeft({ expected = [], steps = [], stage }: TimedRun, now: number): TimeLeft | null {
  const going = steps.filter(({ seconds }) => seconds === undefined);
  return timeLeft(expected, {
    done: new Set(steps.filter(({ seconds }) => seconds !== undefined).map(({ step }) => step)),
    running: new Map(going.map(({ step, at }) => [step, Math.max(0, (now - Date.parse(at)) / 1000)])),
    stage,
  });
}
