/** One look of the watch: what it knew and what it sees to what it knows and what is told. Pure; the time is `seen.at`. */
import { localDay } from '../window';
import { causeKey } from './cause';
import type { DayAsked } from './due';
import type { Observation } from './incident';
import { severityOf } from './judgement';
import { GIVEN_UP_AFTER_MS } from './mail';
import {
  incidentSeen,
  type Night,
  nightSeen,
  runSeen,
  type Said,
  type WatchedRun,
  type WatchState,
  withNight,
  withNote,
} from './night';
import type { ScheduleSeen, Seen } from './seen';
import { isPublished, lastRun, remainingMs, startExpected, type Trouble, troublesOf } from './trouble';
import { spanText } from './time-text';
import { observationOf } from './words';

/** What is to be told to an incident. */
export type WatchOrder =
  | { readonly kind: 'observed'; readonly key: string; readonly observation: Observation }
  | { readonly kind: 'recovered'; readonly key: string; readonly text: string };

export interface Looked {
  readonly state: WatchState;
  readonly orders: readonly WatchOrder[];
}

/** Runs to look at: of every night that is not settled, the newest that has not ended. */
export const openRuns = (state: WatchState): { workflowId: string; runId: string; asOf: string }[] =>
  state.nights.flatMap((night) => {
    const run = lastRun(night);
    return night.settledAt !== null || run === undefined || run.ended !== null
      ? []
      : [{ workflowId: run.workflowId, runId: run.runId, asOf: night.asOf }];
  });

/** Days whose data are not there yet. */
export const openDays = ({ nights }: WatchState): DayAsked[] =>
  nights.flatMap(({ asOf, dueAt, settledAt }) => (settledAt === null ? [{ asOf, dueAt }] : []));

/** Runs of which nothing new can be heard. */
export const endedRuns = (state: WatchState): string[] =>
  state.nights.flatMap(({ runs }) => runs.filter(({ ended }) => ended !== null).map(({ runId }) => runId));

/**
 * Of runs that a schedule started, the day is known by when they were due. What was due before the watch is left alone, but
 * for what an incident is open of.
 */
function asOfRun(state: WatchState, seen: Seen, runId: string): string | undefined {
  const known = state.nights.find(({ runs }) => runs.some((run) => run.runId === runId));
  if (known !== undefined) return known.asOf;
  const started = seen.schedule?.recent.find((run) => run.runId === runId);
  if (started === undefined) return undefined;
  const asOf = localDay(new Date(started.dueAt), state.settings.zone);
  const isOpen = state.nights.some((night) => night.asOf === asOf && night.incident !== null);
  return isOpen || started.dueAt >= state.beganAt ? asOf : undefined;
}

/** What somebody did to the schedule in Temporal: told once, and left as it is. */
function noticed({ schedule }: Seen): string[] {
  if (schedule === null) return [];
  const paused = schedule.paused ? [`the schedule is paused: ${schedule.note ?? 'nobody said why'}`] : [];
  return [...paused, ...schedule.changedByHand.map((change) => `the schedule was changed in Temporal: ${change}`)];
}

function takeIn(state: WatchState, seen: Seen): WatchState {
  const now = noticed(seen);
  const fresh = now.filter((text) => !state.noticed.includes(text));
  const told = fresh.reduce((all, text) => withNote(all, { at: seen.at, asOf: '', what: 'noticed', text }), state);
  const waiting = Object.entries(told.undelivered).filter(
    ([, { since }]) => Date.parse(seen.at) - Date.parse(since) < GIVEN_UP_AFTER_MS,
  );
  let next: WatchState = { ...told, noticed: now, undelivered: Object.fromEntries(waiting) };
  for (const incident of seen.incidents ?? []) next = incidentSeen(next, incident);
  for (const night of seen.nights) next = nightSeen(next, night, seen.at);
  for (const run of seen.runs) {
    const asOf = asOfRun(next, seen, run.runId);
    if (asOf !== undefined) next = runSeen(next, asOf, run, seen.at);
  }
  return next;
}

/** The data of the day are there, or newer ones that serve it too. */
function isFresh({ nights, settings }: WatchState, night: Night, at: string): boolean {
  const today = localDay(new Date(at), settings.zone);
  const newer = nights.some(({ asOf, settledAt }) => settledAt !== null && asOf > night.asOf && asOf <= today);
  return night.settledAt !== null || newer || isPublished(night);
}

/** `isNew`: nobody reads of it in a digest yet. */
function judged(state: WatchState, night: Night, trouble: Trouble, seen: Seen, isNew: boolean) {
  const now = Date.parse(seen.at);
  const left = remainingMs(state, night, now);
  const severity = severityOf({
    failure: trouble.cause.failure,
    attempt: trouble.attempt,
    goesOn: trouble.goesOn,
    healthy: trouble.healthy,
    remainingMs: left?.p90 ?? null,
    repairMs: state.settings.repairMs,
    slackMs: night.deadline === null ? null : Date.parse(night.deadline) - now,
    fresh: isFresh(state, night, seen.at),
    awake: seen.awake && isNew,
  });
  return { severity, left };
}

/** The incident of a night ends, unless another night is in it too. */
function recovered({ nights }: WatchState, { asOf, incident }: Night, text: string): WatchOrder[] {
  if (incident === null || nights.some((other) => other.asOf !== asOf && other.incident === incident)) return [];
  return [{ kind: 'recovered', key: incident, text }];
}

/** Steps that came to the same end by the same way are told in one line. */
function healedTexts(retried: WatchedRun['retried']): string[] {
  const steps = new Map<string, string[]>();
  for (const [step, { attempt, message }] of Object.entries(retried)) {
    const how = `needed ${attempt} attempts: ${message}`;
    steps.set(how, [...(steps.get(how) ?? []), step]);
  }
  return [...steps].map(([how, names]) => `${names.toSorted().join(', ')} ${how}`);
}

/** A night that is over: its incident ends, and the morning reads how it went. */
function settle(state: WatchState, night: Night, at: string): Looked {
  const orders = recovered(state, night, `edition ${night.edition ?? ''} is out`);
  const run = lastRun(night);
  const unseen = run?.ended?.retried?.map(
    ({ step, attempts }) =>
      [step, { attempt: attempts, message: 'the one before failed, or its worker was gone' }] as const,
  );
  const healed = healedTexts({ ...Object.fromEntries(unseen ?? []), ...run?.retried });
  const slack =
    night.deadline === null
      ? ''
      : `, ${spanText(Date.parse(night.deadline) - Date.parse(night.settledAt ?? at))} ${(night.settledAt ?? at) <= night.deadline ? 'before' : 'after'} the deadline`;
  const published = withNote(state, {
    at,
    asOf: night.asOf,
    what: 'published',
    text: `edition ${night.edition ?? ''} is out${slack}`,
  });
  const noted = healed.reduce((all, text) => withNote(all, { at, asOf: night.asOf, what: 'healed', text }), published);
  return {
    state: withNight(noted, night.asOf, (known) => ({ ...known, incident: null, isTold: true })),
    orders,
  };
}

const isSame = (one: Said, other: Said): boolean => JSON.stringify(one) === JSON.stringify(other);

function lookAt(state: WatchState, night: Night, schedule: ScheduleSeen | null, seen: Seen): Looked {
  if (night.settledAt !== null) return night.isTold ? { state, orders: [] } : settle(state, night, seen.at);
  const [trouble] = troublesOf(state, night, schedule, Date.parse(seen.at));
  const { said } = night;
  if (trouble === undefined) {
    // Whoever was told waits for the edition; what nobody knows of is over with its trouble.
    if (night.incident === null || said === null || said.told) return { state, orders: [] };
    const healed = withNote(state, {
      at: seen.at,
      asOf: night.asOf,
      what: 'healed',
      text: `${said.what}, which passed by itself`,
    });
    return {
      state: withNight(healed, night.asOf, (known) => ({ ...known, incident: null, said: null })),
      orders: recovered(state, night, 'it passed by itself'),
    };
  }
  const { severity, left } = judged(state, night, trouble, seen, said?.severity !== 'routine');
  // A night has one incident at a time: whatever else goes wrong in it joins.
  const own = causeKey(trouble.cause);
  const key = said?.told === true ? (night.incident ?? own) : own;
  const { kind, step } = trouble.cause;
  const told = said?.told === true || severity !== 'routine';
  const what = `${step === 'run' ? 'the run' : step}: ${kind}`;
  const late = night.deadline !== null && night.deadline <= seen.at;
  const say: Said = { severity, told, key, trouble: own, what, late };
  if (said !== null && isSame(said, say)) return { state, orders: [] };
  const observation = observationOf(state, night, trouble, severity, left, seen.at);
  const gone = night.incident === key ? [] : recovered(state, night, 'something else is wrong by now');
  const noted = withNote(state, {
    at: seen.at,
    asOf: night.asOf,
    what: severity === 'critical' ? 'rang' : 'waits',
    text: observation.title,
  });
  return {
    state: withNight(noted, night.asOf, (known) => ({ ...known, incident: key, said: say })),
    orders: [...gone, { kind: 'observed', key, observation }],
  };
}

/** Takes in what was seen, and judges every night. */
export function look(state: WatchState, seen: Seen): Looked {
  const orders: WatchOrder[] = [];
  let next = takeIn(state, seen);
  for (const { asOf } of next.nights) {
    const night = next.nights.find((known) => known.asOf === asOf);
    if (night === undefined) continue;
    const looked = lookAt(next, night, seen.schedule, seen);
    next = looked.state;
    orders.push(...looked.orders);
  }
  return { state: next, orders };
}

/** Milliseconds until the next look: soon while something goes on or is due, else seldom. */
export function lookAgainMs(state: WatchState, seen: Seen, now: number): number {
  const { lookEveryMs } = state.settings;
  const atWork = state.nights.some(
    ({ settledAt, runs, incident }) => settledAt === null && (runs.length > 0 || incident !== null),
  );
  if (atWork) return lookEveryMs;
  const waiting = state.nights.filter(({ settledAt }) => settledAt === null);
  const times = [
    ...(seen.schedule?.nextDue ?? []),
    ...waiting.flatMap(({ deadline }) => (deadline === null ? [] : [deadline])),
    seen.nextDigest,
  ].map((time) => Date.parse(time));
  const starts = waiting.map((night) => startExpected(state, night, now) ?? 0);
  const next = Math.min(...[...times, ...starts].filter((time) => time > now));
  return Math.max(lookEveryMs, Math.min(10 * lookEveryMs, next - now));
}
