/** What random shops are made of: few values, so that ties are everywhere, and each on an edge of a definition. */
import fc from 'fast-check';
import type { Setting } from '../oracle/rows';
import { type Moment, moments, palettes } from './instants';

/** Users, products and orders are numbered; from this number on there is none. */
export const UNKNOWN = 900;

export interface Line {
  readonly number: number;
  readonly product: number | null;
  readonly quantity: string;
  readonly price: string;
  readonly discount: string | null;
}
export interface Refund {
  readonly line: number | null;
  readonly quantity: string | null;
  readonly amount: string;
  readonly at: Moment;
}
export interface Order {
  readonly user: number | null;
  readonly status: string;
  readonly at: Moment;
  readonly updated: Moment;
  readonly currency: string;
  /** Which is known that many days before the order's. */
  readonly rate: { readonly age: number; readonly rate: string };
  readonly lines: readonly Line[];
  readonly refunds: readonly Refund[];
}
export interface User {
  readonly name: string | null;
  readonly marketing_opt_in: string;
  readonly created: Moment | null;
}
export interface Product {
  readonly category: string | null;
  readonly unit_cost: string | null;
  readonly stock: string | null;
  readonly reorder_level: string | null;
  readonly lead_time_days: string | null;
  readonly created: Moment | null;
}
export interface Rate {
  readonly currency: string;
  readonly ago: number;
  readonly rate: string;
}
export interface Parts {
  readonly users: readonly User[];
  readonly products: readonly Product[];
  readonly orders: readonly Order[];
  readonly strays: { readonly lines: readonly Line[]; readonly refunds: readonly Refund[] };
  readonly rates: readonly Rate[];
}

const of = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const list = <T>(item: fc.Arbitrary<T>, maxLength: number, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(item, { minLength, maxLength, size: 'max' });
const mostly = <T>(usual: fc.Arbitrary<T>, weight: number, seldom: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: seldom });

const currencies = of('EUR', 'EUR', 'USD', 'JPY');
const rates = of('0.9', '1', '0.00500001', '123.456789', '0.00000001');

const lineOf = (products: number): fc.Arbitrary<Line> =>
  fc.record({
    number: of(1, 2, 3, 7, 10),
    product: mostly<number | null>(fc.nat({ max: products }), 8, of(null, UNKNOWN, UNKNOWN + 1)),
    quantity: of('1', '1', '1', '2', '3', '0', '0.001', '0.5', '50', '51', '333.333', '999.999', '1000'),
    price: of('10', '10', '0', '0.0001', '0.05', '9.99', '33.3333', '100', '1000', '9999.9999', '100000.0001'),
    discount: of(null, null, '0', '1', '0.1', '0.3333', '0.9999'),
  });

const refundOf = (moment: fc.Arbitrary<Moment>): fc.Arbitrary<Refund> =>
  fc.record({
    line: of(null, null, 1, 2, 3, 7, 99),
    quantity: of(null, '0', '1', '0.001', '2', '7'),
    amount: of('10', '0.0001', '0.0003', '1', '3.3333', '100', '5000'),
    at: moment,
  });

const orderOf = (moment: fc.Arbitrary<Moment>, users: number, products: number): fc.Arbitrary<Order> =>
  fc.record({
    user: mostly<number | null>(
      fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: users })),
      8,
      of(null, UNKNOWN, UNKNOWN + 1),
    ),
    status: of('paid', 'paid', 'shipped', 'completed', 'completed', 'refunded', 'pending', 'cancelled'),
    at: moment,
    updated: moment,
    currency: currencies,
    rate: fc.record({ age: of(0, 0, 1, 6, 7), rate: rates }),
    lines: fc.uniqueArray(lineOf(products), { maxLength: 5, size: 'max', selector: ({ number }) => number }),
    refunds: mostly<Refund[]>(fc.constant([]), 2, list(refundOf(moment), 3)),
  });

const userOf = (moment: fc.Arbitrary<Moment>): fc.Arbitrary<User> =>
  fc.record({
    name: of(null, '', "O'Hara", '\u{1F600}'),
    marketing_opt_in: of('true', 'false'),
    created: fc.option(moment, { freq: 3 }),
  });

const productOf = (moment: fc.Arbitrary<Moment>): fc.Arbitrary<Product> =>
  fc.record({
    category: of(null, 'Garden', 'Garden', 'garden', '', '\u{FF01}', '\u{1F600}'),
    unit_cost: of(null, null, '0', '0.0001', '2.5', '9.5', '9.6', '9.99', '333.3333'),
    stock: of(null, '0', '-1', '0.001', '1', '5', '50', '1000'),
    reorder_level: of(null, '0', '-1', '5', '50'),
    lead_time_days: of(null, '0', '1', '14', '30'),
    created: fc.option(moment, { freq: 3 }),
  });

/** The orders of so many users and products, and what belongs to no order. */
const tradeOf = (moment: fc.Arbitrary<Moment>, users: number, products: number) =>
  fc.record({
    orders: mostly(list(orderOf(moment, users, products), 50, 1), 12, list(orderOf(moment, users, products), 1)),
    strays: fc.record({ lines: list(lineOf(products), 2), refunds: list(refundOf(moment), 2) }),
    rates: list(fc.record({ currency: currencies, ago: fc.integer({ min: -2, max: 70 }), rate: rates }), 8),
  });

const shopOf = (moment: fc.Arbitrary<Moment>): fc.Arbitrary<Parts> =>
  fc
    .record({
      users: mostly(list(userOf(moment), 7), 4, list(userOf(moment), 50)),
      products: mostly(list(productOf(moment), 7), 4, list(productOf(moment), 40)),
    })
    .chain((own) => tradeOf(moment, own.users.length, own.products.length).map((trade) => ({ ...own, ...trade })));

export const partsOf = (setting: Setting): fc.Arbitrary<Parts> =>
  palettes.chain((palette) => shopOf(moments(setting, palette)));
