/** Every check of the sources: what it stops, and what it lets through. as_of is 2026-04-26. */
import { after, label, SOUND, sourceChecks } from './gates';
import type { Session } from './models';
import { openShop } from './small-shop';

let session: Session;
beforeAll(async () => {
  session = await openShop(SOUND);
});
afterAll(() => session.close());

const set = (table: string, assignment: string, key = 1) =>
  `UPDATE ${table} SET ${assignment} WHERE rowid = ${key - 1}`;
const nothing = (table: string, columns: string, gate: string): [string, ...string[]][] =>
  columns.split(' ').map((column) => [set(table, `${column} = NULL`), gate]);

/** A statement, and the checks that do not pass after it. */
const STOPPED: [string, ...string[]][] = [
  [
    'DELETE FROM orders',
    'orders: row_count',
    'orders: freshness ordered_at',
    'order_items: references order_id',
    'refunds: references order_id',
  ],
  ...nothing(
    'orders',
    'order_id status ordered_at currency updated_at',
    'orders: not_null order_id, status, ordered_at, currency, updated_at',
  ),
  ['INSERT INTO orders FROM orders WHERE order_id = 180', 'orders: unique order_id'],
  [set('orders', "status = 'Paid'"), 'orders: accepted_values status'],
  ['UPDATE orders SET user_id = 999 WHERE order_id <= 4', 'orders: references user_id'],
  [set('orders', "currency = 'eur'"), 'orders: currency is three capital letters'],
  [set('orders', "currency = 'EURO'"), 'orders: currency is three capital letters'],
  [set('orders', "updated_at = '2026-01-01T00:00:00Z'"), 'orders: updated_at not before ordered_at'],
  [
    "UPDATE orders SET ordered_at = least(ordered_at, TIMESTAMPTZ '2026-04-23T23:59:59+02:00')",
    'orders: freshness ordered_at',
  ],

  ['DELETE FROM order_items', 'order_items: row_count'],
  ...nothing(
    'order_items',
    'order_id line_no quantity unit_price',
    'order_items: not_null order_id, line_no, quantity, unit_price',
  ),
  ['INSERT INTO order_items FROM order_items WHERE order_id = 180', 'order_items: unique order_id, line_no'],
  ['UPDATE order_items SET order_id = order_id + 9000 WHERE order_id <= 4', 'order_items: references order_id'],
  ['UPDATE order_items SET product_id = 999 WHERE order_id <= 4', 'order_items: references product_id'],
  [set('order_items', 'quantity = -0.001'), 'order_items: range quantity'],
  [set('order_items', 'quantity = 1000000000.001, unit_price = 0'), 'order_items: range quantity'],
  [set('order_items', 'unit_price = -0.0001'), 'order_items: range unit_price'],
  [set('order_items', 'unit_price = 1000000000.0001, quantity = 0'), 'order_items: range unit_price'],
  [set('order_items', 'quantity = 2, unit_price = 500000000.0001'), 'order_items: a line is worth at most a billion'],
  [set('order_items', 'discount = -0.0001'), 'order_items: range discount'],
  [set('order_items', 'discount = 1.0001'), 'order_items: range discount'],

  ...nothing(
    'refunds',
    'refund_id order_id amount refunded_at',
    'refunds: not_null refund_id, order_id, amount, refunded_at',
  ),
  ['INSERT INTO refunds FROM refunds WHERE refund_id = 100', 'refunds: unique refund_id'],
  ['UPDATE refunds SET order_id = 9000 WHERE refund_id <= 3', 'refunds: references order_id'],
  [set('refunds', 'quantity = -0.001'), 'refunds: range quantity'],
  [set('refunds', 'quantity = 1000000000.001'), 'refunds: range quantity'],
  [set('refunds', 'amount = 1000000000.0001'), 'refunds: range amount'],

  ['DELETE FROM users', 'users: row_count', 'orders: references user_id'],
  ...nothing('users', 'user_id marketing_opt_in updated_at', 'users: not_null user_id, marketing_opt_in, updated_at'),
  ['INSERT INTO users FROM users WHERE user_id = 3', 'users: unique user_id'],

  ['DELETE FROM products', 'products: row_count', 'order_items: references product_id'],
  ...nothing('products', 'product_id name updated_at', 'products: not_null product_id, name, updated_at'),
  ['INSERT INTO products FROM products WHERE product_id = 2', 'products: unique product_id'],
  ...['list_price', 'unit_cost'].flatMap((column): [string, string][] => [
    [set('products', `${column} = -0.0001`), `products: range ${column}`],
    [set('products', `${column} = 1000000000.0001`), `products: range ${column}`],
  ]),
  ...['stock', 'reorder_level'].flatMap((column): [string, string][] => [
    [set('products', `${column} = -1000000000.001`), `products: range ${column}`],
    [set('products', `${column} = 1000000000.001`), `products: range ${column}`],
  ]),
  [set('products', 'lead_time_days = -1'), 'products: range lead_time_days'],

  ...nothing('fx_rates', 'currency day rate', 'fx_rates: not_null currency, day, rate'),
  ['INSERT INTO fx_rates FROM fx_rates', 'fx_rates: unique currency, day'],
  [set('fx_rates', 'rate = 0'), 'fx_rates: range rate'],
  [set('fx_rates', 'rate = 99999.00000001'), 'fx_rates: range rate'],
];

it.each(STOPPED)('stops %s', async (sql, ...gates) => {
  const found = Object.keys(await after(session, sourceChecks, { sources: [sql] }));
  // A key that is NULL may also be one that nothing refers to, or no currency at all.
  if (sql.includes('= NULL')) expect(found).toEqual(expect.arrayContaining(gates));
  else expect(found.toSorted()).toEqual(gates.toSorted());
});

it('warns of a change before the order, and stops at everything else', () => {
  const warnings = sourceChecks.filter(({ check }) => check.severity === 'warn');
  expect(warnings.map(label)).toEqual(['orders: updated_at not before ordered_at']);
});

it('has no check that is not tried', () => {
  expect([...new Set(STOPPED.flatMap(([, ...gates]) => gates))].toSorted()).toEqual(sourceChecks.map(label).toSorted());
});

it.each([
  ['nothing at all', 'SELECT 1'],
  ['no refunds', 'DELETE FROM refunds'],
  ['no rates', 'DELETE FROM fx_rates'],
  ['orders without a user', 'UPDATE orders SET user_id = NULL'],
  [
    'every status',
    "UPDATE orders SET status = ['pending', 'paid', 'shipped', 'completed', 'cancelled', 'refunded'][1 + order_id % 6]",
  ],
  ['lines without a product', 'UPDATE order_items SET product_id = NULL'],
  ['a fiftieth of unknown users, three of 180', 'UPDATE orders SET user_id = 999 WHERE order_id <= 3'],
  ['a fiftieth of unknown products', 'UPDATE order_items SET product_id = 999 WHERE order_id <= 3'],
  ['a fiftieth of lines of unknown orders', 'UPDATE order_items SET order_id = order_id + 9000 WHERE order_id <= 3'],
  ['a fiftieth of refunds of unknown orders', 'UPDATE refunds SET order_id = 9000 WHERE refund_id <= 2'],
  [
    'a last order two days before as_of',
    "UPDATE orders SET ordered_at = least(ordered_at, TIMESTAMPTZ '2026-04-24T00:00:00+02:00')",
  ],
  ['an order that was never changed', 'UPDATE orders SET updated_at = ordered_at'],
  ['a line of a billion', set('order_items', 'quantity = 1, unit_price = 1000000000')],
  ['a billion units', set('order_items', 'quantity = 1000000000, unit_price = 1')],
  ['a line of nothing', set('order_items', 'quantity = 0, unit_price = 0, discount = 1')],
  ['a refund of a billion', set('refunds', 'quantity = 1000000000, amount = 1000000000')],
  ['a refund of no units', set('refunds', 'quantity = 0')],
  ['a product that costs nothing', set('products', 'list_price = 0, unit_cost = 0, lead_time_days = 0')],
  ['a product of a billion', set('products', 'list_price = 1000000000, unit_cost = 1000000000')],
  ['more sold than there is', set('products', 'stock = -1000000000, reorder_level = -1000000000')],
  ['a large stock', set('products', 'stock = 1000000000, reorder_level = 1000000000')],
  ['the smallest rate', set('fx_rates', 'rate = 0.00000001')],
  ['the largest rate', set('fx_rates', 'rate = 99999')],
])('lets %s through', async (_, sql) => {
  expect(await after(session, sourceChecks, { sources: [sql] })).toEqual({});
});
