/** Calendar days of a zone, as days since 1970-01-01; months as 12 × year + month, January being 0. */
export type Day = number;
export type Month = number;

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export const dayNumber = (day: string): Day => Date.parse(`${day}T00:00:00Z`) / DAY;
export const dayText = (day: Day): string => new Date(day * DAY).toISOString().slice(0, 10);

/** The local day of an instant such as 2026-04-26T01:30:00Z. */
export function dayOf(instant: string, zone: string): Day {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  formats.set(zone, format);
  return dayNumber(format.format(new Date(instant)));
}

export function monthOf(day: Day): Month {
  const date = new Date(day * DAY);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
export const monthText = (month: Month): string =>
  `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
