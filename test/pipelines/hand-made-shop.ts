/** A shop of a few rows, each there for one edge. as_of 2026-04-26, window from 2026-03-29, the day that clocks go forward. */
import type { Shop } from './small-shop';

const orders: [number, number | null, string, string, string?, string?][] = [
  // id, user, status, ordered_at, currency, updated_at
  [1, 1, 'completed', '2026-03-28T23:30:00+01:00'], // last day of the previous window
  [2, 1, 'completed', '2026-03-28T23:30:00Z', 'USD'], // half past midnight of the 29th, before the gap
  [3, 1, 'paid', '2026-04-25T23:59:59+02:00'], // last second of the window
  [4, 1, 'paid', '2026-04-26T00:00:00+02:00'], // as_of itself
  [5, 1, 'shipped', '2026-04-01T10:00:00+02:00'], // three equal lines, spread refunds
  [6, 12, 'completed', '2026-04-02T10:00:00+02:00'], // lines that sum to nothing
  [7, 999, 'completed', '2026-04-02T11:00:00+02:00'], // unknown user
  [8, null, 'completed', '2026-04-02T12:00:00+02:00'], // no user and an unknown product
  [9, 10, 'refunded', '2026-04-03T10:00:00+02:00', 'EUR', '2026-04-10T10:00:00+02:00'], // no refund rows
  [10, 11, 'cancelled', '2026-04-03T11:00:00+02:00'],
  [11, 11, 'pending', '2026-04-03T12:00:00+02:00'],
  [12, 3, 'completed', '2026-04-04T10:00:00+02:00'], // no lines
  [13, 7, 'completed', '2026-01-26T10:00:00+01:00'], // 90 days ago, 100.0000
  [14, 8, 'completed', '2026-01-25T10:00:00+01:00'], // 91 days ago, 99.9999
  [15, 9, 'completed', '2026-03-12T10:00:00+01:00'], // 45 days ago, 500.0000
  [16, 17, 'completed', '2026-03-11T10:00:00+01:00'], // 46 days ago, 499.9999
  [17, 15, 'completed', '2025-12-23T10:00:00+01:00'], // 31 days apart, 93 ago: not above 3 x 31
  [18, 15, 'completed', '2026-01-23T10:00:00+01:00'],
  [19, 16, 'completed', '2025-12-22T10:00:00+01:00'], // 31 days apart, 94 ago
  [20, 16, 'completed', '2026-01-22T10:00:00+01:00'],
  [21, 18, 'refunded', '2026-04-20T10:00:00+02:00', 'EUR', '2026-04-28T10:00:00+02:00'], // refunded after as_of
];
// Ten orders of 100 each are vip, nine of 1000 each are not, nor ten that sum to 999.9999.
for (let n = 0; n < 10; n++) {
  orders.push([100 + n, 13, 'completed', `2026-04-${10 + n}T10:00:00+02:00`]);
  if (n < 9) orders.push([200 + n, 14, 'completed', `2026-04-${10 + n}T10:00:00+02:00`]);
  orders.push([300 + n, 19, 'completed', `2026-04-${10 + n}T10:00:00+02:00`]);
}

type Item = [order: number, line: number, product: number | null, quantity: string, price: string, discount?: string];
const items: Item[] = [
  [1, 1, 1, '3', '10', '0.1'], // 27
  [1, 2, 2, '0.5', '0.0001'], // 0.00005, rounded away from zero
  [2, 1, 1, '2', '10'], // 20 dollars at 0.9
  [2, 2, null, '1', '1'],
  [3, 1, 1, '1', '10'],
  [4, 1, 1, '100', '10'],
  [5, 1, 1, '1', '10'],
  [5, 2, 2, '1', '10'],
  [5, 3, 3, '1', '10'],
  [6, 3, 4, '0', '5'],
  [6, 5, 4, '0', '5'],
  [7, 1, 1, '1', '7'],
  [8, 1, 888, '1', '3'],
  [9, 1, 2, '4', '2.5'],
  [10, 1, 1, '1', '50'],
  [11, 1, 1, '1', '20'],
  [13, 1, 2, '1', '100'],
  [14, 1, 2, '1', '99.9999'],
  [15, 1, 2, '1', '500'],
  [16, 1, 2, '1', '499.9999'],
  [17, 1, 5, '1', '1'],
  [18, 1, 5, '1', '1'],
  [19, 1, 5, '1', '1'],
  [20, 1, 5, '1', '1'],
  [21, 1, 5, '1', '8'],
];
for (let n = 0; n < 10; n++) {
  items.push([100 + n, 1, 6, '1', '100']);
  if (n < 9) items.push([200 + n, 1, 7, '1', '1000']);
  items.push([300 + n, 1, 7, '1', n === 0 ? '99.9999' : '100']);
}

const names = 'Ada Bea Cid Dan Eve Fay Gus Hal Ivy Jon Kim Lou Leo Mia Ned Oli Pam Quy Ray'.split(' ');
const created: Record<string, string> = {
  Ada: '2025-01-01T00:00:00Z',
  Cid: '2026-05-01T00:00:00Z',
  Dan: '2026-05-01T00:00:00Z',
  Eve: '2026-04-26T00:00:00+02:00',
  Fay: '2026-04-25T23:59:59+02:00',
};

type Product = [
  string,
  string | null,
  cost: number | string | null,
  stock: number | null,
  level: number | null,
  lead?: number,
];
const products: Product[] = [
  ['Cup', 'Kitchen', '2.0001', 10, 10],
  ['Axe', 'Garden', null, 10, 9, 3],
  ['Jar', null, 1, null, 5, 3],
  ['Zip', 'Kitchen', 1, 0, null, 3],
  ['Saw', 'Garden', '0.5', 7, 3, 3],
  ['Hat', 'Attic', 50, 5, 1, 14],
  ['Car', 'Attic', 600, 9.5, 1, 14],
  ['Dud', 'Attic', 1, 4, 1, 14],
];

export const HAND_MADE: Shop = {
  orders,
  items,
  refunds: [
    [1, 5, null, 1, 10, '2026-04-20T10:00:00+02:00'],
    [2, 5, 99, null, '0.0002', '2026-04-20T10:00:00+02:00'],
    [3, 5, 2, null, 1, '2026-03-01T10:00:00+01:00'],
    [4, 6, null, 1, 2, '2026-04-20T10:00:00+02:00'],
    [5, 10, 1, 1, 50, '2026-04-20T10:00:00+02:00'],
    [6, 2, 1, 1, 10, '2026-04-25T23:59:59+02:00'],
    [7, 3, 1, 1, 10, '2026-04-26T00:00:00+02:00'],
  ],
  users: names.map((name, index) => ({ user_id: index + 1, name, created_at: created[name] })),
  products: products.map(([name, category, unit_cost, stock, reorder_level, lead_time_days], index) => ({
    ...{ product_id: index + 1, name, category, unit_cost, stock, reorder_level, lead_time_days },
  })),
  rates: [
    ['USD', '2026-03-22', 0.9],
    ['USD', '2026-03-21', 0.5],
    ['USD', '2026-03-30', 0.1],
  ],
};
