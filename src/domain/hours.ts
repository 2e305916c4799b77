/** Hours of a day, such as `22:00-06:00`, on a clock of a time zone. They may span midnight. */
import { wallTime } from './clock';

const TIME = '([01]\\d|2[0-3]):[0-5]\\d';
const HOURS = new RegExp(`^${TIME}-${TIME}$`);

const ends = (hours: string): readonly [string, string] => {
  const [from = '', to = ''] = hours.split('-');
  return [from, to];
};

export function isHours(text: string): boolean {
  const [from, to] = ends(text);
  return HOURS.test(text) && from !== to;
}

/** What a clock in the zone shows: `05:59` */
export const clockTime = (instant: Date, zone: string): string => wallTime(instant, zone).slice(11, 16);

/**
 * Whether the clock shows the first time, or one after it, but not yet the second. So an hour that comes twice as summer
 * time ends belongs to them twice, and one that is left out never comes.
 */
export function isWithin(hours: string, instant: Date, zone: string): boolean {
  const [from, to] = ends(hours);
  const now = clockTime(instant, zone);
  return from < to ? from <= now && now < to : from <= now || now < to;
}
