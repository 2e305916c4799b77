/** Instants on local days, most of them within a second of a midnight. */
import fc from 'fast-check';
import { type Day, dayNumber, dayOf } from '../oracle/days';
import type { Setting } from '../oracle/rows';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const midnights = new Map<string, number>();

/** The first instant of a local day, in milliseconds; of a day that never was, that of the next. */
function midnight(day: Day, zone: string): number {
  const key = `${zone} ${day}`;
  const known = midnights.get(key);
  if (known !== undefined) return known;
  let instant = day * DAY - 15 * 60 * MINUTE;
  while (dayOf(new Date(instant).toISOString(), zone) < day) instant += 15 * MINUTE;
  midnights.set(key, instant);
  return instant;
}

export interface Moment {
  /** Days before as_of; negative ones are after it. */
  readonly ago: number;
  /** After the day's first instant. */
  readonly milliseconds: number;
}

const timesOfDay = fc.constantFrom(
  ...[0, 0, -1, 1000, 12 * 60 * MINUTE, DAY - 1, DAY - 60 * MINUTE],
  ...[30, 60, 90, 120, 150, 180].map((minutes) => minutes * MINUTE),
);

// The window's and the previous one's edges, and the days by which rules tell: 28, 45, 60, 90, and twice and thrice a gap.
const DAYS_AGO = [
  1, 2, 3, 7, 14, 27, 28, 29, 30, 31, 32, 45, 46, 56, 57, 60, 61, 62, 69, 89, 90, 91, 93, 94, 120, 124, 366, 400,
];

/** All of them, or a few, on which everything falls together. */
export const palettes: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant(DAYS_AGO),
  fc.subarray(DAYS_AGO, { minLength: 2, maxLength: 5 }),
);

export const moments = ({ from, asOf }: Setting, palette: readonly number[]): fc.Arbitrary<Moment> => {
  const window = dayNumber(asOf) - dayNumber(from);
  return fc.record({
    ago: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...palette) },
      { weight: 3, arbitrary: fc.constantFrom(1, window, window + 1, 2 * window, 2 * window + 1) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 130 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 0, -1, -9) },
    ),
    milliseconds: timesOfDay,
  });
};

export const instantOf = ({ ago, milliseconds }: Moment, { zone, asOf }: Setting): string =>
  new Date(midnight(dayNumber(asOf) - ago, zone) + milliseconds).toISOString();
