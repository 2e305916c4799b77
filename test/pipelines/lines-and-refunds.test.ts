import { HAND_MADE } from './hand-made-shop';
import type { Session } from './models';
import { inShop, openShop, type Shop } from './small-shop';

let session: Session;
beforeAll(async () => {
  session = await openShop(HAND_MADE);
});
afterAll(() => session.close());

describe('lines and refunds', () => {
  it('rounds an amount once, half away from zero, after the rate', async () => {
    const rows = await session.rows(
      'SELECT order_id, line_no, amount, day FROM order_lines WHERE order_id IN (1, 2) ORDER BY ALL',
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['1', 1, '27.0000', '2026-03-28'],
      ['1', 2, '0.0001', '2026-03-28'],
      ['2', 1, '18.0000', '2026-03-29'],
      ['2', 2, '0.9000', '2026-03-29'],
    ]);
  });

  it('spreads a refund over the lines, the rest to the dearest or the first', async () => {
    const rows = await session.rows(
      `SELECT line_no, amount, units, day FROM refund_lines WHERE order_id = 5 ORDER BY ALL`,
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      [1, '0.0000', '0.000', '2026-04-20'], // 0.0001 minus the rest of 0.0001
      [1, '3.3334', '0.334', '2026-04-20'],
      [2, '0.0001', '0.000', '2026-04-20'],
      [2, '1.0000', '0.000', '2026-04-01'], // refunded before it was ordered: counts on the order's day
      [2, '3.3333', '0.333', '2026-04-20'],
      [3, '0.0001', '0.000', '2026-04-20'],
      [3, '3.3333', '0.333', '2026-04-20'],
    ]);
  });

  it('gives all of it to the lowest line when the lines sum to 0', async () => {
    const rows = await session.rows('SELECT line_no, amount, units FROM refund_lines WHERE order_id = 6 ORDER BY ALL');
    expect(rows.map((row) => Object.values(row))).toEqual([
      [3, '2.0000', '1.000'],
      [5, '0.0000', '0.000'],
    ]);
  });

  it('refunds an order in status refunded as a whole, and never a cancelled one', async () => {
    const rows = await session.rows(
      'SELECT order_id, amount, units, day FROM refund_lines WHERE order_id IN (9, 10, 21) ORDER BY 1',
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['9', '10.0000', '4.000', '2026-04-10'],
      ['21', '8.0000', '1.000', '2026-04-28'],
    ]);
  });

  it('takes the latest rate of seven days, and none that is older', async () => {
    const days = await session.rows("SELECT day, rate FROM fx_days WHERE day >= '2026-03-28' ORDER BY day LIMIT 3");
    expect(days.map((row) => Object.values(row))).toEqual([
      ['2026-03-28', '0.90000000'],
      ['2026-03-29', '0.90000000'],
      ['2026-03-30', '0.10000000'],
    ]);
    expect(await session.rows("SELECT rate FROM fx_days WHERE day = '2026-04-06'")).toEqual([{ rate: '0.10000000' }]);
    expect(await session.rows("FROM fx_days WHERE day = '2026-04-07'")).toEqual([]);
  });
});

const at = (day: string) => `2026-04-${day}T12:00:00+02:00`;
/** Refunds of a shop with one customer and one product. */
const refundsOf = async (shop: Shop) => {
  const known = { users: [{ user_id: 1 }], products: [{ product_id: 1 }] };
  const sql = 'SELECT order_id::INTEGER, line_no, amount, units, day FROM refund_lines ORDER BY ALL';
  return (await inShop({ ...known, ...shop }, sql)).map((row) => Object.values(row));
};

it('gives the rest of the money to the dearest line and the rest of the units to the fullest', async () => {
  const rows = await refundsOf({
    orders: [[1, 1, 'paid', at('10')]],
    items: [
      [1, 1, 1, 1, 100],
      [1, 2, 1, 1, 1],
      [1, 3, 1, 4, '0.5'],
    ],
    refunds: [[1, 1, null, 1, 2, at('12')]],
  });
  // of 103: 1.9417 + 0.0194 + 0.0388 leave 0.0001; of 6 units: 0.167 + 0.167 + 0.667 leave -0.001
  expect(rows).toEqual([
    [1, 1, '1.9418', '0.167', '2026-04-12'],
    [1, 2, '0.0194', '0.167', '2026-04-12'],
    [1, 3, '0.0388', '0.666', '2026-04-12'],
  ]);
});

it('spreads money and units apart where lines cost nothing', async () => {
  const rows = await refundsOf({
    orders: [[1, 1, 'paid', at('10')]],
    items: [
      [1, 1, 1, 1, 100, '1'],
      [1, 2, 1, 3, 100, '1'],
    ],
    refunds: [[1, 1, null, 2, 7, at('12')]],
  });
  expect(rows).toEqual([
    [1, 1, '7.0000', '0.500', '2026-04-12'],
    [1, 2, '0.0000', '1.500', '2026-04-12'],
  ]);
});

it('gives the money to the lowest line where lines cancel each other out, and the units to the fullest', async () => {
  const rows = await refundsOf({
    orders: [[1, 1, 'paid', at('10')]],
    items: [
      [1, 1, 1, -1, 5],
      [1, 2, 1, 1, 5],
    ],
    refunds: [[1, 1, null, 2, 7, at('12')]],
  });
  expect(rows).toEqual([
    [1, 1, '7.0000', '0.000', '2026-04-12'],
    [1, 2, '0.0000', '2.000', '2026-04-12'],
  ]);
});

it('refunds a whole order on the day of its change, or on its own when that is later', async () => {
  const rows = await refundsOf({
    orders: [
      [1, 1, 'refunded', at('10'), 'EUR', at('15')],
      [2, 1, 'refunded', at('10'), 'EUR', at('05')],
      [3, 1, 'refunded', at('10'), 'EUR', at('15')], // has a refund of half
      [4, 1, 'refunded', at('10'), 'EUR', at('15')], // has one after as_of
      [5, 1, 'pending', at('10')],
    ],
    items: [1, 2, 3, 4, 5].map((order) => [order, 1, 1, 2, 10]),
    refunds: [
      [1, 3, 1, 1, 10, at('20')],
      [2, 4, 1, null, 20, '2026-05-01T12:00:00+02:00'],
      [3, 5, 1, 1, 10, at('20')],
      [4, 77, 1, 1, 10, at('20')], // of no order
    ],
  });
  expect(rows).toEqual([
    [1, 1, '20.0000', '2.000', '2026-04-15'],
    [2, 1, '20.0000', '2.000', '2026-04-10'],
    [3, 1, '10.0000', '1.000', '2026-04-20'],
    [4, 1, '20.0000', '0.000', '2026-05-01'],
  ]);
});
