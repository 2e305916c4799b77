/** What is kept of users and products, and which users there are. */
import { inShop } from './small-shop';

it('keeps what the source says of a customer, NULL too', async () => {
  const ada = {
    email: 'ada@x',
    name: 'Ada',
    country: 'DE',
    marketing_opt_in: true,
    created_at: '2025-01-01T00:30:00Z',
  };
  const rows = await inShop(
    { users: [{ user_id: 1, ...ada }, { user_id: 2 }] },
    `SELECT user_id, email, name, country, marketing_opt_in, epoch(created_at)::INTEGER AS created_at
      FROM customer_metrics ORDER BY user_id`,
  );
  const nothing = { email: null, name: null, country: null, marketing_opt_in: false, created_at: null };
  expect(rows).toEqual([
    { user_id: '1', ...ada, created_at: Date.UTC(2025, 0, 1, 0, 30) / 1000 },
    { user_id: '2', ...nothing },
  ]);
});

it('keeps what the source says of a product, NULL too', async () => {
  const cup = { name: 'Cup', category: 'Kitchen', list_price: '12.5000', unit_cost: '3.2500', stock: '7.500' };
  const rows = await inShop(
    {
      products: [
        { product_id: 1, ...cup },
        { product_id: 2, name: 'Jar' },
      ],
    },
    'SELECT product_id, name, category, list_price, unit_cost, stock FROM product_metrics ORDER BY product_id',
  );
  const nothing = { category: null, list_price: null, unit_cost: null, stock: null };
  expect(rows).toEqual([
    { product_id: '1', ...cup },
    { product_id: '2', name: 'Jar', ...nothing },
  ]);
});

it('admits a later user for an order before as_of, of any status, with lines or without', async () => {
  const created_at = '2026-05-01T00:00:00Z';
  const rows = await inShop(
    {
      orders: [
        [1, 1, 'paid', '2026-04-26T00:00:00+02:00'],
        [2, 2, 'pending', '2026-04-25T23:59:59+02:00'],
        [3, 3, 'cancelled', '2026-04-25T23:59:59+02:00'],
      ],
      items: [
        [1, 1, 1, 1, 10],
        [2, 1, 1, 1, 10],
      ],
      users: [1, 2, 3, 4].map((user_id) => ({ user_id, created_at })),
    },
    'SELECT user_id, open_value, rfm_segment FROM customer_metrics ORDER BY user_id',
  );
  expect(rows).toEqual([
    { user_id: '2', open_value: '10.0000', rfm_segment: 'prospect' },
    { user_id: '3', open_value: '0.0000', rfm_segment: 'prospect' },
  ]);
});
