/** What the oracle is given: the six sources, every value as the text of a CSV file, and null where a field is empty. */
type Text = string | null;

export interface OrderRow {
  readonly order_id: string;
  readonly user_id: Text;
  readonly status: string;
  readonly ordered_at: string;
  readonly currency: string;
  readonly updated_at: string;
}
export interface ItemRow {
  readonly order_id: string;
  readonly line_no: string;
  readonly product_id: Text;
  readonly quantity: string;
  readonly unit_price: string;
  readonly discount: Text;
}
export interface RefundRow {
  readonly refund_id: string;
  readonly order_id: string;
  readonly line_no: Text;
  readonly quantity: Text;
  readonly amount: string;
  readonly refunded_at: string;
}
export interface UserRow {
  readonly user_id: string;
  readonly email: Text;
  readonly name: Text;
  readonly country: Text;
  readonly marketing_opt_in: string;
  readonly created_at: Text;
  readonly updated_at: string;
}
export interface ProductRow {
  readonly product_id: string;
  readonly name: string;
  readonly category: Text;
  readonly list_price: Text;
  readonly unit_cost: Text;
  readonly stock: Text;
  readonly reorder_level: Text;
  readonly lead_time_days: Text;
  readonly created_at: Text;
  readonly updated_at: string;
}
export interface RateRow {
  readonly currency: string;
  readonly day: string;
  readonly rate: string;
}

export interface Sources {
  readonly orders: readonly OrderRow[];
  readonly order_items: readonly ItemRow[];
  readonly refunds: readonly RefundRow[];
  readonly users: readonly UserRow[];
  readonly products: readonly ProductRow[];
  readonly fx_rates: readonly RateRow[];
}

/** What a run is told. `from` and `asOf` are days such as 2026-04-26; the window ends before `asOf`. */
export interface Setting {
  readonly zone: string;
  readonly currency: string;
  readonly from: string;
  readonly asOf: string;
  /** The declared type of ids, by which they are ordered. */
  readonly ids: 'BIGINT' | 'VARCHAR';
  readonly parameters: Readonly<Record<string, string>>;
}

/** bigint: a count; number: a DOUBLE or INTEGER; string: anything else, exact decimals too. */
export type Value = string | number | bigint | boolean | null | readonly string[];
export type Row = Readonly<Record<string, Value>>;

/** By code point, as UTF-16 units would put U+FF01 after U+1F600. */
export function byName(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export const byId =
  ({ ids }: Setting) =>
  (a: string, b: string): number =>
    ids === 'VARCHAR' ? byName(a, b) : BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;

export function groupBy<K, V>(values: readonly V[], key: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value]);
  return groups;
}
