/** A schedule as the server describes it, in the words of `ScheduleFacts`. */
import type { ScheduleDescription } from '@temporalio/client';
import { durationText, overlapText, type ScheduleFacts } from '../domain/schedule';

type Calendar = NonNullable<ScheduleDescription['spec']['calendars']>[number];
interface Span {
  readonly start: number | string;
  readonly end: number | string;
  readonly step: number;
}

const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];
const MONTHS = [
  ...['', 'JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
  ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'],
];

/** Ranges of a field as cron writes them: `*`, `2`, `1-5`, or `0-59/15`. */
function field(
  spans: readonly Span[],
  [least, most]: readonly [number, number],
  names: readonly string[] = [],
): string {
  const number = (value: number | string) => (typeof value === 'number' ? value : names.indexOf(value));
  const texts = spans.map(({ start, end, step }) => {
    const [from, to] = [number(start), number(end)];
    const range = from === to ? `${from}` : from === least && to === most ? '*' : `${from}-${to}`;
    return step > 1 && from !== to ? `${range}/${step}` : range;
  });
  return texts.join(',');
}

/** A calendar as a cron expression of five fields; seconds and years are told where they say something. */
function cronText({ second, minute, hour, dayOfMonth, month, dayOfWeek, year }: Calendar): string {
  const five = [
    field(minute, [0, 59]),
    field(hour, [0, 23]),
    field(dayOfMonth, [1, 31]),
    field(month, [1, 12], MONTHS),
    field(dayOfWeek, [0, 6], DAYS),
  ].join(' ');
  const seconds = field(second, [0, 59]);
  const years = year.length === 0 ? '' : ` in ${field(year, [0, 9999])}`;
  return `${five}${seconds === '0' ? '' : ` at second ${seconds}`}${years}`;
}

/** Only what says something: what is left at nothing has no name here. */
const told = (facts: Readonly<Record<string, string | undefined>>): ScheduleFacts =>
  Object.fromEntries(
    Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );

const listed = (texts: readonly string[]) => texts.toSorted().join(' and ');

/** Everything that people may set; whether it is paused is no part of it. */
export function describedFacts({ spec, policies, action, state }: ScheduleDescription): ScheduleFacts {
  const every = (spec.intervals ?? []).map(
    (interval) =>
      `every ${durationText(interval.every)}${interval.offset ? ` after ${durationText(interval.offset)}` : ''}`,
  );
  const limits = [action.workflowExecutionTimeout, action.workflowRunTimeout].map((limit) => Number(limit ?? 0));
  return told({
    cron: listed([...(spec.calendars ?? []).map(cronText), ...every]),
    except: listed((spec.skip ?? []).map(cronText)),
    from: spec.startAt?.toISOString(),
    until: spec.endAt?.toISOString(),
    zone: spec.timezone || 'UTC',
    jitter: durationText(spec.jitter ?? 0),
    overlap: overlapText(policies.overlap ?? 'SKIP'),
    catch_up: durationText(policies.catchupWindow),
    'paused by a failure': policies.pauseOnFailure ? 'yes' : undefined,
    'starts at most': state.remainingActions === undefined ? undefined : 'so many',
    workflow: action.workflowType,
    'workflow id': action.workflowId,
    'task queue': action.taskQueue,
    input: JSON.stringify(action.args ?? []),
    'time limits': limits.some((limit) => limit > 0) ? limits.map(durationText).join(', ') : undefined,
    retries: action.retry === undefined ? undefined : JSON.stringify(action.retry),
  });
}
