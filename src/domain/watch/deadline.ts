/** When data are needed: a time of day on days of the week, on the clock of a zone. No zod here: workflows import it. */
import { clockTime } from '../hours';
import { localDay } from '../window';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `07:30`, or to the second `07:30:15`. */
const asUtc = (day: string, time: string): number => Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`);

/** How far the clock in the zone is ahead of UTC at this instant, in milliseconds. */
function ahead(instant: number, zone: string): number {
  const at = new Date(instant);
  return asUtc(localDay(at, zone), clockTime(at, zone)) - Math.floor(instant / MINUTE_MS) * MINUTE_MS;
}

/** The first instant of `(from, to]` at which the clock runs as it does at `to`. */
function changed(from: number, to: number, zone: string): number {
  const after = ahead(to, zone);
  let [before, at] = [from, to];
  while (at - before > MINUTE_MS) {
    const middle = before + Math.floor((at - before) / 2 / MINUTE_MS) * MINUTE_MS;
    if (ahead(middle, zone) === after) at = middle;
    else before = middle;
  }
  return at;
}

/**
 * The instant at which a clock in the zone shows this day and time; the first one where it does so twice, and the end of
 * the gap where it never does.
 */
export function instantOf(day: string, time: string, zone: string): Date {
  const wall = asUtc(day, time);
  const offsets = [ahead(wall - DAY_MS, zone), ahead(wall + DAY_MS, zone)];
  const [early = wall, late = wall] = offsets.map((offset) => wall - offset).toSorted((a, b) => a - b);
  const found = [early, late].find((instant) => {
    const at = new Date(instant);
    return localDay(at, zone) === day && clockTime(at, zone) === time.slice(0, 5);
  });
  return new Date(found ?? changed(early, late, zone));
}

/** Whether a day is among `mon-fri` or `sat`; a span may go over the weekend. */
function isAmong(day: string, days: string): boolean {
  const weekday = new Date(asUtc(day, '00:00')).getUTCDay();
  const [first = '', last = first] = days.split('-');
  const [from, to] = [WEEK.indexOf(first), WEEK.indexOf(last)];
  return from <= to ? from <= weekday && weekday <= to : from <= weekday || weekday <= to;
}

/**
 * When the data of a run are needed: on the day that begins at the midnight `asOf`. `null` when nobody waits for them on
 * that day. `deadline` is `07:30`, `07:30 mon-fri` or `07:30 sat`.
 */
export function deadlineFor(asOf: string, deadline: string, zone: string): Date | null {
  const [time = '', days] = deadline.split(' ');
  return days === undefined || isAmong(asOf, days) ? instantOf(asOf, time, zone) : null;
}
