import { isWritten, type Model, type Session } from './models';
import { openShop, shippedModels } from './small-shop';

const MONEY = 'DECIMAL(18,4)';
const UNITS = 'DECIMAL(18,3)';
const TYPES: Record<string, Record<string, string>> = {
  customer_metrics: {
    BIGINT: 'user_id lifetime_orders window_orders distinct_products',
    VARCHAR: 'email name country rfm_segment value_tier churn_risk acquisition_cohort favourite_category',
    BOOLEAN: 'marketing_opt_in',
    'TIMESTAMP WITH TIME ZONE': 'created_at',
    DATE: 'first_order_day last_order_day',
    INTEGER: 'days_since_last_order recency_score frequency_score monetary_score',
    DOUBLE: 'orders_per_30d return_rate',
    [MONEY]: 'lifetime_value window_revenue average_order_value open_value cancelled_value',
  },
  product_metrics: {
    BIGINT: 'product_id lifetime_orders lifetime_customers',
    VARCHAR: 'name category stockout_risk',
    [MONEY]: 'list_price unit_cost lifetime_revenue window_revenue average_selling_price lifetime_cost lifetime_profit',
    [UNITS]: 'stock lifetime_units window_units',
    DOUBLE: 'margin return_rate repeat_customer_rate units_per_day days_of_inventory',
    DATE: 'peak_day',
    'BIGINT[]': 'top_customers',
    BOOLEAN: 'reorder_recommended',
  },
  daily_revenue: {
    DATE: 'day',
    [MONEY]: 'gross refunds revenue',
    BIGINT: 'orders customers new_customers',
    [UNITS]: 'units',
  },
  executive_summary: {
    DATE: 'as_of window_from window_to',
    [MONEY]: 'gross refunds revenue average_order_value profit mean_lifetime_value revenue_at_risk',
    BIGINT: 'orders active_customers new_customers customers products_to_reorder customers_at_high_risk',
    [UNITS]: 'units',
    DOUBLE: 'margin margin_change_points',
    VARCHAR: 'top_category',
  },
  category_metrics: {
    VARCHAR: 'category',
    BIGINT: 'products lifetime_orders lifetime_customers window_orders window_customers',
    [UNITS]: 'lifetime_units window_units',
    [MONEY]:
      'lifetime_revenue lifetime_costed_revenue lifetime_profit window_revenue window_costed_revenue window_profit',
    DOUBLE: 'lifetime_margin window_margin window_share previous_window_share share_change_points',
  },
  cohort_retention: {
    VARCHAR: 'acquisition_cohort',
    INTEGER: 'months_since',
    BIGINT: 'cohort_size active_customers',
    DOUBLE: 'retention',
    [MONEY]: 'revenue',
  },
  insights: {
    VARCHAR: 'kind severity subject_type subject_id title evidence recommendation owner',
    [MONEY]: 'money',
  },
  unattributed: { VARCHAR: 'reason', BIGINT: 'lines orders', [MONEY]: 'revenue' },
  reconciliation: { VARCHAR: 'figure', [MONEY]: 'computed expected difference' },
};

let session: Session;
beforeAll(async () => {
  session = await openShop({});
});
afterAll(() => session.close());

const DATED = ['as_of', 'window_from', 'window_to'];

describe('the folder', () => {
  it('keeps what reads no as_of in tables of their own, and reads lines and refunds through them', async () => {
    const models = await shippedModels(session);
    const own = ({ sql }: Model) => DATED.some((name) => sql.includes(`getvariable('${name}')`));
    const dated = (model: Model): boolean =>
      own(model) || models.some((other) => model.reads.includes(other.name) && dated(other));
    const readersOf = (name: string) => models.filter(({ reads }) => reads.includes(name));
    const computedAnew = models.filter((model) => !dated(model) && !isWritten(model, models));
    for (const { name } of computedAnew)
      expect({ name, readers: readersOf(name).filter(dated) }).toEqual({ name, readers: [] });
    const large = ['order_lines', 'refund_lines', 'order_items', 'refunds', 'orders'];
    const scanning = models.filter((model) => dated(model) && model.reads.some((name) => large.includes(name)));
    // Which looks only at what is left after as_of.
    expect(scanning.map(({ name }) => name)).toEqual(['later_purchases']);
  });

  it('publishes nine tables, each with every column described', async () => {
    const published = (await shippedModels(session)).filter(({ publish }) => publish);
    expect(published.map(({ name }) => name).sort()).toEqual([
      'category_metrics',
      'cohort_retention',
      'customer_metrics',
      'daily_revenue',
      'executive_summary',
      'insights',
      'product_metrics',
      'reconciliation',
      'unattributed',
    ]);
    for (const { name, columns } of published) {
      expect({ name, columns }).toEqual({ name, columns: Object.keys(await session.types(name)) });
    }
  });

  it.each(Object.entries(TYPES))('gives %s its declared types', async (table, byType) => {
    const declared = Object.entries(byType).flatMap(([type, columns]) =>
      columns.split(' ').map((column) => [column, type] as const),
    );
    const kept = Object.entries(await session.types(table)).filter(
      ([column]) => table !== 'executive_summary' || !/^previous_|_change$/.test(column),
    );
    expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(declared));
  });

  it('gives a previous figure the type of the present one, and a change a DOUBLE', async () => {
    const types = await session.types('executive_summary');
    for (const [column, type] of Object.entries(types)) {
      if (column.startsWith('previous_')) expect([column, type]).toEqual([column, types[column.slice(9)]]);
      if (column.endsWith('_change')) expect([column, type]).toEqual([column, 'DOUBLE']);
    }
  });
});

it('gives one row of zeros over empty sources', async () => {
  const [summary] = await session.rows('FROM executive_summary');
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
  expect(await session.rows('SELECT difference FROM reconciliation')).toEqual([
    { difference: '0.0000' },
    { difference: '0.0000' },
    { difference: '0.0000' },
  ]);
  expect(await session.rows('SELECT count(*)::INTEGER AS n FROM unattributed')).toEqual([{ n: 4 }]);
  for (const table of ['category_metrics', 'cohort_retention', 'insights'])
    expect(await session.rows(`FROM ${table}`)).toEqual([]);
  expect(await session.rows('SELECT count(*)::INTEGER AS n FROM daily_revenue WHERE gross = 0')).toEqual([{ n: 28 }]);
});
