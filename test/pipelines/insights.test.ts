/** insights: who is told of, by which rule, in which order. as_of is 2026-04-26, the window begins at 2026-03-29. */
import { inShop, type Shop } from './small-shop';

type Purchase = readonly [user: number, day: string, price: string | number, product?: number, quantity?: number];
const at = (day: string) => `${day}T12:00:00Z`;
/** An order for each purchase. */
const shopOf = (purchases: readonly Purchase[], more: Shop = {}): Shop => ({
  orders: purchases.map(([user, day], index) => [index + 1, user, 'paid', at(day)]),
  items: purchases.map(([, , price, product = 1, quantity = 1], index) => [index + 1, 1, product, quantity, price]),
  users: [...new Set(purchases.map(([user]) => user))].map((user_id) => ({ user_id })),
  products: [{ product_id: 1, category: 'Tea' }],
  ...more,
});
const told = async (kind: string, shop: Shop) => await inShop(shop, `FROM insights WHERE kind = '${kind}'`);
/** Subject, severity and money of each row about one subject. */
const subjects = async (kind: string, shop: Shop) =>
  (await told(kind, shop)).slice(1).map((row) => [row.subject_id, row.severity, row.money]);

describe('churn_high_value', () => {
  const shop = shopOf([
    [1, '2025-06-01', 499.9999], // regular is from 500 on, or by five orders
    [2, '2025-06-01', 500],
    [3, '2026-01-26', 600], // 90 days away are not too many
    [4, '2026-01-25', 600],
    ...Array.from({ length: 10 }, (): Purchase => [5, '2025-06-01', 100]),
    ...Array.from({ length: 5 }, (): Purchase => [6, '2025-06-01', 0]),
  ]);
  it('tells of valuable customers who may be lost, the most valuable first', async () => {
    expect(await subjects('churn_high_value', shop)).toEqual([
      ['5', 'critical', '1000.0000'],
      ['4', 'warning', '600.0000'],
      ['2', 'warning', '500.0000'],
      ['6', 'warning', '0.0000'],
    ]);
  });
  it('begins with all of them together, as bad as the worst', async () => {
    const [all, first] = await told('churn_high_value', shop);
    expect(all).toEqual({
      kind: 'churn_high_value',
      severity: 'critical',
      subject_type: 'customer',
      subject_id: null,
      money: '2100.0000',
      title: 'Valuable customers who seem to leave: 4 (lifetime value 2,100.00 EUR).',
      evidence: '{"count": 4, "money": 2100.0000}',
      recommendation: 'Get in touch in person, and ask what is missing.',
      owner: 'customer success',
    });
    expect(first).toMatchObject({
      title: 'Customer 5, worth 1,000.00 EUR so far, has not ordered for 329 days.',
      recommendation: all?.recommendation,
      owner: 'customer success',
    });
    expect(JSON.parse(String(first?.evidence))).toEqual({
      lifetime_value: 1000,
      lifetime_orders: 10,
      days_since_last_order: 329,
    });
  });
  it('is a warning where no vip is among them', async () => {
    expect((await told('churn_high_value', shopOf([[2, '2025-06-01', 500]])))[0]).toMatchObject({
      severity: 'warning',
      evidence: '{"count": 1, "money": 500.0000}',
    });
  });
});

it('shows twenty of them, by money and then by id as a number, and counts all', async () => {
  const many = Array.from({ length: 25 }, (_, index): Purchase => [25 - index, '2025-06-01', index < 2 ? 900 : 600]);
  const rows = await told('churn_high_value', shopOf(many));
  expect(rows.map(({ subject_id }) => subject_id)).toEqual([
    null,
    '24', // 900 as 25
    '25',
    ...Array.from({ length: 18 }, (_, index) => String(index + 1)),
  ]);
  expect(rows[0]?.evidence).toBe('{"count": 25, "money": 15600.0000}');
});

it('orders ids that are texts by code point', async () => {
  const shop = shopOf([]);
  const users = ['b', 'B', '10', '9'];
  const rows = await subjects('churn_high_value', {
    ...shop,
    types: { user_id: 'VARCHAR' },
    users: users.map((user_id) => ({ user_id })),
    orders: users.map((user, index) => [index + 1, user, 'paid', at('2025-06-01')]),
    items: users.map((_, index) => [index + 1, 1, 1, 1, 700]),
  });
  expect(rows.map(([id]) => id)).toEqual(['10', '9', 'B', 'b']);
});

it('one_time_new: one order, 31 to 60 days ago inclusive', async () => {
  const shop = shopOf(
    [
      [1, '2026-03-27', 10], // 30
      [2, '2026-03-26', 10], // 31
      [3, '2026-02-25', 20], // 60
      [4, '2026-02-24', 10], // 61
      [5, '2026-03-10', 10],
      [5, '2026-03-11', 10],
    ],
    // A user is told by name.
    { users: [1, 2, 3, 4, 5].map((user_id) => ({ user_id, name: user_id === 3 ? "O'Neil, Ada" : '' })) },
  );
  expect(await subjects('one_time_new', shop)).toEqual([
    ['3', 'info', '20.0000'],
    ['2', 'info', '10.0000'],
  ]);
  expect((await told('one_time_new', shop)).map(({ title }) => title)).toEqual([
    'New customers who have not come back yet: 2 (lifetime value 30.00 EUR).',
    "Customer 3 (O'Neil, Ada) ordered once, 60 days ago, which brought 20.00 EUR.",
    'Customer 2 ordered once, 31 days ago, which brought 10.00 EUR.',
  ]);
});

it('win_back: opted in, at risk or hibernating, occasional or better', async () => {
  // 1 to 5 ordered long ago, 6 to 10 just now: the first five have the lowest recency.
  const purchases: Purchase[] = [
    [1, '2025-06-01', 100],
    [2, '2025-06-01', 99.9999], // new
    [3, '2025-06-01', 150], // not opted in
    [4, '2025-06-01', 5000], // at risk
    [5, '2025-06-01', 130],
    [5, '2025-06-01', 20], // refunded below 0
    ...[6, 7, 8, 9, 10].map((user): Purchase => [user, '2026-04-20', 200 + user]),
  ];
  const shop = shopOf(purchases, {
    users: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((user_id) => ({ user_id, marketing_opt_in: user_id !== 3 })),
    refunds: [[1, 5, 1, null, 200, at('2025-06-02')]],
  });
  expect(await subjects('win_back', shop)).toEqual([
    ['4', 'info', '5000.0000'],
    ['1', 'info', '100.0000'],
  ]);
});

describe('products', () => {
  it('reorder: critical when what sells is gone', async () => {
    const level = { stock: 0, reorder_level: 5 };
    const shop = shopOf(
      [
        [1, '2026-04-20', 10, 1],
        [1, '2026-03-28', 10, 2], // 29 days ago
        [1, '2026-04-20', 30, 3],
        [1, '2026-04-20', 10, 4],
        [1, '2026-04-20', 10, 5],
        [1, '2026-04-20', 5, 6],
      ],
      {
        products: [
          { product_id: 1, name: 'Cup', ...level },
          { product_id: 2, ...level },
          { product_id: 3, ...level, stock: '2.5' },
          { product_id: 4, ...level, stock: '5.001' },
          { product_id: 5, stock: 3 },
          { product_id: 6, ...level, stock: -1 },
        ],
      },
    );
    expect(await subjects('reorder', shop)).toEqual([
      ['3', 'warning', '30.0000'],
      ['1', 'critical', '10.0000'],
      ['6', 'critical', '5.0000'],
      ['2', 'warning', '0.0000'],
    ]);
    const rows = await told('reorder', shop);
    expect(rows[0]).toMatchObject({ severity: 'critical', owner: 'purchasing', money: '45.0000' });
    expect(rows.slice(1, 3).map(({ title }) => title)).toEqual([
      'Product 3 (a thing) has a stock of 2.5, to be reordered at 5.',
      'Product 1 (Cup) has a stock of 0, to be reordered at 5.',
    ]);
    expect(JSON.parse(String(rows[2]?.evidence))).toEqual({
      stock: 0,
      reorder_level: 5,
      units_per_day: 1 / 28,
      window_revenue: 10,
    });
  });

  it('low_margin: below 5 % and more than fifty sold', async () => {
    const bought = (product: number, quantity: number): Purchase => [1, '2025-06-01', 100, product, quantity];
    const shop = shopOf([bought(1, 51), bought(2, 51), bought(3, 50), bought(4, 51), bought(5, 60)], {
      products: [
        { product_id: 1, unit_cost: 95 }, // 5 % are enough
        { product_id: 2, unit_cost: '95.0001' },
        { product_id: 3, unit_cost: 99 },
        { product_id: 4 },
        { product_id: 5, unit_cost: 120 },
      ],
    });
    expect(await subjects('low_margin', shop)).toEqual([
      ['5', 'warning', '6000.0000'],
      ['2', 'warning', '5100.0000'],
    ]);
    expect((await told('low_margin', shop))[1]?.title).toBe(
      'Product 5 (a thing) keeps -20.0 % of its revenue of 6,000.00 EUR.',
    );
  });

  it('low_margin: not where nothing is left of the revenue', async () => {
    const shop = shopOf([[1, '2025-06-01', 100, 1, 51]], {
      products: [{ product_id: 1, unit_cost: 200 }],
      refunds: [[1, 1, 1, 0, 5100, at('2025-06-02')]],
    });
    expect(await told('low_margin', shop)).toEqual([]);
  });

  it('best_product: the ten with most positive revenue in the window', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => index + 1);
    const shop = shopOf(
      [
        ...ids.map((id): Purchase => [1, '2026-04-20', id === 12 ? 500 : 100, id]),
        [1, '2026-03-28', 9000, 11], // before the window
      ],
      { products: ids.map((product_id) => ({ product_id })) },
    );
    const best = await subjects('best_product', shop);
    expect(best.map(([id]) => id)).toEqual(['12', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect((await told('best_product', shop))[0]?.evidence).toBe('{"count": 10, "money": 1400.0000}');
    const returned = shopOf([[1, '2026-04-20', 100, 1]], { refunds: [[1, 1, 1, 1, 100, at('2026-04-21')]] });
    expect(await told('best_product', returned)).toEqual([]);
  });

  it('dead_stock: in stock, known for ninety days, and not sold in them', async () => {
    const shop = shopOf(
      [
        [1, '2026-01-26', 10, 1], // 90 days ago
        [1, '2026-01-25', 10, 2],
      ],
      {
        products: [
          { product_id: 1, stock: 3, unit_cost: 1 },
          { product_id: 2, stock: '2.5', unit_cost: '1.2345' }, // 3.08625
          { product_id: 3, stock: 4 },
          { product_id: 4, stock: 0, unit_cost: 1 },
          { product_id: 5, unit_cost: 1 },
          { product_id: 6, stock: 100, unit_cost: 1, created_at: '2026-01-25T23:30:00Z' }, // 90 days ago in Berlin
          { product_id: 7, stock: 5, unit_cost: 1, created_at: '2026-01-26T23:30:00Z' }, // 89
        ],
      },
    );
    expect(await subjects('dead_stock', shop)).toEqual([
      ['6', 'info', '100.0000'],
      ['2', 'info', '3.0863'],
      ['3', 'info', '0.0000'],
    ]);
    expect((await told('dead_stock', shop))[1]?.title).toBe(
      'Product 6 (a thing) has a stock of 100, worth 100.00 EUR, and sold nothing in 90 days.',
    );
  });
});

it('begins with what is critical, and each kind with all of its hits', async () => {
  const shop = shopOf(
    [
      [1, '2025-06-01', 700],
      [2, '2026-04-20', 10],
    ],
    { products: [{ product_id: 1, stock: -3, reorder_level: 0 }] },
  );
  const rows = await inShop(shop, 'SELECT kind, subject_id, evidence FROM insights');
  expect(rows.map(({ kind, subject_id }) => [kind, subject_id])).toEqual([
    ['reorder', null],
    ['reorder', '1'],
    ['churn_high_value', null],
    ['churn_high_value', '1'],
    ['best_product', null],
    ['best_product', '1'],
  ]);
  for (const { evidence } of rows)
    for (const number of Object.values(JSON.parse(String(evidence)))) expect(typeof number).toBe('number');
});
