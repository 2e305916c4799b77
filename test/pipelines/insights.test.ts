/** insights: in which order, and of how many. Who is told of by which rule stands beside the models. as_of is 2026-04-26. */
import { inShop, type Shop } from './small-shop';

const at = (day: string) => `${day}T12:00:00Z`;
/** Customers who ordered once, long ago, for a price each. */
const lostShop = (prices: readonly (readonly [user: number | string, price: number])[], more: Shop = {}): Shop => ({
  orders: prices.map(([user], index) => [index + 1, user, 'paid', at('2025-06-01')]),
  items: prices.map(([, price], index) => [index + 1, 1, 1, 1, price]),
  users: prices.map(([user_id]) => ({ user_id })),
  products: [{ product_id: 1 }],
  ...more,
});

it('begins with what is critical, and each kind with all of its hits', async () => {
  const shop: Shop = {
    orders: [
      [1, 1, 'paid', at('2025-06-01')],
      [2, 2, 'paid', at('2026-04-20')],
    ],
    items: [
      [1, 1, 1, 1, 700],
      [2, 1, 1, 1, 10],
    ],
    users: [{ user_id: 1 }, { user_id: 2 }],
    products: [{ product_id: 1, stock: -3, reorder_level: 0 }],
  };
  const rows = await inShop(shop, 'SELECT kind, subject_id FROM insights');
  expect(rows.map(({ kind, subject_id }) => [kind, subject_id])).toEqual([
    ['reorder', null],
    ['reorder', '1'],
    ['churn_high_value', null],
    ['churn_high_value', '1'],
    ['best_product', null],
    ['best_product', '1'],
  ]);
});

it('tells twenty customers and products in full, by money and then by id as a number, and counts all', async () => {
  const ids = Array.from({ length: 25 }, (_, index) => 25 - index);
  const shop = lostShop(
    ids.map((id) => [id, id > 23 ? 900 : 600]),
    { products: ids.map((product_id) => ({ product_id, stock: 1, reorder_level: 1 })) },
  );
  const columns = 'kind, subject_id, title IS NOT NULL AND evidence IS NOT NULL AS told, evidence';
  const rows = await inShop(shop, `SELECT ${columns} FROM insights WHERE kind IN ('churn_high_value', 'reorder')`);
  expect(rows.every(({ told }) => told)).toBe(true);
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ subject_id }) => subject_id);
  const first = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
  expect(of('churn_high_value')).toEqual([null, '24', '25', ...first(18)]);
  expect(of('reorder')).toEqual([null, ...first(20)]);
  expect(rows.filter(({ subject_id }) => subject_id === null).map(({ evidence }) => evidence)).toEqual([
    '{"count": 25, "money": 15600.0000}',
    '{"count": 25, "money": 0.0000}',
  ]);
});

it('orders ids that are texts by code point', async () => {
  const shop = lostShop(
    ['b', 'B', '10', '9'].map((user) => [user, 700]),
    { types: { user_id: 'VARCHAR' } },
  );
  const sql = "SELECT subject_id FROM insights WHERE kind = 'churn_high_value' AND subject_id IS NOT NULL";
  expect((await inShop(shop, sql)).map(({ subject_id }) => subject_id)).toEqual(['10', '9', 'B', 'b']);
});
