/** What random shops are made of: few values, so that ties are everywhere, and each on an edge of a definition. */
import fc from 'fast-check';
import type { Setting } from '../oracle/rows';
import { type Moment, moments, palettes } from './instants';

/** Users, products and orders are numbered; from this number on there is none. */
export const UNKNOWN = 900;

const FEW = 7;
/** Now and then enough for the longest list of insights. */
const MANY = 60;

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

/** What the parts of a shop have in common. In a plain one every price is the same, so that sums tie and shares are round. */
interface World {
  readonly moment: fc.Arbitrary<Moment>;
  readonly plain: boolean;
}

const currencies = of('EUR', 'EUR', 'USD', 'JPY');
const rates = of('0.9', '1', '0.00500001', '123.456789', '0.00000001');

const lineOf = ({ plain }: World, products: number): fc.Arbitrary<Line> =>
  fc.record({
    number: of(1, 2, 3, 7, 10),
    product: mostly<number | null>(fc.nat({ max: products }), 8, of(null, UNKNOWN, UNKNOWN + 1)),
    quantity: plain
      ? of('1')
      : of('1', '1', '1', '2', '3', '0', '0.001', '0.5', '50', '51', '333.333', '999.999', '1000'),
    price: plain
      ? of('10')
      : of('10', '10', '0', '0.0001', '0.05', '9.99', '33.3333', '1000', '9999.9999', '100000.0001'),
    discount: plain ? of(null) : of(null, null, '0', '1', '0.1', '0.3333', '0.9999'),
  });

const refundOf = ({ moment, plain }: World): fc.Arbitrary<Refund> =>
  fc.record({
    line: of(null, null, 1, 2, 3, 7, 99),
    quantity: of(null, '0', '1', '0.001', '2', '7'),
    amount: plain ? of('10') : of('10', '0.0001', '0.0003', '1', '3.3333', '100', '5000'),
    at: moment,
  });

const orderOf = (world: World, users: number, products: number): fc.Arbitrary<Order> =>
  fc.record({
    user: mostly<number | null>(
      users > FEW ? fc.nat({ max: users }) : fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: users })),
      8,
      of(null, UNKNOWN, UNKNOWN + 1),
    ),
    status: of('paid', 'paid', 'shipped', 'completed', 'completed', 'refunded', 'pending', 'cancelled'),
    at: world.moment,
    updated: world.moment,
    currency: currencies,
    rate: fc.record({ age: of(0, 0, 1, 6, 7), rate: world.plain ? of('1') : rates }),
    lines: fc.uniqueArray(lineOf(world, products), { maxLength: 5, size: 'max', selector: ({ number }) => number }),
    refunds: mostly<Refund[]>(fc.constant([]), 2, list(refundOf(world), 3)),
  });

const userOf = ({ moment }: World): fc.Arbitrary<User> =>
  fc.record({
    name: of(null, '', "O'Hara", '\u{1F600}'),
    marketing_opt_in: of('true', 'false'),
    created: fc.option(moment, { freq: 3 }),
  });

const productOf = ({ moment, plain }: World): fc.Arbitrary<Product> =>
  fc.record({
    category: of(null, 'Garden', 'Garden', 'garden', '', '\u{FF01}', '\u{1F600}'),
    unit_cost: of(null, null, '0', '0.0001', '2.5', '9.5', '9.6', '9.99', '333.3333'),
    stock: plain ? of('1', '0', '-1') : of(null, '0', '-1', '0.001', '1', '5', '50', '1000'),
    reorder_level: plain ? of('1', '0') : of(null, '0', '-1', '5', '50'),
    lead_time_days: of(null, '0', '1', '14', '30'),
    created: fc.option(moment, { freq: 3 }),
  });

/** The orders of so many users and products, and what belongs to no order. */
function tradeOf(world: World, users: number, products: number) {
  const order = orderOf(world, users, products);
  return fc.record({
    orders: mostly(list(order, users > FEW ? 2 * MANY : 50, 1), 12, list(order, 1)),
    strays: fc.record({ lines: list(lineOf(world, products), 2), refunds: list(refundOf(world), 2) }),
    rates: list(fc.record({ currency: currencies, ago: fc.integer({ min: -2, max: 70 }), rate: rates }), 8),
  });
}

const shopOf = (world: World): fc.Arbitrary<Parts> =>
  fc
    .record({
      users: mostly(list(userOf(world), FEW), 4, list(userOf(world), MANY)),
      products: mostly(list(productOf(world), FEW), 4, list(productOf(world), MANY)),
    })
    .chain((own) => tradeOf(world, own.users.length, own.products.length).map((trade) => ({ ...own, ...trade })));

export const partsOf = (setting: Setting): fc.Arbitrary<Parts> =>
  fc
    .record({ palette: palettes, plain: mostly(fc.constant(false), 2, fc.constant(true)) })
    .chain(({ palette, plain }) => shopOf({ moment: moments(setting, palette), plain }));
