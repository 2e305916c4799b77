import { HAND_MADE } from './hand-made-shop';
import type { Session } from './models';
import { openShop } from './small-shop';

const customer = async (id: number) => (await session.rows(`FROM customer_metrics WHERE user_id = ${id}`))[0];

let session: Session;
beforeAll(async () => {
  session = await openShop(HAND_MADE);
});
afterAll(() => session.close());

describe('customer_metrics', () => {
  it('has users created before as_of, without created_at, or with any order', async () => {
    const ids = (await session.rows('SELECT user_id FROM customer_metrics ORDER BY user_id')).map(({ user_id }) =>
      Number(user_id),
    );
    expect(ids).toEqual([1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('counts days of the zone up to as_of', async () => {
    // gross 27.0001 + 18.9 + 10 + 30, refunds 10 + 0.0002 + 1 + 10 dollars; order 4 and refund 7 are of as_of
    expect(await customer(1)).toMatchObject({
      name: 'Ada',
      lifetime_value: '65.8999',
      window_revenue: '38.8998',
      lifetime_orders: '4',
      window_orders: '3',
      first_order_day: '2026-03-28',
      last_order_day: '2026-04-25',
      days_since_last_order: 1,
      average_order_value: '16.4750',
      orders_per_30d: (30 * 3) / 28,
      acquisition_cohort: '2026-03',
      distinct_products: '3',
      churn_risk: 'low',
      value_tier: 'occasional',
      favourite_category: 'Kitchen',
      open_value: '0.0000',
    });
    // units: sold 3 + 0.5 + 3 + 1 + 3, refunded 1 + 1
    expect((await customer(1))?.return_rate).toBeCloseTo(2 / 10.5, 15);
  });

  it('leaves a user without orders with zeros and NULLs', async () => {
    for (const id of [2, 3])
      expect(await customer(id)).toMatchObject({
        lifetime_value: '0.0000',
        window_revenue: '0.0000',
        lifetime_orders: '0',
        window_orders: '0',
        first_order_day: null,
        last_order_day: null,
        average_order_value: null,
        orders_per_30d: null,
        days_since_last_order: null,
        recency_score: null,
        frequency_score: null,
        monetary_score: null,
        rfm_segment: 'prospect',
        value_tier: 'new',
        churn_risk: null,
        acquisition_cohort: null,
        distinct_products: '0',
        favourite_category: null,
        return_rate: null,
      });
  });

  it('puts pending and cancelled orders beside, gross', async () => {
    expect(await customer(11)).toMatchObject({
      open_value: '20.0000',
      cancelled_value: '50.0000',
      lifetime_value: '0.0000',
      lifetime_orders: '0',
      rfm_segment: 'prospect',
    });
  });

  it('knows who returned everything, but not before as_of', async () => {
    expect(await customer(10)).toMatchObject({
      lifetime_value: '0.0000',
      lifetime_orders: '1',
      rfm_segment: 'returned_only',
      return_rate: 1,
      favourite_category: 'Garden',
    });
    expect(await customer(18)).toMatchObject({ lifetime_value: '8.0000', return_rate: 0 });
    expect(await customer(12)).toMatchObject({
      lifetime_value: '-2.0000',
      return_rate: null,
      favourite_category: 'Kitchen',
      average_order_value: '-2.0000',
    });
  });

  it.each([
    [7, 90, 'medium'],
    [8, 91, 'high'],
    [9, 45, 'low'],
    [17, 46, 'medium'],
    [15, 93, 'medium'],
    [16, 94, 'high'],
  ])('judges the churn risk of customer %i, %i days away, as %s', async (id, days, risk) => {
    expect(await customer(id)).toMatchObject({ days_since_last_order: days, churn_risk: risk });
  });

  it.each([
    [7, 'occasional'],
    [8, 'new'],
    [9, 'regular'],
    [17, 'occasional'],
    [13, 'vip'],
    [14, 'regular'],
    [19, 'regular'],
    [15, 'occasional'],
  ])('puts customer %i into tier %s', async (id, tier) => {
    expect((await customer(id))?.value_tier).toBe(tier);
  });

  it('scores by fifths of those with orders, equal values alike', async () => {
    const rows = await session.rows(`SELECT user_id, lifetime_orders, frequency_score FROM customer_metrics
      WHERE lifetime_orders > 0 ORDER BY lifetime_orders, user_id`);
    // 13 customers: seven and Lou with one order (rank 1), two with two (rank 8), four (10), nine (11), ten twice (12)
    expect(rows.map((row) => [Number(row.lifetime_orders), row.frequency_score])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
      [2, 1 + Math.floor((5 * 7) / 13)],
      [2, 1 + Math.floor((5 * 7) / 13)],
      [4, 1 + Math.floor((5 * 9) / 13)],
      [9, 1 + Math.floor((5 * 10) / 13)],
      [10, 1 + Math.floor((5 * 11) / 13)],
      [10, 5],
    ]);
    expect(await customer(13)).toMatchObject({ recency_score: 4, monetary_score: 5, rfm_segment: 'champion' });
  });
});
