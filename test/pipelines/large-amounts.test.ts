/** Amounts as large as the checks of the sources let through. */
import type { Session } from './models';
import { inShop, openShop, type Shop } from './small-shop';

const at = '2026-04-20T12:00:00+02:00';
const KNOWN: Shop = { users: [{ user_id: 1 }, { user_id: 2 }], products: [{ product_id: 1 }, { product_id: 2 }] };

describe('ten thousand lines of a billion', () => {
  let session: Session;
  beforeAll(async () => {
    // Orders of a hundred lines: of one that costs a billion, or of a billion that cost one.
    const orders = Array.from({ length: 100 }, (_, index) => index + 1);
    session = await openShop({
      orders: orders.map((order) => [order, 1 + (order % 2), order === 3 ? 'refunded' : 'paid', at]),
      items: orders.flatMap((order) =>
        orders.map((line) =>
          order % 2 === 1
            ? ([order, line, 1, 1, 1_000_000_000] as const)
            : ([order, line, 2, 1_000_000_000, 1] as const),
        ),
      ),
      refunds: [
        [1, 1, null, 1_000_000_000, 1_000_000_000, at],
        [2, 2, null, null, 1_000_000_000, at],
      ],
      users: [{ user_id: 1 }, { user_id: 2 }],
      products: [
        { product_id: 1, unit_cost: 1, stock: 1_000_000_000, reorder_level: 1_000_000_000 },
        { product_id: 2, unit_cost: 1, stock: 1_000_000_000, lead_time_days: 2_147_483_647 },
      ],
    });
  });
  afterAll(() => session.close());

  it('sum exactly', async () => {
    expect(await session.rows('SELECT DISTINCT computed, difference FROM reconciliation')).toEqual([
      { computed: '9898000000000.0000', difference: '0.0000' }, // less a whole order and two refunds
    ]);
    expect(
      await session.rows(`SELECT lifetime_units, lifetime_revenue, average_selling_price, stockout_risk
        FROM product_metrics ORDER BY product_id`),
    ).toEqual([
      {
        lifetime_units: '5000.000',
        lifetime_revenue: '4899000000000.0000',
        average_selling_price: '1000000000.0000',
        stockout_risk: 'low',
      },
      {
        lifetime_units: '5000000000000.000',
        lifetime_revenue: '4999000000000.0000',
        average_selling_price: '1.0000',
        stockout_risk: 'high',
      },
    ]);
    expect(await session.rows('SELECT revenue, average_order_value FROM executive_summary')).toEqual([
      { revenue: '9898000000000.0000', average_order_value: '98980000000.0000' },
    ]);
  });

  it('spread a refund over their order', async () => {
    const sql = `SELECT DISTINCT amount, units FROM refund_lines WHERE order_id = 1`;
    expect(await session.rows(sql)).toEqual([{ amount: '10000000.0000', units: '10000000.000' }]);
  });
});

it('holds the largest line at the largest rate', async () => {
  const shop: Shop = {
    ...KNOWN,
    orders: [[1, 1, 'paid', at, 'USD']],
    items: [[1, 1, 1, '0.001', 1_000_000_000]],
    refunds: [[1, 1, null, 1, 1_000_000_000, at]],
    rates: [['USD', '2026-04-20', 99_999]],
  };
  expect(
    await inShop(shop, 'SELECT lifetime_revenue, average_selling_price FROM product_metrics WHERE product_id = 1'),
  ).toEqual([{ lifetime_revenue: '-99899001000000.0000', average_selling_price: '99999000000000.0000' }]);
});
