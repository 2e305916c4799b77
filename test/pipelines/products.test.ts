import { HAND_MADE } from './hand-made-shop';
import type { Session } from './models';
import { inShop, openShop } from './small-shop';

const product = async (id: number) => (await session.rows(`FROM product_metrics WHERE product_id = ${id}`))[0];

let session: Session;
beforeAll(async () => {
  session = await openShop(HAND_MADE);
});
afterAll(() => session.close());

describe('product_metrics', () => {
  it('has every product, those never sold with zeros', async () => {
    expect(await product(8)).toMatchObject({
      lifetime_units: '0.000',
      lifetime_revenue: '0.0000',
      lifetime_orders: '0',
      lifetime_customers: '0',
      average_selling_price: null,
      lifetime_cost: '0.0000',
      lifetime_profit: '0.0000',
      margin: null,
      return_rate: null,
      repeat_customer_rate: null,
      peak_day: null,
      top_customers: [],
      units_per_day: 0,
      days_of_inventory: null,
      stockout_risk: 'low',
      reorder_recommended: false,
    });
    expect(await session.rows('SELECT count(*)::INTEGER AS n FROM product_metrics')).toEqual([{ n: 8 }]);
  });

  it('works out money of what was sold, to unknown users too', async () => {
    // gross 27 + 18 + 10 + 10 + 7, refunds 9 + 3.3334; units 3 + 2 + 1 + 1 + 1, refunded 1.334
    const cup = await product(1);
    expect(cup).toMatchObject({
      lifetime_units: '8.000',
      window_units: '5.000',
      lifetime_revenue: '59.6666',
      window_revenue: '32.6666',
      lifetime_orders: '5',
      lifetime_customers: '1',
      average_selling_price: '9.0000',
      lifetime_cost: '13.3327',
      lifetime_profit: '46.3339',
      repeat_customer_rate: 1,
      peak_day: '2026-03-28',
      top_customers: ['1'],
      stockout_risk: 'low',
      reorder_recommended: true,
    });
    expect(cup?.margin).toBeCloseTo(46.3339 / 59.6666, 15);
    expect(cup?.return_rate).toBeCloseTo(1.334 / 8, 15);
    expect(cup?.days_of_inventory).toBe((28 * 10) / 5);
  });

  it('orders top customers by what they spent, then by id, and the first of equal peak days', async () => {
    expect(await product(5)).toMatchObject({ top_customers: ['18', '15', '16'], peak_day: '2025-12-22' });
    expect((await product(5))?.repeat_customer_rate).toBeCloseTo(2 / 3, 15);
    expect(await product(7)).toMatchObject({
      top_customers: ['14', '19'],
      lifetime_orders: '19',
      peak_day: '2026-04-10',
    });
    expect(await product(2)).toMatchObject({ top_customers: ['9', '17', '7', '8', '1'], lifetime_customers: '6' });
  });

  it('leaves costs NULL without unit_cost', async () => {
    expect(await product(2)).toMatchObject({ lifetime_cost: null, lifetime_profit: null, margin: null });
  });

  it('says NULL without units, and out without stock', async () => {
    expect(await product(4)).toMatchObject({
      average_selling_price: null,
      return_rate: null,
      days_of_inventory: 0,
      stockout_risk: 'out',
      reorder_recommended: null,
      lifetime_revenue: '-2.0000',
      margin: null,
    });
    expect(await product(3)).toMatchObject({ days_of_inventory: null, stockout_risk: null, reorder_recommended: null });
  });

  it('compares days of inventory with the lead time, multiplied out', async () => {
    // ten in 28 days: 5 in stock last 14 days, which is not below 14; nineteen: 9.5 last exactly 14 too
    expect(await product(6)).toMatchObject({ days_of_inventory: 14, stockout_risk: 'medium' });
    expect(await product(7)).toMatchObject({ days_of_inventory: 14, stockout_risk: 'medium' });
    expect(await product(5)).toMatchObject({ days_of_inventory: 196, stockout_risk: 'low' });
  });
});

it('counts a customer as repeated for two orders, not for two lines, and only before as_of', async () => {
  const rows = await inShop(
    {
      orders: [
        [1, 1, 'paid', '2026-04-20T12:00:00Z'],
        [2, 2, 'paid', '2026-04-20T12:00:00Z'],
        [3, 2, 'paid', '2026-04-21T12:00:00Z'],
        [4, 3, 'paid', '2026-04-21T12:00:00Z'],
        [5, 3, 'paid', '2026-04-26T12:00:00Z'],
        [6, 4, 'cancelled', '2026-04-20T12:00:00Z'],
      ],
      items: [
        [1, 1, 1, 1, 10],
        [1, 2, 1, 1, 10],
        [2, 1, 1, 1, 10],
        [3, 1, 1, 1, 10],
        [4, 1, 1, 1, 10],
        [5, 1, 1, 1, 10],
        [6, 1, 1, 1, 10],
      ],
      users: [1, 2, 3, 4].map((user_id) => ({ user_id })),
      products: [{ product_id: 1 }],
    },
    'SELECT lifetime_orders, lifetime_customers, repeat_customer_rate, top_customers FROM product_metrics',
  );
  expect(rows).toEqual([
    { lifetime_orders: '4', lifetime_customers: '3', repeat_customer_rate: 1 / 3, top_customers: ['1', '2', '3'] },
  ]);
});

it('rounds the average selling price half away from zero', async () => {
  const rows = await inShop(
    {
      orders: [[1, 1, 'paid', '2026-04-20T12:00:00Z']],
      items: [
        [1, 1, 1, 1, '0.0001'],
        [1, 2, 1, 1, 0],
        [1, 3, 2, 1, 2],
        [1, 4, 2, 2, 0],
      ],
      products: [{ product_id: 1 }, { product_id: 2 }],
    },
    'SELECT average_selling_price FROM product_metrics ORDER BY product_id',
  );
  expect(rows).toEqual([
    { average_selling_price: '0.0001' }, // 0.0001 / 2
    { average_selling_price: '0.6667' }, // 2 / 3
  ]);
});
