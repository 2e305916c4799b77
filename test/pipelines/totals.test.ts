import { HAND_MADE } from './hand-made-shop';
import type { Session } from './models';
import { AS_OF, FROM, inShop, openShop, type Shop } from './small-shop';

let session: Session;
beforeAll(async () => {
  session = await openShop(HAND_MADE);
});
afterAll(() => session.close());

describe('totals', () => {
  it('keeps what cannot be attributed, by reason', async () => {
    expect(await session.rows('FROM unattributed ORDER BY reason')).toEqual([
      { reason: 'no_product', lines: '1', orders: '1', revenue: '0.9000' },
      { reason: 'no_user', lines: '1', orders: '1', revenue: '3.0000' },
      { reason: 'unknown_product', lines: '1', orders: '1', revenue: '3.0000' },
      { reason: 'unknown_user', lines: '1', orders: '1', revenue: '7.0000' },
    ]);
  });

  it('reconciles to the last place', async () => {
    const rows = await session.rows('SELECT figure, computed, difference FROM reconciliation ORDER BY figure');
    // gross: 85.9001 + 0 + 7 + 3 + 10 + 1199.9998 + 4 + 8 + 1000 + 9000 + 999.9999, refunds 20.0002 + 2 + 10
    expect(rows).toEqual(
      ['customer', 'day', 'product'].map((by) => ({
        figure: `revenue_by_${by}`,
        computed: '12285.8996',
        difference: '0.0000',
      })),
    );
  });

  it('shows each day of the window, with the day that has 23 hours', async () => {
    const rows = await session.rows('FROM daily_revenue ORDER BY day');
    expect(rows).toHaveLength(28);
    expect(rows[0]).toEqual({
      day: '2026-03-29',
      gross: '18.9000',
      refunds: '0.0000',
      revenue: '18.9000',
      orders: '1',
      customers: '1',
      new_customers: '0',
      units: '3.000',
    });
    expect(rows[1]).toMatchObject({ day: '2026-03-30', gross: '0.0000', orders: '0', units: '0.000' });
    expect(rows[4]).toMatchObject({
      day: '2026-04-02',
      gross: '10.0000',
      orders: '3',
      customers: '1',
      new_customers: '1',
    });
    expect(rows[12]).toMatchObject({
      day: '2026-04-10',
      gross: '1199.9999',
      refunds: '10.0000',
      revenue: '1189.9999',
      orders: '3',
      customers: '3',
      new_customers: '3',
    });
    expect(rows[27]).toMatchObject({ day: '2026-04-25', gross: '10.0000', refunds: '9.0000', revenue: '1.0000' });
  });

  it('sums the window up beside the one before it', async () => {
    const [summary] = await session.rows('FROM executive_summary');
    expect(summary).toMatchObject({
      as_of: AS_OF,
      window_from: FROM,
      window_to: AS_OF,
      gross: '11086.8999',
      previous_gross: '1027.0000',
      refunds: '32.0002',
      previous_refunds: '0.0000',
      refunds_change: null,
      revenue: '11054.8997',
      orders: '37',
      previous_orders: '3',
      active_customers: '7',
      previous_active_customers: '3',
      new_customers: '6',
      previous_new_customers: '3',
      average_order_value: '298.7811',
      previous_average_order_value: '342.3333',
      customers: '17',
      top_category: 'Attic',
      products_to_reorder: '1',
      customers_at_high_risk: '2',
      revenue_at_risk: '101.9999',
      mean_lifetime_value: '944.3000',
    });
    expect(summary?.orders_change).toBe(34 / 3);
    // With a cost: 1 (32.6666 - 2.0001 x 3.666), 3 (6.6666 - 0.667), 4 (-2 + 1), 5 (8 - 0.5), 6 (1000 - 500), 7 (9999.9999 - 11400)
    expect(summary?.profit).toBe('-862.1663');
    expect(summary?.previous_profit).toBe('20.9997');
    expect(summary?.previous_margin).toBeCloseTo(20.9997 / 27, 15);
    expect(summary?.margin_change_points as number).toBeCloseTo(100 * (-862.1663 / 11045.3331 - 20.9997 / 27), 10);
  });
});

it('reconciles what is dated before as_of but belongs to an order after it', async () => {
  const shop: Shop = {
    orders: [
      [1, 1, 'refunded', '2026-04-26T12:00:00Z', 'EUR', '2026-04-20T12:00:00Z'],
      [2, 1, 'paid', '2026-04-26T12:00:00Z'],
      [3, 1, 'paid', '2026-04-25T12:00:00Z'],
    ],
    items: [1, 2, 3].map((order) => [order, 1, 1, 1, order]),
    refunds: [[1, 2, 1, 1, 2, '2026-04-20T12:00:00Z']],
    users: [{ user_id: 1 }],
    products: [{ product_id: 1 }],
  };
  expect(await inShop(shop, 'SELECT DISTINCT computed, difference FROM reconciliation')).toEqual([
    { computed: '3.0000', difference: '0.0000' },
  ]);
});

it('takes refunds off the reason that their line stands under', async () => {
  const at = '2026-04-20T12:00:00+02:00';
  const rows = await inShop(
    {
      orders: [
        [1, 999, 'paid', at],
        [2, null, 'paid', at],
        [3, 1, 'paid', at],
        [4, 999, 'paid', at],
        [5, null, 'cancelled', at],
        [6, 999, 'paid', '2026-04-26T00:00:00+02:00'],
      ],
      items: [
        [1, 1, 1, 1, 10],
        [2, 1, 1, 1, 20],
        [2, 2, 1, 1, 3],
        [3, 1, 888, 1, 30],
        [3, 2, null, 1, 40],
        [3, 3, 889, 1, 1],
        [4, 1, 888, 1, 50], // under two reasons
        [5, 1, null, 1, 60],
        [6, 1, 888, 1, 70],
      ],
      refunds: [
        [1, 1, 1, 1, 4, at],
        [2, 2, 1, 1, 5, at],
        [3, 3, 1, 1, 6, at],
        [4, 3, 2, 1, 7, at],
        [5, 4, 1, 1, 8, at],
        [6, 4, 1, 1, 1, '2026-04-26T00:00:00+02:00'],
      ],
      users: [{ user_id: 1 }],
      products: [{ product_id: 1 }],
    },
    'FROM unattributed ORDER BY reason',
  );
  expect(rows).toEqual([
    { reason: 'no_product', lines: '1', orders: '1', revenue: '33.0000' }, // 40 - 7
    { reason: 'no_user', lines: '2', orders: '1', revenue: '18.0000' }, // 20 + 3 - 5
    { reason: 'unknown_product', lines: '3', orders: '2', revenue: '67.0000' }, // 30 + 1 + 50 - 6 - 8
    { reason: 'unknown_user', lines: '2', orders: '2', revenue: '48.0000' }, // 10 + 50 - 4 - 8
  ]);
});
