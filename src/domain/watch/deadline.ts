/** When data are needed: a time of day on days of the week, on the clock of a zone. No zod here: workflows import it. */
import { wallTime } from '../clock';
import { firstInstantOf } from '../wall-clock';
import { addDays, localDay } from '../window';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const WEEK = 7;

/** Whether a day is among `mon-fri` or `sat`; a span may go over the weekend. */
function isAmong(day: string, days: string): boolean {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const [first = '', last = first] = days.split('-');
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  return from <= to ? from <= weekday && weekday <= to : from <= weekday || weekday <= to;
}

/** When a clock of the zone shows `07:30`, or to the second `07:30:15`, on a day; the first time where it does so twice. */
export const instantOf = (day: string, time: string, zone: string): Date =>
  firstInstantOf(`${day}T${time.length === 5 ? `${time}:00` : time}`, zone);

/**
 * When the data of a run are needed: on the day that begins at the midnight `asOf`. `null` when nobody waits for them on
 * that day. `deadline` is `07:30`, `07:30 mon-fri` or `07:30 sat`.
 */
export function deadlineFor(asOf: string, deadline: string, zone: string): Date | null {
  const [time = '', days] = deadline.split(' ');
  return days === undefined || isAmong(asOf, days) ? instantOf(asOf, time, zone) : null;
}

const DAY_MS = 86_400_000;

/**
 * When the data of a run are needed that is due at an instant: at the first deadline from then on. One that is more than a
 * day away on the clocks of the zone waits for another run.
 */
export function deadlineAfter(dueAt: Date, deadline: string, zone: string): Date | null {
  const at = nextDeadline(deadline, new Date(dueAt.getTime() - 1), zone);
  const shown = (instant: Date) => Date.parse(`${wallTime(instant, zone)}Z`);
  return shown(at) - shown(dueAt) <= DAY_MS ? at : null;
}

/**
 * When the data of a night are needed whose first run is due at an instant, `null` where nobody knows: on its own day, but
 * of one that begins only after that, such as in the evening, on the next.
 */
export function deadlineOfNight(asOf: string, dueAt: Date | null, deadline: string, zone: string): Date | null {
  const same = deadlineFor(asOf, deadline, zone);
  if (dueAt === null || (same !== null && dueAt <= same)) return same;
  return deadlineAfter(dueAt, deadline, zone);
}

/** The first one after an instant. */
export function nextDeadline(deadline: string, after: Date, zone: string): Date {
  const today = localDay(after, zone);
  for (let ahead = 0; ahead <= WEEK; ahead++) {
    const at = deadlineFor(addDays(today, ahead), deadline, zone);
    if (at !== null && at > after) return at;
  }
  throw new Error(`${deadline} is no deadline`);
}
