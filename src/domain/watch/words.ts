/** What people are told of a trouble: what happened, what is still safe, what was done by itself, what remains, what to do. */
import { nextOf } from '../failure';
import { clockText } from '../clock';
import { quoted } from '../run';
import { withoutPersonal } from './cause';
import type { Observation } from './incident';
import type { Severity } from './message';
import type { Night, WatchState } from './night';
import { spanText } from './time-text';
import { lastRun, type Trouble } from './trouble';

const MOST_TITLE = 160;

/** `07:30`, with the day where it is another one than now's. */
function clockOf(instant: string, zone: string, now: number): string {
  const [today] = clockText(new Date(now).toISOString(), zone).split(' ');
  return clockText(instant, zone).replace(`${today} `, '');
}

/** `07:30 (Europe/Berlin)` */
const localTime = (instant: string, zone: string, now: number): string => `${clockOf(instant, zone, now)} (${zone})`;

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Instants that stand in a text, on the zone's clock: nobody reckons with UTC at night. */
const onClock = (text: string, zone: string, now: number): string =>
  text.replaceAll(INSTANT, (instant) => localTime(instant, zone, now));

function safeText(state: WatchState, night: Night): string {
  const run = lastRun(night);
  const steps = run?.seen?.done.filter((step) => /^(extract|transform)_/.test(step)) ?? [];
  const done = run?.ended?.finished ?? steps.length;
  const live = run?.ended?.live ?? state.nights.findLast(({ edition }) => edition !== null)?.edition ?? null;
  const isFirst = live === null && (run?.ended?.asOf ?? null) !== null;
  const readers = isFirst
    ? 'No edition was live before: readers have nothing yet, and nothing was spoilt.'
    : live === null
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
  if (parts.length > 0) return `${parts.join('; ')}.`;
  if (trouble.cause.kind === 'no-worker')
    return 'Nothing yet: the run waits, and goes on as soon as a worker is there.';
  return trouble.goesOn ? 'Nothing was needed so far: the run goes on.' : 'Nothing could be done by itself.';
}

/** Until when somebody has to begin, so that the data are there in time. */
function beginText({ settings: { repairMs, zone } }: WatchState, deadline: number, remainingMs: number, now: number) {
  const latest = deadline - remainingMs - repairMs;
  const text = `a repair is reckoned with ${spanText(repairMs)}.`;
  if (deadline <= now) return text;
  return latest <= now
    ? `${text} That is more than there is: every minute counts.`
    : `${text} To be in time, begin by ${clockOf(new Date(latest).toISOString(), zone, now)}.`;
}

function remainsText(
  state: WatchState,
  night: Night,
  trouble: Trouble,
  left: { readonly p50: number; readonly p90: number } | null,
  now: number,
): string {
  const rest =
    left === null
      ? 'How long the rest takes is not known yet'
      : `The rest takes about ${spanText(left.p50)}, on nine nights of ten at most ${spanText(left.p90)}`;
  if (night.deadline === null) return `${rest}. Nobody waits for the data at a set time.`;
  const { zone } = state.settings;
  const deadline = Date.parse(night.deadline);
  const seen = clockOf(new Date(now).toISOString(), zone, now);
  const span = spanText(deadline - now);
  const needed = deadline > now ? 'are needed at' : 'were needed at';
  const slack = deadline > now ? `${span} from ${seen}` : `${span} before ${seen}`;
  const begin = trouble.healthy ? 'nothing has to be repaired.' : beginText(state, deadline, left?.p90 ?? 0, now);
  return `The data ${needed} ${localTime(night.deadline, zone, now)}, ${slack}. ${rest}; ${begin}`;
}

/** Whether the meeting has its data. */
function meetingText({ settledAt, deadline }: Night, severity: Severity, now: number): string {
  if (settledAt !== null) return 'The data of the day are there. ';
  if (deadline === null) return '';
  if (Date.parse(deadline) <= now) return 'The data of the day are late. ';
  if (severity === 'critical') return 'The meeting is at risk. ';
  return severity === 'degraded' ? 'The meeting is safe if somebody acts in time. ' : 'The meeting is safe so far. ';
}

/** The one command. */
function commandOf({ settings: { pipeline, asked = pipeline } }: WatchState, night: Night, trouble: Trouble): string {
  const run = lastRun(night)?.workflowId;
  switch (trouble.cause.kind) {
    case 'no-worker':
      return 'daybreak worker';
    case 'never-started':
      return night.dueAt === null ? `daybreak run ${quoted(asked)}` : `daybreak schedule trigger ${pipeline}`;
    case 'cancelled':
      return `daybreak run ${quoted(asked)}`;
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
  const { pipeline, zone } = state.settings;
  const text = onClock(withoutPersonal(trouble.text), zone, now);
  const next = nextOf(trouble.cause.message);
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
      {
        label: 'What remains',
        text: `${meetingText(night, severity, now)}${remainsText(state, night, trouble, left, now)}`,
      },
      ...(next === undefined ? [] : [{ label: 'What helps', text: withoutPersonal(next) }]),
    ],
    command: commandOf(state, night, trouble),
    runbook: trouble.cause.kind,
    links: [],
  };
}
