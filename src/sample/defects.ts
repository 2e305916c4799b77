/** What can be wrong with a shop on request. */

interface Kind {
  /** What the magnitude counts: a share of rows in (0, 1], whole days from 1, or nothing. */
  readonly of: 'share' | 'days' | 'nothing';
  /** The magnitude when none is given: enough for a gate. */
  readonly usual: number;
  readonly what: string;
}

export const DEFECTS = {
  duplicate_keys: { of: 'share', usual: 0.01, what: 'orders that come twice' },
  orphans: { of: 'share', usual: 0.05, what: 'rows whose user, product or order is unknown' },
  nulls: { of: 'share', usual: 0.1, what: 'orders without a user, lines without a product' },
  negative_prices: { of: 'share', usual: 0.01, what: 'lines with a price below 0' },
  late_rows: { of: 'days', usual: 3, what: 'the last days are not there yet' },
  renamed_column: { of: 'nothing', usual: 1, what: 'status of orders is called order_status' },
  changed_type: { of: 'share', usual: 0.01, what: 'order ids with letters' },
  empty_source: { of: 'nothing', usual: 1, what: 'no products' },
  volume_drop: { of: 'share', usual: 0.8, what: 'orders of the last day that are missing' },
  missing_day: { of: 'days', usual: 1, what: 'a day without orders, 1 for the last' },
} as const satisfies Record<string, Kind>;

export type DefectName = keyof typeof DEFECTS;
export const DEFECT_NAMES = Object.keys(DEFECTS) as DefectName[];

export interface Defect {
  readonly name: DefectName;
  /** By default the usual one. */
  readonly magnitude?: number;
}

/** Magnitudes by name. Fails with a RangeError that says which defect has which magnitude instead of what. */
export function magnitudesOf(defects: readonly Defect[], days: number): Partial<Record<DefectName, number>> {
  const found: Partial<Record<DefectName, number>> = {};
  for (const { name, magnitude } of defects) {
    if (!DEFECT_NAMES.includes(name))
      throw new RangeError(`defect: expected one of ${DEFECT_NAMES.join(', ')}, got ${name}`);
    if (found[name] !== undefined) throw new RangeError(`defect ${name}: given twice`);
    const { of, usual } = DEFECTS[name];
    const value = magnitude ?? usual;
    if (of === 'nothing' && magnitude !== undefined)
      throw new RangeError(`defect ${name}: it has no magnitude, got ${magnitude}`);
    if (of === 'share' && !(value > 0 && value <= 1))
      throw new RangeError(`defect ${name}: expected a share above 0, at most 1, got ${value}`);
    if (of === 'days' && !(Number.isInteger(value) && value >= 1 && value < days))
      throw new RangeError(`defect ${name}: expected days from 1 to ${days - 1}, got ${value}`);
    found[name] = value;
  }
  return found;
}
