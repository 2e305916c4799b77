/** Windows that are not 28 days long, and what stays 28 days all the same. as_of is 2026-04-26. */
import type { Session } from './models';
import { inShop, openShop, type Shop } from './small-shop';

const at = (day: string) => `${day}T12:00:00+02:00`;
const SHOP: Shop = {
  orders: [
    [1, 1, 'paid', at('2026-04-12')], // the first day of the seven before the last seven
    [2, 2, 'paid', at('2026-04-18')], // and the last
    [3, 2, 'paid', at('2026-04-11')],
    [4, 1, 'paid', at('2026-04-19')],
    [5, 3, 'paid', at('2026-04-25')],
    [6, 4, 'paid', at('2026-04-20')],
    [7, 3, 'paid', at('2026-04-21')],
    [8, 5, 'paid', at('2026-03-29')], // the first of the last 28 days
    [9, 5, 'paid', at('2026-03-28')],
    [10, 5, 'paid', at('2025-12-27')], // the first of the sixty days before the last sixty
    [11, 5, 'paid', at('2025-12-26')],
  ],
  items: [
    [1, 1, 1, 4, 10],
    [2, 1, 2, 2, 5],
    [3, 1, 1, 1, 100],
    [4, 1, 1, 3, 10],
    [5, 1, 2, 5, 5],
    [6, 1, 3, 1, 200],
    [7, 1, 1, 1, 10],
    [8, 1, 2, 3, 5],
    [9, 1, 2, 100, 5],
    [10, 1, 3, 1, 7],
    [11, 1, 3, 1, 9],
  ],
  refunds: [
    [1, 3, 1, 1, 80, at('2026-04-13')],
    [2, 4, 1, 1, 15, at('2026-04-22')],
  ],
  users: [1, 2, 3, 4, 5].map((user_id) => ({ user_id })),
  products: [
    { product_id: 1, category: 'Tea', unit_cost: 2, stock: 9, lead_time_days: 29 },
    { product_id: 2, category: 'Cups', unit_cost: 1, stock: 5 },
    { product_id: 3, stock: -1, reorder_level: -1 },
    { product_id: 4, category: 'Tea', unit_cost: 3, stock: 4 },
  ],
};

describe('a window of seven days', () => {
  let session: Session;
  beforeAll(async () => {
    session = await openShop({ ...SHOP, from: '2026-04-19' });
  });
  afterAll(() => session.close());

  it('is set beside the seven days before it', async () => {
    const [summary] = await session.rows('FROM executive_summary');
    expect(summary).toMatchObject({
      window_from: '2026-04-19',
      gross: '265.0000', // 30 + 25 + 200 + 10
      previous_gross: '50.0000', // 40 + 10
      gross_change: 215 / 50,
      refunds: '15.0000',
      previous_refunds: '80.0000',
      refunds_change: -65 / 80,
      revenue: '250.0000',
      previous_revenue: '-30.0000',
      revenue_change: 280 / 30,
      orders: '4',
      previous_orders: '2',
      orders_change: 1,
      active_customers: '3',
      previous_active_customers: '2',
      active_customers_change: 1 / 2,
      new_customers: '2', // 3 and 4
      previous_new_customers: '1', // 1; customer 2 came the day before
      new_customers_change: 1,
      average_order_value: '62.5000',
      previous_average_order_value: '-15.0000',
      average_order_value_change: 77.5 / 15,
      units: '10.000',
      previous_units: '6.000',
      units_change: 4 / 6,
      profit: '39.0000', // 1: 40 - 15 - 3 x 2, 2: 25 - 5 x 1; 3 has no cost
      previous_profit: '-38.0000', // 1: 40 - 80 - 3 x 2, 2: 10 - 2 x 1
      profit_change: 77 / 38,
      margin: 39 / 50,
      previous_margin: null,
      margin_change_points: null,
      top_category: 'Cups', // 25, as Tea has; 200 have no category
    });
  });

  it('limits what was sold and refunded in it', async () => {
    const sql = 'SELECT window_revenue, window_orders FROM customer_metrics ORDER BY user_id';
    expect((await session.rows(sql)).map((row) => Object.values(row))).toEqual([
      ['15.0000', '1'],
      ['0.0000', '0'],
      ['35.0000', '2'],
      ['200.0000', '1'],
      ['0.0000', '0'],
    ]);
    expect(await session.rows('SELECT window_units, window_revenue FROM product_metrics ORDER BY product_id')).toEqual([
      { window_units: '4.000', window_revenue: '25.0000' },
      { window_units: '5.000', window_revenue: '25.0000' },
      { window_units: '1.000', window_revenue: '200.0000' },
      { window_units: '0.000', window_revenue: '0.0000' },
    ]);
    expect(await session.rows('SELECT count(*)::INTEGER AS days FROM daily_revenue')).toEqual([{ days: 7 }]);
  });

  it('leaves the stock to what was sold in 28 days', async () => {
    const sql = 'SELECT units_per_day, days_of_inventory, stockout_risk FROM product_metrics ORDER BY product_id';
    expect(await session.rows(sql)).toEqual([
      { units_per_day: 9 / 28, days_of_inventory: 28, stockout_risk: 'high' }, // 4 + 1 + 3 + 1, to last 29 days
      { units_per_day: 10 / 28, days_of_inventory: 14, stockout_risk: 'medium' }, // 2 + 5 + 3, to last 14 days
      { units_per_day: 1 / 28, days_of_inventory: 0, stockout_risk: 'out' },
      { units_per_day: 0, days_of_inventory: null, stockout_risk: 'low' },
    ]);
  });
});

it('takes sixty days and the sixty before them', async () => {
  const session = await openShop({ ...SHOP, from: '2026-02-25' });
  expect((await session.rows('FROM executive_summary'))[0]).toMatchObject({
    gross: '930.0000', // 40 + 10 + 100 + 30 + 25 + 200 + 10 + 15 + 500
    previous_gross: '7.0000',
    refunds: '95.0000',
    orders: '9',
    previous_orders: '1',
    units: '120.000',
    previous_units: '1.000',
    new_customers: '4', // all but 5
    previous_new_customers: '0',
    new_customers_change: null,
  });
  expect(
    await session.rows(
      'SELECT window_units, units_per_day FROM product_metrics WHERE product_id IN (2, 3) ORDER BY ALL',
    ),
  ).toEqual([
    { window_units: '1.000', units_per_day: 1 / 28 },
    { window_units: '110.000', units_per_day: 10 / 28 },
  ]);
  session.close();
});

it('knows no change against nothing', async () => {
  const today: Shop = { ...SHOP, orders: [[1, 1, 'paid', at('2026-04-25')]], items: [[1, 1, 1, 2, 10]], refunds: [] };
  const [row = {}] = await inShop(today, 'FROM executive_summary');
  const changes = Object.entries(row).filter(([column]) => /_change(_points)?$/.test(column));
  expect(changes).toHaveLength(10);
  for (const change of changes) expect(change).toEqual([change[0], null]);
  expect(row).toMatchObject({ previous_units: '0.000', previous_average_order_value: null, previous_profit: '0.0000' });
});

it('names no top category where none earned anything', async () => {
  const returned: Shop = {
    ...SHOP,
    orders: [[1, 1, 'paid', at('2026-03-01')]],
    items: [
      [1, 1, 1, 1, 10],
      [1, 2, 2, 1, 10],
    ],
    refunds: [[1, 1, 1, 1, 10, at('2026-04-20')]],
  };
  const sql = `SELECT revenue, top_category, active_customers, previous_active_customers,
    (SELECT sum(customers)::INTEGER FROM daily_revenue) AS customers FROM executive_summary`;
  // Nor is somebody active who only brings back.
  expect(await inShop(returned, sql)).toEqual([
    {
      revenue: '-10.0000',
      top_category: null,
      active_customers: '0',
      previous_active_customers: '1',
      customers: 0,
    },
  ]);
});
