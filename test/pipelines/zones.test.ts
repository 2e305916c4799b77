/** Days of zones whose midnight comes twice, or never. */
import { openShop, type Shop } from './small-shop';

const HOUR = 3_600_000;
const plus = (instant: string, hours: number) => new Date(Date.parse(instant) + hours * HOUR).toISOString();
const dayBefore = (day: string) => plus(day, -24).slice(0, 10);

describe.each([
  { zone: 'Atlantic/Azores', day: '2025-10-26', midnight: '2025-10-26T00:00:00Z' },
  { zone: 'America/Havana', day: '2025-11-02', midnight: '2025-11-02T04:00:00Z' },
])('$zone, where clocks go back over midnight', ({ zone, day, midnight }) => {
  const shop: Shop = {
    zone,
    from: dayBefore(day),
    orders: [
      [1, 1, 'paid', plus(midnight, -0.5)],
      [2, 1, 'paid', plus(midnight, 0.5)], // half past midnight
      [3, 1, 'paid', plus(midnight, 1.5)], // and once more
      [4, 1, 'paid', plus(midnight, 24.9)], // the day has 25 hours
      [5, 1, 'paid', plus(midnight, 25)],
      [6, 1, 'refunded', plus(midnight, -1), 'EUR', plus(midnight, 0.5)],
    ],
    items: [1, 2, 3, 4, 5, 6].map((order) => [order, 1, 1, 1, 10 ** order]),
    refunds: [[1, 1, 1, null, 5, plus(midnight, 0.5)]],
    users: [{ user_id: 1 }],
    products: [{ product_id: 1 }],
  };

  it.each([
    { asOf: day, revenue: '1000010.0000' }, // 1 and 6, whose refunds are of the next day
    { asOf: plus(day, 24).slice(0, 10), revenue: '11105.0000' }, // 1 to 4, less 5
  ])('reconciles as of $asOf', async ({ asOf, revenue }) => {
    const session = await openShop({ ...shop, asOf });
    expect(await session.rows('SELECT DISTINCT computed, difference FROM reconciliation')).toEqual([
      { computed: revenue, difference: '0.0000' },
    ]);
    session.close();
  });

  it('gives both hours after midnight to the new day', async () => {
    const session = await openShop({ ...shop, asOf: plus(day, 24).slice(0, 10) });
    expect(await session.rows('SELECT day, gross, refunds FROM daily_revenue ORDER BY day')).toEqual([
      { day: dayBefore(day), gross: '1000010.0000', refunds: '0.0000' },
      { day, gross: '11100.0000', refunds: '1000005.0000' },
    ]);
    session.close();
  });
});

it.each([
  { zone: 'Africa/Cairo', day: '2025-04-25', gap: '2025-04-24T22:00:00Z' },
  { zone: 'Asia/Beirut', day: '2025-03-30', gap: '2025-03-29T22:00:00Z' },
  { zone: 'America/Sao_Paulo', day: '2018-11-04', gap: '2018-11-04T03:00:00Z' },
])('begins $day in $zone at one in the morning, for there is no midnight', async ({ zone, day, gap }) => {
  const session = await openShop({
    zone,
    from: dayBefore(day),
    asOf: day,
    orders: [
      [1, 1, 'paid', plus(gap, -1 / 3600)],
      [2, 1, 'paid', gap],
    ],
    items: [
      [1, 1, 1, 1, 10],
      [2, 1, 1, 1, 100],
    ],
    users: [{ user_id: 1 }],
    products: [{ product_id: 1 }],
  });
  expect(await session.rows('SELECT day, gross FROM daily_revenue')).toEqual([
    { day: dayBefore(day), gross: '10.0000' },
  ]);
  expect(await session.rows('SELECT DISTINCT computed, difference FROM reconciliation')).toEqual([
    { computed: '10.0000', difference: '0.0000' },
  ]);
  session.close();
});
