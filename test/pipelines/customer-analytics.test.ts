import { AS_OF, FROM, makeShop } from './hand-made-shop';
import {
  definitionOf,
  loadModels,
  type Model,
  openSession,
  pipelineFolder,
  runModels,
  type Session,
  setVariables,
} from './models';

const folder = pipelineFolder('pipelines', 'customer-analytics');
const definition = definitionOf(folder);
let session: Session;
let models: Model[];

beforeAll(async () => {
  session = await openSession(definition.zone);
  await makeShop(session, definition);
  await setVariables(session, definition, FROM, AS_OF);
  models = await loadModels(session, folder, definition);
  await runModels(session, models);
});
afterAll(() => session.close());

const customer = async (id: number) => (await session.rows(`FROM customer_metrics WHERE user_id = ${id}`))[0];
const product = async (id: number) => (await session.rows(`FROM product_metrics WHERE product_id = ${id}`))[0];

describe('the folder', () => {
  it('publishes six tables, each with every column described', async () => {
    const published = models.filter(({ publish }) => publish);
    expect(published.map(({ name }) => name).sort()).toEqual([
      'customer_metrics',
      'daily_revenue',
      'executive_summary',
      'product_metrics',
      'reconciliation',
      'unattributed',
    ]);
    for (const { name, columns } of published) {
      const actual = Object.keys(await session.types(name)).filter((column) => !/^previous_|_change$/.test(column));
      expect({ name, columns }).toEqual({ name, columns: actual });
    }
  });

  it('gives the declared types, without a DOUBLE where money is', async () => {
    expect(await session.types('customer_metrics')).toMatchObject({
      lifetime_value: 'DECIMAL(18,4)',
      window_revenue: 'DECIMAL(18,4)',
      lifetime_orders: 'BIGINT',
      window_orders: 'BIGINT',
      average_order_value: 'DECIMAL(18,4)',
      orders_per_30d: 'DOUBLE',
      days_since_last_order: 'INTEGER',
      recency_score: 'INTEGER',
      first_order_day: 'DATE',
      distinct_products: 'BIGINT',
      return_rate: 'DOUBLE',
      open_value: 'DECIMAL(18,4)',
      cancelled_value: 'DECIMAL(18,4)',
    });
    expect(await session.types('product_metrics')).toMatchObject({
      lifetime_units: 'DECIMAL(18,3)',
      lifetime_revenue: 'DECIMAL(18,4)',
      average_selling_price: 'DECIMAL(18,4)',
      lifetime_cost: 'DECIMAL(18,4)',
      lifetime_profit: 'DECIMAL(18,4)',
      margin: 'DOUBLE',
      peak_day: 'DATE',
      top_customers: 'BIGINT[]',
      days_of_inventory: 'DOUBLE',
      reorder_recommended: 'BOOLEAN',
    });
    expect(await session.types('reconciliation')).toMatchObject({ difference: 'DECIMAL(18,4)' });
    expect(await session.types('executive_summary')).toMatchObject({
      as_of: 'DATE',
      revenue: 'DECIMAL(18,4)',
      units: 'DECIMAL(18,3)',
      profit: 'DECIMAL(18,4)',
      profit_change: 'DOUBLE',
      mean_lifetime_value: 'DECIMAL(18,4)',
      revenue_at_risk: 'DECIMAL(18,4)',
      customers: 'BIGINT',
    });
  });
});

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
    const check = definition.checks.find(({ name }) => name?.startsWith('every order has an exchange rate'));
    if (check?.type !== 'sql') throw new Error('the check is gone');
    expect(await session.rows(check.sql)).toEqual([]);
    const days = await session.rows("SELECT day, rate FROM fx_days WHERE day >= '2026-03-28' ORDER BY day LIMIT 3");
    expect(days.map((row) => Object.values(row))).toEqual([
      ['2026-03-28', '0.90000000'],
      ['2026-03-29', '0.90000000'],
      ['2026-03-30', '0.10000000'],
    ]);
    expect(await session.rows("FROM fx_days WHERE day = '2026-04-07'")).toEqual([]);
    await session.run("CREATE TEMP TABLE order_facts AS SELECT 5 AS order_id, DATE '2026-04-07' AS day, NULL AS rate");
    expect(await session.rows(check.sql)).toEqual([{ order_id: 5, day: '2026-04-07' }]);
    await session.run('DROP TABLE temp.order_facts');
  });

  it('is exact for amounts that 18 digits do not hold', async () => {
    const amount = models.find(({ name }) => name === 'order_lines')?.sql ?? '';
    await session.run(`CREATE SCHEMA big; USE big`);
    await session.run(`CREATE TABLE order_items AS SELECT 1 AS order_id, n AS line_no, 1 AS product_id, q::DECIMAL(18,3) AS quantity,
      p::DECIMAL(18,4) AS unit_price, d::DECIMAL(5,4) AS discount, n
      FROM (VALUES (1, '1000000', '999999.9999', NULL), (2, '-1.001', '0.0005', '0.0001'), (3, '80995', '1234567.8912', '0.3333')) AS v(n, q, p, d)`);
    await session.run(`CREATE TABLE order_facts AS SELECT 1 AS order_id, 1 AS customer_id, true AS user_given, 'sold' AS state,
      DATE '2026-01-01' AS day, 1::DECIMAL(18,8) AS rate`);
    await session.run('CREATE TABLE products AS SELECT 1 AS product_id');
    const rows = await session.rows(`SELECT line_no, amount FROM (${amount}) ORDER BY line_no`);
    await session.run('UPDATE order_facts SET rate = 0.12345678');
    const foreign = await session.rows(`SELECT line_no, amount FROM (${amount}) ORDER BY line_no`);
    await session.run('USE memory.main; DROP SCHEMA big CASCADE');
    expect(rows.map((row) => row.amount)).toEqual(['999999999900.0000', '-0.0005', '66665884026.0409']);
    // 80995 x 1234567.8912 x 0.6667 x 0.12345678 , worked out with whole numbers
    const exact = (80995n * 12345678912n * 6667n * 12345678n * 10n) / 10n ** 12n;
    expect(foreign[2]?.amount).toBe(
      `${(exact + 5n) / 10n / 10000n}.${String(((exact + 5n) / 10n) % 10000n).padStart(4, '0')}`,
    );
  });
});

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

it('gives one row of zeros over empty sources', async () => {
  const empty = await openSession(definition.zone);
  for (const [name, { columns }] of Object.entries(definition.sources))
    await empty.run(
      `CREATE TABLE ${name} (${Object.entries(columns)
        .map(([column, type]) => `${column} ${type}`)
        .join(', ')})`,
    );
  await setVariables(empty, definition, FROM, AS_OF);
  await runModels(empty, models);
  const [summary] = await empty.rows('FROM executive_summary');
  expect(summary).toMatchObject({
    revenue: '0.0000',
    orders: '0',
    average_order_value: null,
    profit: null,
    margin: null,
    customers: '0',
    mean_lifetime_value: null,
    top_category: null,
    revenue_at_risk: '0.0000',
  });
  expect(await empty.rows('SELECT difference FROM reconciliation')).toEqual([
    { difference: '0.0000' },
    { difference: '0.0000' },
    { difference: '0.0000' },
  ]);
  expect(await empty.rows('SELECT count(*)::INTEGER AS n FROM unattributed')).toEqual([{ n: 4 }]);
  expect(await empty.rows('SELECT count(*)::INTEGER AS n FROM daily_revenue WHERE gross = 0')).toEqual([{ n: 28 }]);
  empty.close();
});
