/** What is wrong with a night, from what was seen of it. Pure: `now` is an argument, times are in ms. */
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

const firstLine = (text: string) => (text.split('\n')[0] ?? '').slice(0, 300);

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

function ofEnded(pipeline: string, { ended }: WatchedRun): Trouble | undefined {
  if (ended === null) return undefined;
  const trouble = (
    kind: TroubleKind,
    failure: string | null,
    step: string,
    message: string,
    text: string,
  ): Trouble => ({
    cause: { pipeline, kind, failure, step, message },
    text,
    attempt: 0,
    goesOn: false,
    healthy: false,
  });
  const { outcome, failure, checks } = ended;
  if (outcome === 'failed') {
    const { step, kind, message } = failure ?? { step: 'run', kind: 'Ended', message: 'it ended without a result' };
    const failed = step === 'planRun' ? 'the run could not be planned' : `${step} failed`;
    return trouble('failed', kind, step, message, `${failed}: ${firstLine(message)}`);
  }
  if (outcome === 'cancelled') return trouble('cancelled', null, 'run', '', 'the run was cancelled');
  if (outcome !== 'blocked') return undefined;
  const failing = checks.filter((check) => check.outcome === 'fail' || check.outcome === 'error');
  const named = failing.map(({ subject, name }) => `${subject}: ${name}`).toSorted();
  const [first] = failing;
  const more = failing.length > 1 ? `, and ${failing.length - 1} more` : '';
  const said =
    first === undefined
      ? 'a gate'
      : `${first.subject}: ${first.name}: ${first.observed}; expected ${first.expected}${more}`;
  return trouble('blocked', 'Blocked', named.join(', ') || 'gate', named.join(', '), `a gate stopped the run: ${said}`);
}

function ofRunning(state: WatchState, run: WatchedRun, now: number): Trouble[] {
  const { pipeline, lookEveryMs } = state.settings;
  const { seen } = run;
  if (seen === null || !seen.running) return [];
  const trouble = (
    kind: TroubleKind,
    step: string,
    text: string,
    more: Partial<Trouble> & { failure?: string | null; message?: string } = {},
  ): Trouble => {
    const { failure = null, message = '', ...rest } = more;
    return {
      cause: { pipeline, kind, failure, step, message },
      text,
      attempt: 1,
      goesOn: true,
      healthy: false,
      ...rest,
    };
  };
  const found: Trouble[] = [];
  const [unserved] = seen.unserved;
  if (unserved !== undefined)
    found.push(trouble('no-worker', 'run', `no worker polls ${unserved}: the run stands still`, { goesOn: false }));
  for (const pending of seen.pending) {
    const { step, attempt, failure, started } = pending;
    const p90 = run.expected.find((known) => known.step === step)?.p90 ?? 0;
    const since = run.progress[step]?.since;
    const silentMs = since === undefined ? 0 : now - Date.parse(since);
    if (started && silentMs > Math.max(STUCK_LOOKS * lookEveryMs, 2000 * p90))
      found.push(trouble('stuck', step, `${step} has made no progress for ${Math.round(silentMs / 60_000)} min`));
    if (attempt >= RETRIES && failure !== null)
      found.push(
        trouble(
          'retrying',
          step,
          `${step} is tried again and again, ${attempt} times so far: ${firstLine(failure.message)}`,
          {
            failure: failure.kind,
            message: failure.message,
            attempt: attempt - 1,
          },
        ),
      );
  }
  const slow = seen.pending.find((pending) => isSlow(run, pending, now, lookEveryMs));
  if (slow !== undefined)
    found.push(
      trouble(
        'slow',
        slow.step,
        `${slow.step} takes longer than on nearly all nights, ${Math.round((now - Date.parse(slow.since)) / 1000)} s so far`,
      ),
    );
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
  const { pipeline } = state.settings;
  const due = startExpected(state, night, now);
  if (due === null || now < due) return [];
  const why =
    schedule === null
      ? 'it has no schedule in Temporal'
      : schedule.paused
        ? `its schedule is paused${schedule.note === null ? '' : ` (${schedule.note})`}`
        : 'its schedule started none';
  const text = `no run was started${night.dueAt === null ? '' : `, which was due at ${night.dueAt}`}: ${why}`;
  return [
    {
      cause: { pipeline, kind: 'never-started', failure: null, step: 'run', message: '' },
      text,
      attempt: 0,
      goesOn: false,
      healthy: false,
    },
  ];
}

/** Everything that is wrong, what it comes from first. Nothing once the day has its edition. */
export function troublesOf(state: WatchState, night: Night, schedule: ScheduleSeen | null, now: number): Trouble[] {
  if (night.settledAt !== null) return [];
  const run = lastRun(night);
  if (run === undefined) return notStarted(state, night, schedule, now);
  const ended = ofEnded(state.settings.pipeline, run);
  if (ended !== undefined) return [ended];
  const found = ofRunning(state, run, now);
  if (found.length > 0 || night.deadline === null || isPublished(night)) return found;
  const left = remainingMs(state, night, now);
  const slackMs = Date.parse(night.deadline) - now;
  if (slackMs > (left?.p90 ?? 0)) return [];
  // That the day is late was told when the deadline passed; whoever repairs it needs no ring.
  if (slackMs <= 0 && night.runs.some(({ ended: before }) => before !== null)) return [];
  return [
    {
      cause: { pipeline: state.settings.pipeline, kind: 'late', failure: null, step: 'run', message: '' },
      text: slackMs > 0 ? 'the run goes well, and will not be done in time' : 'the run goes well, and is late',
      attempt: 1,
      goesOn: true,
      healthy: true,
    },
  ];
}
