/** Small and nasty shops as rows of the six sources, and what they are asked for. */
import type fc from 'fast-check';
import { dayNumber, dayOf, dayText } from '../oracle/days';
import type { RateRow, Setting, Sources } from '../oracle/rows';
import { instantOf, type Moment } from './instants';
import { type Line, type Parts, partsOf, type Refund, UNKNOWN } from './parts';
import { settings } from './settings';

export interface RandomShop {
  readonly setting: Setting;
  readonly sources: Sources;
}

const NAMES = ['10', '9', 'a', 'B', 'é', "O'Hara", '', ' 1', '\u{FF01}', '\u{1F600}'];
/** Numbers that a DOUBLE does not tell apart, or names whose order depends on how they are compared. */
const idOf = ({ ids }: Setting, index: number): string =>
  ids === 'BIGINT' ? String(9_007_199_254_740_990n + BigInt(index)) : (NAMES[index] ?? `id${index}`);

/** A rate for every order before as_of in another currency, none for later ones, and some that are not asked for. */
function ratesOf({ orders, rates }: Parts, setting: Setting): RateRow[] {
  const asOf = dayNumber(setting.asOf);
  const needed = orders
    .map(({ at, currency, rate }) => ({ day: dayOf(instantOf(at, setting), setting.zone), currency, ...rate }))
    .filter(({ day, currency }) => day < asOf && currency !== setting.currency)
    .map(({ day, currency, age, rate }) => ({ currency, day: dayText(day - age), rate }));
  const others = rates.map(({ currency, ago, rate }) => ({ currency, day: dayText(asOf - ago), rate }));
  const byKey = new Map([...others, ...needed].map((row) => [`${row.currency} ${row.day}`, row]));
  return [...byKey.values()];
}

/** Orders are numbered from `first` on. */
export function sourcesOf(parts: Parts, setting: Setting, first = 0): Sources {
  const id = (index: number) => idOf(setting, index);
  const idOrNull = (index: number | null) => (index === null ? null : id(index));
  const at = (moment: Moment) => instantOf(moment, setting);
  const atOrNull = (moment: Moment | null) => (moment === null ? null : at(moment));
  const updated_at = '2010-01-01T00:00:00Z';

  const item = (order: number, line: Line) => ({
    order_id: id(order),
    line_no: String(line.number),
    product_id: idOrNull(line.product),
    quantity: line.quantity,
    unit_price: line.price,
    discount: line.discount,
  });
  const refund = (order: number, index: number, { line, quantity, amount, at: moment }: Refund) => ({
    refund_id: id(10 * order + index),
    order_id: id(order),
    line_no: line === null ? null : String(line),
    quantity,
    amount,
    refunded_at: at(moment),
  });
  const { users, products, orders, strays } = parts;
  return {
    users: users.map(({ created, ...user }, index) => ({
      ...user,
      user_id: id(index),
      email: index % 3 === 0 ? null : `${index}@example.com`,
      country: index % 2 === 0 ? null : 'DE',
      created_at: atOrNull(created),
      updated_at,
    })),
    products: products.map(({ created, ...product }, index) => ({
      ...product,
      product_id: id(index),
      name: `thing ${index}`,
      list_price: index % 2 === 0 ? null : '9.99',
      created_at: atOrNull(created),
      updated_at,
    })),
    orders: orders.map((order, index) => ({
      order_id: id(first + index),
      user_id: idOrNull(order.user),
      status: order.status,
      ordered_at: at(order.at),
      currency: order.currency,
      updated_at: at(order.updated),
    })),
    order_items: [
      ...orders.flatMap(({ lines }, index) => lines.map((line) => item(first + index, line))),
      ...strays.lines.map((line, index) => item(UNKNOWN + index, line)),
    ],
    refunds: [
      ...orders.flatMap(({ refunds }, order) => refunds.map((row, index) => refund(first + order, index, row))),
      ...strays.refunds.map((row, index) => refund(UNKNOWN + index, 0, row)),
    ],
    fx_rates: ratesOf(parts, setting),
  };
}

export const shops: fc.Arbitrary<RandomShop> = settings.chain((setting) =>
  partsOf(setting).map((parts) => ({ setting, sources: sourcesOf(parts, setting) })),
);
