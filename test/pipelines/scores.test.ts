/** RFM scores, segments, and what is at risk, as of 2026-04-26. */
import { inShop, type Shop } from './small-shop';

type Purchase = [user: number, value: string, ...days: string[]];
/** An order on each day, the first of the whole value. */
function shopOf(purchases: readonly Purchase[], more: Shop = {}): Shop {
  const orders = purchases.flatMap(([user, value, ...days]) =>
    days.map((day, index) => ({ user, day, price: index === 0 ? value : '0' })),
  );
  return {
    orders: orders.map(({ user, day }, index) => [
      index + 1,
      user,
      'paid',
      day.includes('T') ? day : `${day}T12:00:00+02:00`,
    ]),
    items: orders.map(({ price }, index) => [index + 1, 1, 1, 1, price]),
    users: purchases.map(([user_id]) => ({ user_id })),
    products: [{ product_id: 1 }],
    ...more,
  };
}

it('scores customers with orders by fifths, and names their segment', async () => {
  const shop = shopOf(
    [
      [1, '10', '2026-04-01'],
      [2, '10', '2026-04-02'],
      [3, '30', '2026-04-01', '2026-04-02'],
      [4, '40', '2026-04-01', '2026-04-02', '2026-04-20'],
      [5, '1', '2026-03-01'],
      [6, '60', '2026-03-20', '2026-04-25'],
      [7, '0'],
      [8, '500', '2026-03-02'],
      [9, '20', '2026-04-21'],
      [10, '15', '2026-03-01', '2026-03-02', '2026-03-03'],
    ],
    // Customer 5, whose order is the eighth, has the lowest value.
    { refunds: [[1, 8, 1, 1, '6', '2026-03-05T12:00:00+01:00']] },
  );
  const sql = `SELECT user_id::INTEGER AS id, lifetime_value AS value, recency_score AS r, frequency_score AS f,
    monetary_score AS m, rfm_segment FROM customer_metrics ORDER BY user_id`;
  expect((await inShop(shop, sql)).map((row) => Object.values(row))).toEqual([
    // 1 + floor(5 x (rank - 1) / 9); ranks by day 4 5 5 7 1 9 2 8 3, by orders 1 1 6 8 1 6 1 1 8, by value 2 2 6 7 1 8 9 5 4
    [1, '10.0000', 2, 1, 1, 'hibernating'],
    [2, '10.0000', 3, 1, 1, 'needs_attention'],
    [3, '30.0000', 3, 3, 3, 'loyal'],
    [4, '40.0000', 4, 4, 4, 'champion'],
    [5, '-5.0000', 1, 1, 1, 'returned_only'],
    [6, '60.0000', 5, 3, 4, 'loyal'],
    [7, '0.0000', null, null, null, 'prospect'],
    [8, '500.0000', 1, 1, 5, 'at_risk'],
    [9, '20.0000', 4, 1, 3, 'promising'],
    [10, '15.0000', 2, 4, 2, 'at_risk'],
  ]);
});

it('spreads the value of customers at high risk over the months since their first order', async () => {
  const shop = shopOf(
    [
      // 16 calendar months, however late in the month: 75.000075, each rounded before they are summed.
      [1, '100.0001', '2024-12-01'],
      [2, '100.0001', '2024-12-15'],
      [3, '100.0001', '2024-12-31'],
      [4, '50', '2025-04-30'], // 12
      [5, '13', '2025-03-31'], // 13
      [6, '20', '2025-06-10'], // 10, which count as 12
      [7, '10', '2025-06-10'], // of whom nothing is left
      [8, '12', '2025-03-31T22:30:00Z'], // April in Berlin
      [9, '999', '2026-04-01'], // not at risk
    ],
    { refunds: [[1, 7, 1, 1, '30', '2025-07-01T12:00:00+02:00']] },
  );
  expect(await inShop(shop, 'SELECT customers_at_high_risk, revenue_at_risk FROM executive_summary')).toEqual([
    { customers_at_high_risk: '8', revenue_at_risk: '319.0003' }, // 3 x 75.0001 + 50 + 12 + 20 + 12
  ]);
});

it('takes the tiers from the parameters', async () => {
  const tiers = async (parameters: Shop['parameters']) =>
    await inShop(
      {
        orders: [
          [1, 1, 'paid', '2026-04-20T12:00:00Z'],
          [2, 1, 'paid', '2026-04-21T12:00:00Z'],
        ],
        items: [
          [1, 1, 1, 1, 10],
          [2, 1, 1, 1, 10],
        ],
        users: [{ user_id: 1 }],
        parameters,
      },
      'SELECT value_tier FROM customer_metrics',
    );
  expect(await tiers({ vip_value: 20, vip_orders: 2 })).toEqual([{ value_tier: 'vip' }]);
  expect(await tiers({ vip_value: '20.0001', vip_orders: 2, regular_value: 20 })).toEqual([{ value_tier: 'regular' }]);
  expect(await tiers({ vip_value: 20, vip_orders: 3, regular_orders: 2 })).toEqual([{ value_tier: 'regular' }]);
  expect(await tiers({ occasional_orders: 3, occasional_value: 20 })).toEqual([{ value_tier: 'occasional' }]);
  expect(await tiers({ occasional_orders: 3 })).toEqual([{ value_tier: 'new' }]);
});
