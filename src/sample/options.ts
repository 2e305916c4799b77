/** What a sample shop can be asked to be. */

export const DEFECTS = [
  'duplicate_keys',
  'orphans',
  'nulls',
  'negative_prices',
  'late_rows',
  'renamed_column',
  'changed_type',
  'empty_source',
  'volume_drop',
  'missing_day',
] as const;
export type DefectName = (typeof DEFECTS)[number];

export interface Defect {
  readonly name: DefectName;
  /**
   * A share of rows in (0, 1] for duplicate_keys, orphans, nulls, negative_prices, changed_type and volume_drop (of the
   * last day's orders); days for late_rows (the last ones are not there yet) and missing_day (1 = the last day).
   * Without effect on renamed_column (orders.status) and empty_source (products).
   */
  readonly magnitude: number;
}

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
  readonly format?: 'csv' | 'parquet';
  readonly defects?: readonly Defect[];
}

/** Options with every default put in, and the sizes that follow from them. */
export interface Shop extends Required<SampleOptions> {
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

export function shopOf(options: SampleOptions): Shop {
  const { lines, seed, until, defects = [] } = options;
  if (!Number.isInteger(lines) || lines < 1_000 || lines > 100_000_000)
    throw new RangeError(`lines: expected a whole number from 1000 to 100000000, got ${lines}`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(Date.parse(until)))
    throw new RangeError(`until: expected a day such as 2026-11-25, got ${until}`);
  for (const { name, magnitude } of defects) {
    if (!DEFECTS.includes(name)) throw new RangeError(`defect: expected one of ${DEFECTS.join(', ')}, got ${name}`);
    if (!(magnitude > 0)) throw new RangeError(`defect ${name}: expected a magnitude above 0, got ${magnitude}`);
  }
  const orders = orderCount(lines);
  return {
    zone: 'Europe/Berlin',
    format: 'csv',
    ...options,
    defects,
    orders,
    users: Math.floor(orders / 5),
    products: clamp(Math.floor(lines / 200), 50, 20_000),
  };
}
