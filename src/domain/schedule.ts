/** The Temporal Schedule that a declaration asks for, in words: what there is and what is wanted are compared by them. */
import type { Definition } from './definition';
import { DEFAULT_PIPELINE, type RunRequest } from './run';
import { scheduleId } from './watch/settings';
import { milliseconds } from './window';

/** Each property of a schedule as text, by its name: `{cron: "0 2 * * *", zone: "Europe/Berlin"}`. */
export type ScheduleFacts = Readonly<Record<string, string>>;

export interface WantedSchedule {
  readonly id: string;
  /** Name of the pipeline. */
  readonly pipeline: string;
  readonly cron: string;
  readonly zone: string;
  readonly overlap: NonNullable<Definition['schedule']>['overlap'];
  readonly catchUpMs: number;
  readonly jitterMs: number;
  readonly workflowType: 'customerAnalytics' | 'runPipeline';
  /** What its runs' ids begin with; Temporal adds when each was due. */
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly request: RunRequest;
}

/** What Temporal keeps with a schedule of ours, and with each of its runs. */
export interface AppliedSchedule {
  /** As it was declared. */
  readonly wanted: ScheduleFacts;
  /** What the server made of it; `null` where we ended before we had seen that. */
  readonly made: ScheduleFacts | null;
}

/** The memo of a schedule's action that `AppliedSchedule` is kept in. */
export const APPLIED = 'daybreak_schedule';

/** `undefined` where no schedule is declared. `given` is the pipeline as a run is asked for: a shipped name or a folder. */
export function wantedSchedule(
  { name, zone, schedule }: Pick<Definition, 'name' | 'zone' | 'schedule'>,
  given: string,
  taskQueue: string,
): WantedSchedule | undefined {
  if (schedule === undefined) return undefined;
  const id = scheduleId(taskQueue, name);
  return {
    id,
    pipeline: name,
    cron: schedule.cron,
    zone,
    overlap: schedule.overlap,
    catchUpMs: milliseconds(schedule.catch_up),
    jitterMs: schedule.jitter === undefined ? 0 : milliseconds(schedule.jitter),
    workflowType: given === DEFAULT_PIPELINE ? 'customerAnalytics' : 'runPipeline',
    // With the queue in it, as Temporal drops a start whose id another queue's run has.
    workflowId: id,
    taskQueue,
    request: { pipeline: given },
  };
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
];

/** 21600000 → `6h`; 0 → `none` */
export function durationText(ms: number): string {
  if (ms === 0) return 'none';
  const [unit, size] = UNITS.find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** `BUFFER_ONE` → `buffer_one` */
export const overlapText = (policy: string): string => policy.toLowerCase();

export const factsOf = (wanted: WantedSchedule): ScheduleFacts => ({
  cron: wanted.cron.split(/\s+/).join(' '),
  zone: wanted.zone,
  jitter: durationText(wanted.jitterMs),
  overlap: wanted.overlap,
  catch_up: durationText(wanted.catchUpMs),
  workflow: wanted.workflowType,
  'workflow id': wanted.workflowId,
  'task queue': wanted.taskQueue,
  input: JSON.stringify([wanted.request]),
});

/** What is not the same, as `cron: 0 2 * * * -> 0 3 * * *`; what only one of them has is `none` in the other. */
export function differences(before: ScheduleFacts, after: ScheduleFacts): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [was, is] = [before[name] ?? 'none', after[name] ?? 'none'];
    return was === is ? [] : [`${name}: ${was} -> ${is}`];
  });
}
