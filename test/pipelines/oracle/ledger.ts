/** Lines sold and refunds made before as_of, and what they come to. */
import { type Day, dayNumber } from './days';
import { sum } from './money';
import { isRecognised, type Line, type Order, ordersOf } from './orders';
import { refundsOf } from './refunds';
import type { Setting, Sources } from './rows';

/** A line sold on the order's day, or a refund of it. */
export interface Event {
  readonly order: Order;
  readonly line: Line;
  readonly day: Day;
  readonly units: bigint;
  readonly amount: bigint;
}
export interface Ledger {
  readonly sales: readonly Event[];
  readonly refunds: readonly Event[];
}

export interface Facts {
  readonly sources: Sources;
  readonly setting: Setting;
  readonly asOf: Day;
  /** Those of any status, before as_of. */
  readonly orders: readonly Order[];
  readonly lifetime: Ledger;
  readonly window: Ledger;
  /** The window of equal length before it. */
  readonly previous: Ledger;
}

export const part = ({ sales, refunds }: Ledger, test: (event: Event) => boolean): Ledger => ({
  sales: sales.filter(test),
  refunds: refunds.filter(test),
});
/** Days in [from, to) */
export const within = (ledger: Ledger, from: Day, to: Day): Ledger =>
  part(ledger, ({ day }) => from <= day && day < to);

export const amount = (events: readonly Event[]): bigint => sum(events.map((event) => event.amount));
export const units = (events: readonly Event[]): bigint => sum(events.map((event) => event.units));
export const revenue = ({ sales, refunds }: Ledger): bigint => amount(sales) - amount(refunds);
export const orderCount = ({ sales }: Ledger): bigint => BigInt(new Set(sales.map(({ order }) => order.id)).size);
export const customersOf = ({ sales }: Ledger): Set<string> =>
  new Set(sales.flatMap(({ order }) => order.customer ?? []));
export const customerCount = (ledger: Ledger): bigint => BigInt(customersOf(ledger).size);

export function factsOf(sources: Sources, setting: Setting): Facts {
  const asOf = dayNumber(setting.asOf);
  const from = dayNumber(setting.from);
  const orders = ordersOf(sources, setting);
  const sales = orders
    .filter(isRecognised)
    .flatMap((order) =>
      order.lines.map((line) => ({ order, line, day: order.day, units: line.units, amount: line.amount })),
    );
  const lifetime = {
    sales,
    refunds: refundsOf(sources, orders, setting).filter(({ day }) => day < asOf),
  };
  const window = within(lifetime, from, asOf);
  const previous = within(lifetime, from - (asOf - from), from);
  return { sources, setting, asOf, orders, lifetime, window, previous };
}
