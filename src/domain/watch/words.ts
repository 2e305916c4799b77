/** What people are told of a trouble: what happened, what is still safe, what was done by itself, what remains, what to do. */
import { wallTime } from '../wall-clock';
import { withoutPersonal } from './cause';
import type { Observation } from './incident';
import type { Severity } from './message';
import type { Night, WatchState } from './night';
import { lastRun, type Trouble } from './trouble';

const MINUTE = 60_000;
const MOST_TITLE = 160;

/** `3 h 10 min`, `12 min`, `40 s` */
export function spanText(ms: number): string {
  const span = Math.abs(ms);
  if (span < 2 * MINUTE) return `${Math.round(span / 1000)} s`;
  const minutes = Math.round(span / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `2026-11-27 03:10`, on a clock of the zone */
export const clockText = (instant: string, zone: string): string =>
  wallTime(new Date(instant), zone).slice(0, 16).replace('T', ' ');

/** `07:30 (Europe/Berlin)`, with the day where it is another one than now's. */
function localTime(instant: string, zone: string, now: number): string {
  const [today] = clockText(new Date(now).toISOString(), zone).split(' ');
  return `${clockText(instant, zone).replace(`${today} `, '')} (${zone})`;
}

function safeText(state: WatchState, night: Night): string {
  const run = lastRun(night);
  const steps = run?.seen?.done.filter((step) => /^(extract|transform)_/.test(step)) ?? [];
  const done = run?.ended?.finished ?? steps.length;
  const live = run?.ended?.live ?? state.nights.findLast(({ edition }) => edition !== null)?.edition ?? null;
  const readers =
    live === null
      ? 'Readers see what they saw before.'
      : `The live edition is ${live}: complete, checked, and untouched.`;
  const finished =
    done === 0
      ? ''
      : ` ${done} finished ${done === 1 ? 'step stays' : 'steps stay'} finished: a new run goes on from there.`;
  return readers + finished;
}

function doneText(night: Night, trouble: Trouble): string {
  const run = lastRun(night);
  const tried = Object.entries(run?.retried ?? {}).map(([step, { attempt }]) => `${step} was tried ${attempt} times`);
  const skipped = run?.ended?.skipped ?? [];
  const parts = [
    ...tried,
    ...(skipped.length === 0
      ? []
      : [`what depends on it was skipped (${skipped.join(', ')}), everything else was finished`]),
    ...(trouble.cause.kind === 'blocked' ? ['the candidate and the failing rows are kept'] : []),
    ...(night.runs.length > 1 ? [`${night.runs.length} runs were started for this day`] : []),
  ];
  return parts.length === 0 ? 'Nothing could be done by itself.' : `${parts.join('; ')}.`;
}

function remainsText(
  { settings }: WatchState,
  night: Night,
  left: { readonly p50: number; readonly p90: number } | null,
  now: number,
): string {
  const run =
    left === null
      ? 'How long the rest takes is not known yet'
      : `The rest takes about ${spanText(left.p50)}, at most ${spanText(left.p90)} on nine nights of ten`;
  if (night.deadline === null) return `${run}; nobody waits for the data at a set time.`;
  const slackMs = Date.parse(night.deadline) - now;
  const when = localTime(night.deadline, settings.zone, now);
  const slack = slackMs >= 0 ? `${spanText(slackMs)} from now` : `${spanText(slackMs)} ago`;
  return `${run}. The data are needed at ${when}, ${slack}; a repair is reckoned with ${spanText(settings.repairMs)}.`;
}

const MEETING: Record<Severity, string> = {
  critical: 'The meeting is at risk',
  degraded: 'The meeting is safe if somebody acts before it',
  routine: 'The meeting is safe so far',
};

/** The one command. */
function commandOf({ settings: { pipeline } }: WatchState, night: Night, trouble: Trouble): string {
  const run = lastRun(night)?.workflowId;
  switch (trouble.cause.kind) {
    case 'no-worker':
      return 'daybreak worker';
    case 'never-started':
    case 'schedule-changed':
      return night.dueAt === null ? `daybreak run ${pipeline}` : `daybreak schedule trigger ${pipeline}`;
    case 'cancelled':
      return `daybreak run ${pipeline}`;
    case 'blocked':
      return `daybreak status ${run ?? ''}`.trim();
    default:
      return `daybreak why ${run ?? ''}`.trim();
  }
}

/** What was expected is told below it. */
function titleOf(text: string): string {
  const [short = ''] = text.split('; expected ');
  return short.length > MOST_TITLE ? `${short.slice(0, MOST_TITLE - 1)}…` : short;
}

export function observationOf(
  state: WatchState,
  night: Night,
  trouble: Trouble,
  severity: Severity,
  left: { readonly p50: number; readonly p90: number } | null,
  at: string,
): Observation {
  const now = Date.parse(at);
  const { pipeline } = state.settings;
  const text = withoutPersonal(trouble.text);
  const next = /\nnext: (.*)$/m.exec(trouble.cause.message)?.[1];
  const settled = night.settledAt === null ? MEETING[severity] : 'The data of the day are there';
  return {
    at,
    severity,
    cause: { ...trouble.cause, message: withoutPersonal(trouble.cause.message) },
    asOf: night.asOf,
    title: titleOf(`${pipeline} ${night.asOf}: ${text.replaceAll(/\s+/g, ' ')}`),
    sections: [
      { label: 'What happened', text: `${text}.` },
      { label: 'What is still safe', text: safeText(state, night) },
      { label: 'What was done by itself', text: doneText(night, trouble) },
      { label: 'What remains', text: `${settled}. ${remainsText(state, night, left, now)}` },
      ...(next === undefined ? [] : [{ label: 'What helps', text: withoutPersonal(next) }]),
    ],
    command: commandOf(state, night, trouble),
    runbook: trouble.cause.kind,
    links: [],
  };
}
