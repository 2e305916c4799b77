/** Times of a day on the clocks of a time zone. Clocks are put forward and back: a time may come once, twice or never. */
import { wallTime } from './clock';
import { addDays, localDay } from './window';

const DAY_MS = 86_400_000;

const offsetMs = (instant: Date, zone: string): number =>
  Date.parse(`${wallTime(instant, zone)}Z`) - Math.floor(instant.getTime() / 1000) * 1000;

/** When clocks of the zone show `2026-10-25T02:30:00`, in order: once, twice, or never. */
export function instantsOf(wall: string, zone: string): Date[] {
  const asUtc = Date.parse(`${wall}Z`);
  const offsets = new Set([-DAY_MS, DAY_MS].map((near) => offsetMs(new Date(asUtc + near), zone)));
  return [...offsets]
    .map((offset) => new Date(asUtc - offset))
    .filter((instant) => wallTime(instant, zone) === wall)
    .toSorted((a, b) => a.getTime() - b.getTime());
}

/** When clocks show it first; where they are put forward over it, so much later as they are put forward. */
export function firstInstantOf(wall: string, zone: string): Date {
  const asUtc = Date.parse(`${wall}Z`);
  return instantsOf(wall, zone)[0] ?? new Date(asUtc - offsetMs(new Date(asUtc - DAY_MS), zone));
}

/** The first instant of a day; where clocks skip midnight, the one that they go on at. */
export const startOfDay = (day: string, zone: string): Date => firstInstantOf(`${day}T00:00:00`, zone);

/** Days of the zone on which its clocks are changed: so many days from that of an instant on are looked at. */
export function changeDays(from: Date, days: number, zone: string): string[] {
  const first = localDay(from, zone);
  // Some change their clocks at midnight: the last second before it is of the day before.
  const before = (day: string) => offsetMs(new Date(firstInstantOf(`${day}T00:00:00`, zone).getTime() - 1000), zone);
  const looked = Array.from({ length: days }, (_, index) => addDays(first, index));
  return looked.filter((day) => before(day) !== before(addDays(day, 1)));
}
