/** What a sample shop can be asked to be. */
import { type Defect, type DefectName, magnitudesOf } from './defects';

export const FORMATS = ['csv', 'parquet', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export interface SampleOptions {
  /** Where the tables' folders go: orders, order_items, refunds, users, products, fx_rates. */
  readonly folder: string;
  readonly seed: number;
  /** Order lines, 1,000 to 100,000,000. */
  readonly lines: number;
  /** The day after the last one, such as 2026-11-25. */
  readonly until: string;
  /** Zone of the shop's days. */
  readonly zone?: string;
  readonly format?: Format;
  /**
   * As that many nightly deliveries, 1 to 366, the last one on `until`: the first brings the shop as it was known then,
   * each other one the rows that are new or changed since the one before. Without it the shop is in undated files.
   */
  readonly days?: number;
  /** Rows that are wrong are so in the last delivery; rows that are missing are missing in all of them. */
  readonly defects?: readonly Defect[];
}

/** Options with every default put in, and the sizes that follow from them. */
export interface Shop extends Required<Omit<SampleOptions, 'days' | 'defects'>> {
  readonly days?: number;
  readonly defects: Readonly<Partial<Record<DefectName, number>>>;
  readonly orders: number;
  readonly users: number;
  readonly products: number;
}

/** Three years with their leap day. */
export const DAYS = 1096;
/** Sizes of eight orders in a row; twenty lines. */
export const ORDER_SIZES = [1, 3, 2, 6, 1, 4, 2, 1] as const;
export const LINES_PER_BLOCK = 20;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
const isBetween = (value: number, low: number, high: number) =>
  Number.isInteger(value) && value >= low && value <= high;

/** Orders that the given number of lines fills; the last one may be cut short. */
function orderCount(lines: number): number {
  let rest = lines % LINES_PER_BLOCK;
  let orders = Math.floor(lines / LINES_PER_BLOCK) * ORDER_SIZES.length;
  for (const size of ORDER_SIZES) {
    if (rest <= 0) break;
    rest -= size;
    orders += 1;
  }
  return orders;
}

/** Fails with a RangeError that says which option has which value instead of what. */
export function shopOf(options: SampleOptions): Shop {
  const { folder, lines, seed, until, zone = 'Europe/Berlin', format = 'csv', days, defects = [] } = options;
  if (!isBetween(lines, 1_000, 100_000_000))
    throw new RangeError(`lines: expected a whole number from 1000 to 100000000, got ${lines}`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until)))
    throw new RangeError(`until: expected a day such as 2026-11-25, got ${until}`);
  if (!FORMATS.includes(format)) throw new RangeError(`format: expected one of ${FORMATS.join(', ')}, got ${format}`);
  if (days !== undefined && !isBetween(days, 1, 366))
    throw new RangeError(`days: expected a whole number from 1 to 366, got ${days}`);
  return {
    ...{ folder, lines, seed, until, zone, format },
    ...(days === undefined ? {} : { days }),
    defects: magnitudesOf(defects, DAYS),
    orders: orderCount(lines),
    users: Math.floor(orderCount(lines) / 5),
    products: clamp(Math.floor(lines / 200), 50, 20_000),
  };
}
