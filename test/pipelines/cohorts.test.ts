/** cohort_retention: which months are over, who comes back, and what stays at zero. */
import { inShop, type Shop } from './small-shop';

const at = (day: string) => `${day}T12:00:00Z`;
const COLUMNS = 'acquisition_cohort, months_since, cohort_size, active_customers, retention, revenue';
const cohorts = async (shop: Shop) =>
  (await inShop(shop, `SELECT ${COLUMNS} FROM cohort_retention ORDER BY ALL`)).map((row) => Object.values(row));

const SHOP: Shop = {
  orders: [
    [1, 1, 'paid', at('2026-01-05')],
    [2, 2, 'paid', at('2026-01-31')],
    [3, 2, 'paid', at('2026-01-31')], // twice in a month: one active customer
    [4, 1, 'paid', at('2026-03-10')],
    [5, 3, 'paid', at('2026-03-15')],
    [6, 4, 'paid', at('2026-04-02')], // in a month that is not over
    [7, 1, 'paid', at('2026-04-03')],
    [8, 5, 'pending', at('2026-02-10')],
    [9, 999, 'paid', at('2026-02-10')], // an unknown user
    [10, 5, 'cancelled', at('2026-02-11')],
  ],
  items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((order) => [order, 1, 1, 1, 10 * order]),
  refunds: [
    [1, 2, 1, 1, 5, at('2026-02-20')], // of a customer who orders nothing then
    [2, 5, 1, 1, 20, at('2026-04-20')],
  ],
  users: [1, 2, 3, 4, 5].map((user_id) => ({ user_id })),
  products: [{ product_id: 1 }],
};

it('follows the customers of a month through the months that are over', async () => {
  expect(await cohorts(SHOP)).toEqual([
    ['2026-01', 0, '2', '2', 1, '60.0000'], // 10 + 20 + 30
    ['2026-01', 1, '2', '0', 0, '-5.0000'],
    ['2026-01', 2, '2', '1', 0.5, '40.0000'],
    ['2026-03', 0, '1', '1', 1, '50.0000'],
  ]);
});

it('takes a month in when as_of is the first day after it, and knows nothing of what comes then', async () => {
  expect(await cohorts({ ...SHOP, asOf: '2026-05-01', from: '2026-04-03' })).toEqual([
    ['2026-01', 0, '2', '2', 1, '60.0000'],
    ['2026-01', 1, '2', '0', 0, '-5.0000'],
    ['2026-01', 2, '2', '1', 0.5, '40.0000'],
    ['2026-01', 3, '2', '1', 0.5, '70.0000'],
    ['2026-03', 0, '1', '1', 1, '50.0000'],
    ['2026-03', 1, '1', '0', 0, '-20.0000'],
    ['2026-04', 0, '1', '1', 1, '60.0000'],
  ]);
  expect(await cohorts({ ...SHOP, asOf: '2026-01-31', from: '2026-01-03' })).toEqual([]);
  // Customer 2 comes on the day itself.
  expect(await cohorts({ ...SHOP, asOf: '2026-02-01', from: '2026-01-04' })).toEqual([
    ['2026-01', 0, '2', '2', 1, '60.0000'],
  ]);
});

it('counts months of the zone, over the turn of a year and where clocks change', async () => {
  const shop: Shop = {
    orders: [
      [1, 1, 'paid', '2025-11-30T23:30:00Z'], // December in Berlin
      [2, 1, 'paid', '2026-03-31T22:30:00Z'], // April
      [3, 2, 'paid', '2026-03-31T21:30:00Z'], // March
    ],
    items: [1, 2, 3].map((order) => [order, 1, 1, 1, order]),
    users: [{ user_id: 1 }, { user_id: 2 }],
    asOf: '2026-05-01',
    from: '2026-04-03',
  };
  expect(await cohorts(shop)).toEqual([
    ['2025-12', 0, '1', '1', 1, '1.0000'],
    ...[1, 2, 3].map((month) => ['2025-12', month, '1', '0', 0, '0.0000']),
    ['2025-12', 4, '1', '1', 1, '2.0000'],
    ['2026-03', 0, '1', '1', 1, '3.0000'],
    ['2026-03', 1, '1', '0', 0, '0.0000'],
  ]);
});

it('sums up to what customers brought until the last month that is over', async () => {
  const sql = `SELECT (SELECT sum(revenue) FROM cohort_retention) AS cohorts,
    (SELECT sum(lifetime_value) FROM customer_metrics) AS customers`;
  const [sums] = await inShop({ ...SHOP, asOf: '2026-04-01', from: '2026-03-04' }, sql);
  expect(sums).toEqual({ cohorts: '145.0000', customers: '145.0000' });
});
