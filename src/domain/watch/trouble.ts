/** What is wrong with a night, from what was seen of it. Pure: `now` is an argument, times are in ms. */
import { firstLine } from '../failure';
import { stops } from '../verdict';
import type { Cause, TroubleKind } from './cause';
import type { Night, WatchedRun, WatchState } from './night';
import type { ScheduleSeen, StepSeen } from './seen';
import { stageReached, timeLeft } from './time-left';

export interface Trouble {
  readonly cause: Cause;
  /** One sentence without a full stop. */
  readonly text: string;
  readonly attempt: number;
  readonly goesOn: boolean;
  readonly healthy: boolean;
}

/** Attempts before a step counts as one that is tried again and again. */
const RETRIES = 3;
/** Looks without any progress before a step counts as stuck, if its P90 is less than half of that time. */
const STUCK_LOOKS = 20;
const GRACE_LOOKS = 2;

/** As much as a sentence has room for. */
const MOST_SAID = 300;
const sentence = (message: string) => firstLine(message).slice(0, MOST_SAID);

/** What the night hangs on: its newest run that goes on, else the one that came last. */
export const lastRun = ({ runs }: Night): WatchedRun | undefined =>
  runs.findLast(({ ended }) => ended === null) ?? runs.at(-1);

/** Its edition is out, though its run goes on with the report, and with what is left to clean. */
export const isPublished = (night: Night): boolean => lastRun(night)?.seen?.done.includes('publishEdition') ?? false;

/** What remains in ms, at P50 and at P90; `null` when nobody knows yet. */
export function remainingMs(
  state: WatchState,
  night: Night,
  now: number,
): { readonly p50: number; readonly p90: number } | null {
  const run = lastRun(night);
  const expected = run?.expected.length ? run.expected : state.usual;
  const done = new Set(run?.seen?.done ?? []);
  const running = new Map(
    (run?.seen?.pending ?? []).map(({ step, since }) => [step, Math.max(0, (now - Date.parse(since)) / 1000)]),
  );
  const left = timeLeft(expected, { done, running, stage: stageReached([...done, ...running.keys()]) });
  return left === null ? null : { p50: left.p50 * 1000, p90: left.p90 * 1000 };
}

/** Since when a step should be over, at its P90 and half as much again. */
function isSlow(run: WatchedRun, { step, since }: StepSeen, now: number, lookEveryMs: number): boolean {
  const expected = run.expected.find((known) => known.step === step);
  if (expected === undefined) return false;
  const took = now - Date.parse(since);
  return took > 1500 * expected.p90 && took > 1000 * expected.p90 + GRACE_LOOKS * lookEveryMs;
}

/** By default of something that goes on, as far as that can be: a step that is tried, or a run that is slow. */
const troubleOf = (
  { settings: { pipeline } }: WatchState,
  kind: TroubleKind,
  step: string,
  text: string,
  { failure = null, message = '', ...more }: Partial<Omit<Trouble, 'cause' | 'text'>> & Partial<Cause> = {},
): Trouble => ({
  cause: { pipeline, kind, failure, step, message },
  text,
  attempt: 1,
  goesOn: true,
  healthy: false,
  ...more,
});
/** Nobody tries any more. */
const OVER = { attempt: 0, goesOn: false };

function ofEnded(state: WatchState, { ended }: WatchedRun): Trouble | undefined {
  if (ended === null) return undefined;
  const { outcome, failure, checks } = ended;
  if (outcome === 'failed') {
    const { step, kind, message } = failure ?? { step: 'run', kind: 'Ended', message: 'it ended without a result' };
    const failed = step === 'planRun' ? 'the run could not be planned' : `${step} failed`;
    return troubleOf(state, 'failed', step, `${failed}: ${sentence(message)}`, { failure: kind, message, ...OVER });
  }
  if (outcome === 'cancelled') return troubleOf(state, 'cancelled', 'run', 'the run was cancelled', OVER);
  if (outcome !== 'blocked') return undefined;
  const failing = checks.filter(stops);
  const message = failing
    .map(({ subject, name }) => `${subject}: ${name}`)
    .toSorted()
    .join(', ');
  const [first] = failing;
  const more = failing.length > 1 ? `, and ${failing.length - 1} more` : '';
  const said =
    first === undefined
      ? 'a gate'
      : `${first.subject}: ${first.name}: ${first.observed}; expected ${first.expected}${more}`;
  const step = message === '' ? 'gate' : message;
  return troubleOf(state, 'blocked', step, `a gate stopped the run: ${said}`, { failure: 'Blocked', message, ...OVER });
}

function ofRunning(state: WatchState, run: WatchedRun, now: number): Trouble[] {
  const { lookEveryMs } = state.settings;
  const { seen } = run;
  if (seen === null || !seen.running) return [];
  const found: Trouble[] = [];
  const [unserved] = seen.unserved;
  if (unserved !== undefined) {
    const text = `no worker polls ${unserved}: the run stands still`;
    found.push(troubleOf(state, 'no-worker', 'run', text, { goesOn: false }));
  }
  for (const { step, attempt, failure, started } of seen.pending) {
    const p90 = run.expected.find((known) => known.step === step)?.p90 ?? 0;
    const since = run.progress[step]?.since;
    const silentMs = since === undefined ? 0 : now - Date.parse(since);
    if (started && silentMs > Math.max(STUCK_LOOKS * lookEveryMs, 2000 * p90)) {
      const text = `${step} has made no progress for ${Math.round(silentMs / 60_000)} min`;
      found.push(troubleOf(state, 'stuck', step, text));
    }
    if (attempt >= RETRIES && failure !== null) {
      const text = `${step} is tried again and again, ${attempt} times so far: ${sentence(failure.message)}`;
      const { kind, message } = failure;
      found.push(troubleOf(state, 'retrying', step, text, { failure: kind, message, attempt: attempt - 1 }));
    }
  }
  const slow = seen.pending.find((pending) => isSlow(run, pending, now, lookEveryMs));
  if (slow !== undefined) {
    const seconds = Math.round((now - Date.parse(slow.since)) / 1000);
    const text = `${slow.step} takes longer than on nearly all nights, ${seconds} s so far`;
    found.push(troubleOf(state, 'slow', slow.step, text));
  }
  return found;
}

/**
 * When a night without a run is in trouble: a moment after one was due; where none is due before the deadline, when one could
 * just be in time.
 */
export function startExpected(state: WatchState, night: Night, now: number): number | null {
  const { repairMs, lookEveryMs } = state.settings;
  const due = night.dueAt === null ? null : Date.parse(night.dueAt) + GRACE_LOOKS * lookEveryMs;
  if (night.deadline === null) return due;
  const deadline = Date.parse(night.deadline);
  if (due !== null && due <= deadline) return due;
  return deadline - (remainingMs(state, night, now)?.p90 ?? 0) - repairMs;
}

/** A night whose run should be there and is not. */
function notStarted(state: WatchState, night: Night, schedule: ScheduleSeen | null, now: number): Trouble[] {
  const due = startExpected(state, night, now);
  if (due === null || now < due) return [];
  const why =
    schedule === null
      ? 'it has no schedule in Temporal'
      : schedule.paused
        ? `its schedule is paused${schedule.note === null ? '' : ` (${schedule.note})`}`
        : 'its schedule started none';
  const text = `no run was started${night.dueAt === null ? '' : `, which was due at ${night.dueAt}`}: ${why}`;
  return [troubleOf(state, 'never-started', 'run', text, OVER)];
}

/** Everything that is wrong, what it comes from first. Nothing once the day has its edition. */
export function troublesOf(state: WatchState, night: Night, schedule: ScheduleSeen | null, now: number): Trouble[] {
  if (night.settledAt !== null) return [];
  const run = lastRun(night);
  if (run === undefined) return notStarted(state, night, schedule, now);
  const ended = ofEnded(state, run);
  if (ended !== undefined) return [ended];
  const found = ofRunning(state, run, now);
  if (found.length > 0 || night.deadline === null || isPublished(night)) return found;
  const left = remainingMs(state, night, now);
  const slackMs = Date.parse(night.deadline) - now;
  if (slackMs > (left?.p90 ?? 0)) return [];
  // Whoever was rung and repairs it needs no ring at the deadline.
  const isRepair = night.runs.some(({ ended: before }) => before !== null);
  if (slackMs <= 0 && isRepair && night.said?.severity === 'critical') return [];
  const text = slackMs > 0 ? 'the run goes well, and will not be done in time' : 'the run goes well, and is late';
  return [troubleOf(state, 'late', 'run', text, { healthy: true })];
}
