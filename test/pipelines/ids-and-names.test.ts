/** Ids that are texts, and names beyond ASCII: both are ordered by code point. */
import { inShop, openShop, type Shop } from './small-shop';

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

it.each([
  { categories: ['a', ''], first: '' },
  { categories: ['Ä', 'Z'], first: 'Z' },
  { categories: ['a', 'Z'], first: 'Z' },
  { categories: ['😀', '～'], first: '～' },
])('takes the first by code point of $categories, which earned alike', async ({ categories, first }) => {
  const rows = await inShop(
    {
      orders: [[1, 1, 'paid', at(20)]],
      items: [
        [1, 1, 1, 1, 10],
        [1, 2, 2, 1, 10],
        [1, 3, 3, 1, 99], // of no category
      ],
      users: [{ user_id: 1 }],
      products: [...categories, null].map((category, index) => ({ product_id: index + 1, category })),
    },
    'SELECT favourite_category, top_category, distinct_products FROM customer_metrics, executive_summary',
  );
  expect(rows).toEqual([{ favourite_category: first, top_category: first, distinct_products: '3' }]);
});
