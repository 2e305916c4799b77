/** Ids that are texts, ordered by code point. */
import { openShop, type Shop } from './small-shop';

const at = (day: number) => `2026-04-${day}T12:00:00+02:00`;
const TEXT_IDS: Shop['types'] = {
  order_id: 'VARCHAR',
  user_id: 'VARCHAR',
  product_id: 'VARCHAR',
  refund_id: 'VARCHAR',
};

it('orders customers whose ids are texts by code point', async () => {
  const users = ['a', '😀', 'ä', 'Z', '9', '10', '～', 'z', 'aa', 'never'];
  const buying = (product: string, prices: Record<string, number>, day: number) =>
    Object.entries(prices).map(([user, price]) => ({ order: `${product}/${user}/${day}`, user, product, price, day }));
  const alike = Object.fromEntries(users.slice(0, -1).map((user) => [user, 10]));
  const bought = [
    ...buying('all', alike, 10),
    ...buying('late', { '😀': 10, '～': 10, z: 11 }, 11),
    ...buying('late', { '😀': 1, '～': 1 }, 12),
  ];
  const session = await openShop({
    types: TEXT_IDS,
    orders: bought.map(({ order, user, day }) => [order, user, 'paid', at(day)]),
    items: bought.map(({ order, product, price }) => [order, 1, product, 1, price]),
    refunds: [['r-1', 'all/9/10', 1, null, 1, at(11)]],
    users: users.map((user_id) => ({ user_id })),
    products: [{ product_id: 'all' }, { product_id: 'late' }],
  });
  expect(await session.types('product_metrics')).toMatchObject({ product_id: 'VARCHAR', top_customers: 'VARCHAR[]' });
  expect(
    await session.rows(
      'SELECT product_id, top_customers, repeat_customer_rate FROM product_metrics ORDER BY product_id',
    ),
  ).toEqual([
    { product_id: 'all', top_customers: ['10', 'Z', 'a', 'aa', 'z'], repeat_customer_rate: 0 },
    { product_id: 'late', top_customers: ['z', '～', '😀'], repeat_customer_rate: 2 / 3 },
  ]);
  expect(
    await session.rows(
      "SELECT user_id, lifetime_value FROM customer_metrics WHERE user_id IN ('9', 'ä', 'never') ORDER BY ALL",
    ),
  ).toEqual([
    { user_id: '9', lifetime_value: '9.0000' },
    { user_id: 'never', lifetime_value: '0.0000' },
    { user_id: 'ä', lifetime_value: '10.0000' },
  ]);
  expect(await session.rows('SELECT DISTINCT difference FROM reconciliation')).toEqual([{ difference: '0.0000' }]);
  session.close();
});
