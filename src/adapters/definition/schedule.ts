/** The declared schedule: whether Temporal understands it, and whether the night that it makes has room. */
import { Cron } from 'croner';
import type { Definition } from '../../domain/definition';
import type { Problem } from '../../domain/failure';
import { wallTime } from '../../domain/clock';
import { changeDays, instantsOf } from '../../domain/wall-clock';
import { deadlineOfNight, nextDeadline } from '../../domain/watch/deadline';
import { addDays, localDay, milliseconds } from '../../domain/window';
import type { Declaration } from './declaration';
import { DECLARATION } from './read';

type Night = Pick<Definition, 'schedule' | 'deadline' | 'repair_time' | 'zone'>;

const EXAMPLE = 'expected five fields such as 0 3 * * *: minute, hour, day of month, month, day of week';
/** What croner and Temporal read alike; `L`, `#`, `?` and more fields they do not. */
const VALUE = String.raw`(\d{1,2}|[a-z]{3})`;
const ITEM = String.raw`(\*|${VALUE}(-${VALUE})?)(/\d{1,2})?`;
const FIELD = new RegExp(`^${ITEM}(,${ITEM})*$`, 'i');
/** Temporal ends such a range on Saturday, without a word. */
const UNTIL_SEVEN = /-7(\/|,|$)/;

const LOOK_DAYS = 400;
const STARTS_LOOKED_AT = 50;
const DAYS_SERVED = 15;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const fieldsOf = (cron: string) => cron.split(/\s+/);

/** Times of a clock: croner takes them for UTC's, which has every time once. */
const clockTimes = (cron: string) => new Cron(cron, { timezone: 'UTC', domAndDow: true, sloppyRanges: true });

function cronProblem(cron: string): string | undefined {
  const fields = fieldsOf(cron);
  const bad = fields.find((field) => !FIELD.test(field));
  if (fields.length !== 5 || bad !== undefined) {
    const zoned = /^(CRON_)?TZ=/.test(cron) ? "; the hours are those of the pipeline's zone" : '';
    return `${EXAMPLE}, got ${JSON.stringify(cron)}${zoned}`;
  }
  if (UNTIL_SEVEN.test(fields[4] ?? ''))
    return `expected Sunday as 0 in ${JSON.stringify(cron)}: Temporal leaves it out of a range that ends with 7`;
  try {
    if (clockTimes(cron).nextRun() !== null) return undefined;
    return `expected times that come, but ${JSON.stringify(cron)} never does`;
  } catch (error) {
    const [, why = String(error)] = /^CronPattern: (?:Syntax error, )?(.+)$/.exec((error as Error).message) ?? [];
    return `${EXAMPLE}, got ${JSON.stringify(cron)}: ${why}`;
  }
}

const at = (declaration: Declaration, key: string, message: string): Problem => ({
  file: DECLARATION,
  ...declaration.place(key === 'schedule' ? ['schedule', 'cron'] : [key]),
  message: `${key}: ${message}`,
});

/** A cron expression that makes no sense. */
export function scheduleProblems({ schedule }: Night, declaration: Declaration): Problem[] {
  const problem = schedule === undefined ? undefined : cronProblem(schedule.cron);
  return problem === undefined ? [] : [at(declaration, 'schedule', problem)];
}

/** `02:00` of a clock on a day, in the order of the day. */
function timesOn(cron: string, day: string): string[] {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const times: string[] = [];
  for (let after = new Date(midnight - 1000); ; ) {
    const next = clockTimes(cron).nextRun(after);
    if (next === null || next.getTime() >= midnight + DAY_MS) return times;
    times.push(next.toISOString().slice(11, 16));
    after = next;
  }
}

/** When the schedule starts first on a day; `null` on a day without a start. */
export function firstStartOn({ schedule, zone }: Pick<Night, 'schedule' | 'zone'>, day: string): Date | null {
  if (schedule === undefined) return null;
  return timesOn(schedule.cron, day).flatMap((time) => instantsOf(`${day}T${time}:00`, zone))[0] ?? null;
}

/** Days on which clocks leave the time of a start out, or show it twice. Who starts every hour loses nothing by that. */
function clockWarnings({ cron }: { cron: string }, zone: string, now: Date): string[] {
  if (fieldsOf(cron)[1]?.startsWith('*')) return [];
  const found = changeDays(now, LOOK_DAYS, zone).flatMap((day) =>
    timesOn(cron, day).map((time) => ({ day, time, comes: instantsOf(`${day}T${time}:00`, zone).length })),
  );
  const first = (times: number) => found.find(({ comes }) => comes === times);
  const told = (place: (typeof found)[number] | undefined, does: string, then: string) =>
    place === undefined ? [] : [`clocks in ${zone} ${does.replace('it', place.time)} on ${place.day}: ${then}`];
  return [
    ...told(first(0), 'leave it out', 'nothing starts then; choose an hour that is always there'),
    ...told(first(2), 'show it twice', 'Temporal starts once, twice or not at all; choose an hour that comes once'),
  ];
}

/** Starts from an instant on, as clocks of the zone show them. */
const startsFrom = (cron: string, zone: string, from: Date): Date[] =>
  clockTimes(cron)
    .nextRuns(STARTS_LOOKED_AT, new Date(Date.parse(`${wallTime(from, zone)}Z`) - 1000))
    .flatMap((time) => instantsOf(time.toISOString().slice(0, 19), zone).slice(0, 1))
    .filter((start) => start >= from);

const shown = (instant: Date, zone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
    .format(instant)
    .replace(',', '');

/** A deadline that has less than the time for repairs after the first start since the one before. */
function roomWarning({ schedule, deadline, repair_time, zone }: Night, now: Date): string | undefined {
  if (schedule === undefined || deadline === undefined) return undefined;
  let since = nextDeadline(deadline, now, zone);
  for (const start of startsFrom(schedule.cron, zone, since)) {
    if (start < since) continue;
    const needed = nextDeadline(deadline, start, zone);
    const minutes = (needed.getTime() - start.getTime()) / MINUTE_MS;
    const { jitter } = schedule;
    const spread = jitter === undefined ? 0 : milliseconds(jitter);
    const spreadText = jitter === undefined ? '' : ` with a jitter of ${jitter}`;
    if (minutes * MINUTE_MS - spread < milliseconds(repair_time))
      return `${deadline} is ${minutes} minutes after the start at ${shown(start, zone)}${spreadText}, less than repair_time ${repair_time}: nobody could mend that night in time`;
    since = needed;
  }
  return undefined;
}

/** A deadline in the next two weeks that no start is for. */
function unservedWarning({ schedule, deadline, zone }: Night, now: Date): string | undefined {
  if (schedule === undefined || deadline === undefined) return undefined;
  const days = Array.from({ length: DAYS_SERVED + 1 }, (_, index) => addDays(localDay(now, zone), index - 1));
  const served = new Set(
    days.flatMap((day) => {
      const start = firstStartOn({ schedule, zone }, day);
      return start === null ? [] : (deadlineOfNight(day, start, deadline, zone)?.getTime() ?? []);
    }),
  );
  const until = now.getTime() + (DAYS_SERVED - 1) * DAY_MS;
  for (let at = nextDeadline(deadline, now, zone); at.getTime() < until; at = nextDeadline(deadline, at, zone))
    if (!served.has(at.getTime()))
      return `nothing starts for that of ${shown(at, zone)}: the night counts as missed, and rings; declare the days that data are needed on, such as "07:30 mon-fri"`;
  return undefined;
}

/** What is allowed, and hardly meant, in the nights after an instant. */
export function scheduleWarnings(night: Night, declaration: Declaration, now: Date): Problem[] {
  const { schedule, zone } = night;
  if (schedule === undefined || cronProblem(schedule.cron) !== undefined) return [];
  const aboutDeadline = [roomWarning(night, now), unservedWarning(night, now)].filter((text) => text !== undefined);
  return [
    ...clockWarnings(schedule, zone, now).map((message) => at(declaration, 'schedule', message)),
    ...aboutDeadline.map((message) => at(declaration, 'deadline', message)),
  ];
}
