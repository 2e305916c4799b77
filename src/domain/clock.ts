/** What clocks of a time zone show. No zod here: workflows import it. */

/** They take long to make, and are asked for every day of a year. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const [two, options] = ['2-digit', { timeZone: zone, calendar: 'iso8601', hourCycle: 'h23' }] as const;
  const format = new Intl.DateTimeFormat('en-CA', {
    ...options,
    ...{ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
  });
  formats.set(zone, format);
  return format;
}

/** What is shown by clocks in the zone, as `2026-10-25T02:30:00`. */
export function wallTime(instant: Date, zone: string): string {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}:${parts.second}`;
}

/** `2026-11-27 03:10`, on clocks of the zone */
export const clockText = (instant: string, zone: string): string =>
  wallTime(new Date(instant), zone).slice(0, 16).replace('T', ' ');
