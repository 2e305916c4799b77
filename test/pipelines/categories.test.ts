/** category_metrics, and what of the categories is told. as_of is 2026-04-26, the window begins at 2026-03-29. */
import type { Session } from './models';
import { inShop, openShop, type Shop } from './small-shop';

const at = (day: string) => `${day}T12:00:00+02:00`;
const SHOP: Shop = {
  orders: [
    [1, 1, 'paid', at('2026-04-20')],
    [2, 1, 'paid', at('2026-04-21')],
    [3, 2, 'paid', at('2026-03-28')], // the last day of the window before
    [4, 999, 'paid', at('2026-04-22')], // an unknown user
    [5, 3, 'cancelled', at('2026-04-22')],
    [6, 3, 'paid', at('2026-04-26')], // as_of
    [7, 4, 'paid', at('2026-01-10')], // before both windows
    [8, 5, 'paid', at('2026-02-28')], // the day before the window before
    [9, 6, 'paid', at('2026-03-01')], // its first
  ],
  items: [
    [1, 1, 1, 2, 10],
    [1, 2, 2, 1, 5], // the same category once more: one order
    [1, 3, 3, 1, 30],
    [2, 1, 1, 1, 10],
    [3, 1, 1, 4, 10],
    [4, 1, 2, 1, 5],
    [5, 1, 1, 1, 10],
    [6, 1, 1, 1, 10],
    [7, 1, 4, 1, 100],
    [8, 1, 1, 1, 10],
    [9, 1, 6, 3, 20],
    [2, 2, 888, 1, 77], // of no known product
  ],
  refunds: [
    [1, 3, 1, 1, 10, at('2026-04-20')],
    [2, 1, 3, 1, 50, at('2026-04-23')],
    [3, 7, 1, null, 10, at('2026-03-10')], // leaves less than nothing in the window before
  ],
  users: [1, 2, 3, 4, 5, 6].map((user_id) => ({ user_id })),
  products: [
    { product_id: 1, category: 'Tea', unit_cost: '3.3333' },
    { product_id: 2, category: 'Tea' },
    { product_id: 3, category: 'Cups', unit_cost: 20 },
    { product_id: 4, unit_cost: 40 },
    { product_id: 5, category: 'Never', unit_cost: 1 },
    { product_id: 6, category: 'Free' },
  ],
};

describe('category_metrics', () => {
  let session: Session;
  const category = async (name: string | null) =>
    (await session.rows(`FROM category_metrics WHERE category IS NOT DISTINCT FROM ${name ? `'${name}'` : 'NULL'}`))[0];
  beforeAll(async () => {
    session = await openShop(SHOP);
  });
  afterAll(() => session.close());

  it('has a row for each category, and one for products without', async () => {
    const rows = await session.rows('SELECT category, products FROM category_metrics ORDER BY category NULLS FIRST');
    expect(rows.map((row) => Object.values(row))).toEqual([
      [null, '1'],
      ['Cups', '1'],
      ['Free', '1'],
      ['Never', '1'],
      ['Tea', '2'],
    ]);
  });

  it('counts orders and customers once, money net, and profit of products with a cost', async () => {
    const tea = await category('Tea');
    expect(tea).toMatchObject({
      lifetime_units: '10.000', // 2 + 1 + 1 + 4 + 1 + 1
      lifetime_orders: '5', // also the unknown user's
      lifetime_customers: '3',
      lifetime_revenue: '80.0000', // 20 + 5 + 10 + 40 + 5 + 10 - 10
      lifetime_costed_revenue: '70.0000',
      lifetime_profit: '46.6669', // 70 - 3.3333 x (8 - 1), rounded per product
      window_units: '5.000',
      window_orders: '3',
      window_customers: '1',
      window_revenue: '30.0000', // 20 + 5 + 10 + 5 - 10
      window_costed_revenue: '20.0000',
      window_profit: '13.3334', // 20 - 3.3333 x (3 - 1)
    });
    expect(tea?.lifetime_margin).toBeCloseTo(46.6669 / 70, 15);
    expect(tea?.window_margin).toBeCloseTo(13.3334 / 20, 15);
  });

  it('knows no margin where nothing was earned, and no profit without costs', async () => {
    expect(await category('Cups')).toMatchObject({
      lifetime_revenue: '-20.0000',
      lifetime_profit: '-20.0000', // 1 - 1 units cost nothing
      lifetime_margin: null,
      window_revenue: '-20.0000',
      window_margin: null,
      window_share: 0,
    });
    expect(await category('Never')).toMatchObject({
      lifetime_units: '0.000',
      lifetime_orders: '0',
      lifetime_customers: '0',
      lifetime_costed_revenue: '0.0000',
      lifetime_profit: '0.0000',
      lifetime_margin: null,
      window_profit: '0.0000',
    });
    expect(await category('Free')).toMatchObject({
      lifetime_revenue: '60.0000',
      lifetime_costed_revenue: '0.0000',
      lifetime_profit: null,
      lifetime_margin: null,
      window_profit: null,
    });
    expect(await category(null)).toMatchObject({ lifetime_revenue: '90.0000', lifetime_profit: '50.0000' });
  });

  it('shares positive revenue among all, and compares with the window before', async () => {
    // Now Tea 30 of 30, since Cups' -20 counts as 0; before Tea 40 and Free 60, what has no category -10.
    expect(await category('Tea')).toMatchObject({ window_share: 1, previous_window_share: 0.4 });
    expect((await category('Tea'))?.share_change_points).toBeCloseTo(60, 12);
    expect(await category('Free')).toMatchObject({
      window_share: 0,
      previous_window_share: 0.6,
      share_change_points: -60,
    });
    expect(await category(null)).toMatchObject({ window_share: 0, previous_window_share: 0, share_change_points: 0 });
  });
});

it('knows no share of nothing', async () => {
  const sql = 'SELECT window_share, previous_window_share, share_change_points FROM category_metrics';
  const none: Shop = { products: [{ product_id: 1, category: 'Tea' }] };
  expect(await inShop(none, sql)).toEqual([
    { window_share: null, previous_window_share: null, share_change_points: null },
  ]);
  const fresh: Shop = { ...none, orders: [[1, 1, 'paid', at('2026-04-20')]], items: [[1, 1, 1, 1, 10]] };
  expect(await inShop(fresh, sql)).toEqual([
    { window_share: 1, previous_window_share: null, share_change_points: null },
  ]);
  expect(await inShop(fresh, "FROM insights WHERE kind = 'category_shift'")).toEqual([]);
});

type Item = NonNullable<Shop['items']>[number];
/** Revenue of two categories in the window before and in the window, and what remains without a category. */
const shifting = (before: [string, string], now: [string, string], none: [string, string] = ['0', '0']): Shop => ({
  orders: [
    [1, 1, 'paid', at('2026-03-20')],
    [2, 1, 'paid', at('2026-04-20')],
  ],
  items: [
    ...[...before, none[0]].map((price, index): Item => [1, index + 1, index + 1, 1, price]),
    ...[...now, none[1]].map((price, index): Item => [2, index + 1, index + 1, 1, price]),
  ],
  products: [{ product_id: 1, category: 'A' }, { product_id: 2, category: 'B' }, { product_id: 3 }],
});

it.each<{ is: string; shop: Shop; hits: [string, string][] }>([
  { is: 'exactly five points', shop: shifting(['50', '50'], ['55', '45']), hits: [] },
  {
    is: 'a ten-thousandth more',
    shop: shifting(['50', '50'], ['55.0001', '44.9999']),
    hits: [
      // 5.0001 each: by name
      ['A', '5.0001'],
      ['B', '5.0001'],
    ],
  },
  { is: 'five points that DOUBLEs see as more', shop: shifting(['0.7', '0.3'], ['0.75', '0.25']), hits: [] },
  {
    is: 'much, in a shop that halved',
    shop: shifting(['60', '40'], ['20', '30']),
    hits: [
      ['A', '40.0000'],
      ['B', '10.0000'],
    ],
  },
  {
    is: 'what has no category',
    shop: shifting(['50', '0'], ['50', '0'], ['50', '1000']),
    hits: [['A', '0.0000']],
  },
])('tells a shift of more than five points: $is', async ({ shop, hits }) => {
  const rows = await inShop(shop, "FROM insights WHERE kind = 'category_shift' AND subject_id IS NOT NULL");
  expect(rows.map(({ subject_id, money }) => [subject_id, money])).toEqual(hits);
  for (const row of rows)
    expect(row).toMatchObject({ severity: 'warning', subject_type: 'category', owner: 'category management' });
});

it('says how a share has shifted', async () => {
  const [row] = await inShop(shifting(['60', '40'], ['20', '30']), "FROM insights WHERE subject_id = 'A'");
  expect(row?.title).toBe('Category A went from 60.0 % to 40.0 % of revenue.');
  expect(JSON.parse(String(row?.evidence))).toEqual({
    window_revenue: 20,
    previous_window_revenue: 60,
    window_share: 0.4,
    previous_window_share: 0.6,
    share_change_points: expect.closeTo(-20, 10),
  });
});
