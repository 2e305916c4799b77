/** A run that was recorded, as the watch would have heard and seen it while it went on. */
import { addDays, localDay } from '../window';
import { deadlineFor } from './deadline';
import { attemptsLeft } from './judgement';
import { isGood } from './night';
import type { RunRecord } from './record';
import type { RunSeen, StepSeen } from './seen';
import type { RunEnded, RunPlanned, WatchSettings } from './settings';
import { expectations, LOOKED_BACK, type PlannedWork } from './time-left';
import type { StepTiming } from './timing';

export interface Recorded {
  readonly record: RunRecord;
  /** The day that it was for. */
  readonly day: string;
  /** When a schedule had it due. */
  readonly dueAt: string | null;
  /** What it told the watch once it was planned, and when; `null` where it never was. */
  readonly planned: { readonly at: string; readonly run: RunPlanned } | null;
  /** Since when the data of its day were there by it. */
  readonly dataAt: string | null;
  /** With their times in ms, `[from, until)`. */
  readonly steps: readonly (StepTiming & { readonly from: number; readonly until: number })[];
}

const TRANSFORM = 'transform_';
/** Temporal puts when a run of a schedule was due at the end of its id. */
const DUE = /-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})Z$/;
/** How long is waited between attempts at most. */
const RETRY_MS = 30_000;

const endOf = ({ at, seconds }: StepTiming) => Date.parse(at) + Math.round(seconds * 1000);

/** What it had to do. One that did not get far is taken to have had the models of the good run before. */
function workOf(record: RunRecord, before: readonly RunRecord[]): PlannedWork {
  const whole = isGood(record.outcome) ? undefined : before.findLast(({ outcome }) => isGood(outcome));
  const steps = [...(whole?.steps ?? []), ...record.steps].filter(({ step }) => step.startsWith(TRANSFORM));
  const names = new Set(steps.map(({ step }) => step.slice(TRANSFORM.length)));
  return { sources: record.planned, models: [...names].map((name) => ({ name })) };
}

function plannedOf(record: RunRecord, day: string, all: readonly RunRecord[]): Recorded['planned'] {
  if (record.planned.length === 0) return null;
  const plan = record.steps.find(({ step }) => step === 'planRun');
  const at = plan === undefined ? record.startedAt : new Date(endOf(plan)).toISOString();
  const before = all.filter(({ endedAt }) => endedAt <= at).slice(-LOOKED_BACK);
  const { workflowId, runId } = record;
  return { at, run: { workflowId, runId, asOf: day, expected: expectations(workOf(record, before), before) } };
}

function dataSince({ outcome, endedAt, steps }: RunRecord): string | null {
  if (!isGood(outcome)) return null;
  const publish = steps.find(({ step }) => step === 'publishEdition');
  return publish === undefined ? endedAt : new Date(endOf(publish)).toISOString();
}

/** In the order of their starts. Runs that found another one at the same work are left out. */
export function recorded(records: readonly RunRecord[], zone: string): Recorded[] {
  const all = records
    .filter(({ outcome }) => outcome !== 'duplicate')
    .toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return all.map((record) => {
    const due = DUE.exec(record.workflowId)?.[1];
    const dueAt = due === undefined ? null : `${due}.000Z`;
    const day = record.asOf ?? localDay(new Date(dueAt ?? record.endedAt), zone);
    const steps = record.steps.map((step) => ({ ...step, from: Date.parse(step.at), until: endOf(step) }));
    return { record, day, dueAt, planned: plannedOf(record, day, all), dataAt: dataSince(record), steps };
  });
}

/** When the data of a day are needed: as after its records, where a night begins only after the deadline of its own day. */
export function neededFor({ deadline, zone }: WatchSettings, day: string, runs: readonly Recorded[]): string | null {
  const isNext = ({ record }: Recorded) =>
    record.deadline !== null && localDay(new Date(record.deadline.at), zone) > day;
  const on = runs.some((run) => run.day === day && isNext(run)) ? addDays(day, 1) : day;
  return deadline === null ? null : (deadlineFor(on, deadline, zone)?.toISOString() ?? null);
}

/** When its attempts were made is not recorded: they are taken to be spread evenly over its time. */
function pendingStep({ record: { failure } }: Recorded, step: Recorded['steps'][number], now: number): StepSeen {
  const { from, until, failed, attempts } = step;
  const own = failed === true && failure?.step === step.step ? failure : null;
  // A step that was given up is recorded without its attempts: they were as many as its class is worth, and as fit in.
  const worth = own === null ? 1 : Math.min(attemptsLeft(own.kind, 0), Math.ceil((until - from) / RETRY_MS));
  const tries = attempts ?? worth;
  const attempt = 1 + Math.floor((tries * (now - from)) / (until - from));
  const { kind, message } = own ?? { kind: 'Transient', message: 'it is not recorded why' };
  return {
    step: step.step,
    attempt,
    started: true,
    since: step.at,
    failure: attempt > 1 ? { kind, message } : null,
    // How far it was is not recorded: it is taken to get on.
    progress: String(now),
  };
}

/** While it goes on. Whether workers polled its queues is not recorded: they are taken to. */
export function recordedAt(run: Recorded, now: number): RunSeen {
  const { workflowId, runId, startedAt } = run.record;
  return {
    ...{ workflowId, runId, startedAt },
    running: true,
    done: run.steps.filter(({ until, failed }) => until <= now && failed !== true).map(({ step }) => step),
    pending: run.steps
      .filter(({ from, until }) => from <= now && now < until)
      .map((step) => pendingStep(run, step, now)),
    unserved: [],
    ended: null,
  };
}

/** What it told the watch at its end. */
export const recordedEnd = ({ record }: Recorded): RunEnded => {
  const { workflowId, runId, asOf, outcome, edition, failure, failedChecks, startedAt, endedAt } = record;
  return {
    ...{ workflowId, runId, asOf, outcome, edition, failure },
    live: null,
    skipped: [],
    finished: 0,
    checks: failedChecks.map((check) => {
      const [subject = '', name = ''] = check.split(': ');
      return { name, subject, outcome: 'fail', observed: '', expected: '' };
    }),
    quarantined: 0,
    seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
  };
};
