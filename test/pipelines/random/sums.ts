/** Sums that must come out the same along every way, whatever the shop. Each is a left and a right side. */
import { dayNumber, monthOf } from '../oracle/days';
import { scaled, sum } from '../oracle/money';
import type { Setting } from '../oracle/rows';
import type { Found, Tables } from './tables';

const PLACES = 4;
const exact = (value: unknown): bigint => (value === null ? 0n : scaled(String(value), PLACES));
const total = (rows: readonly Found[], column: string): bigint => sum(rows.map((row) => exact(row[column])));

type Sides = readonly [what: string, left: bigint, right: bigint];

function ofShop(tables: Tables): Sides[] {
  const { customer_metrics: customers, product_metrics: products, category_metrics: categories } = tables;
  const under = (...reasons: string[]) =>
    total(
      tables.unattributed.filter(({ reason }) => reasons.includes(String(reason))),
      'revenue',
    );
  const byCustomer = total(customers, 'lifetime_value') + under('no_user', 'unknown_user');
  const byProduct = total(products, 'lifetime_revenue') + under('no_product', 'unknown_product');
  const columns = ['units', 'revenue'].flatMap((name) => [`lifetime_${name}`, `window_${name}`]);
  return [
    ['revenue by customer and by product', byCustomer, byProduct],
    ...columns.map((column): Sides => [`${column} of categories`, total(categories, column), total(products, column)]),
    [
      'lifetime_profit of categories',
      total(categories, 'lifetime_profit'),
      total(
        products.filter(({ unit_cost }) => unit_cost !== null),
        'lifetime_profit',
      ),
    ],
    ['products of categories', total(categories, 'products'), exact(products.length)],
  ];
}

function ofWindow({ daily_revenue: days, executive_summary: [summary = {}], ...tables }: Tables): Sides[] {
  const columns = ['gross', 'refunds', 'revenue', 'orders', 'new_customers', 'units'];
  return [
    ...columns.map((column): Sides => [`${column} of days`, total(days, column), exact(summary[column])]),
    ['net of days', total(days, 'gross') - total(days, 'refunds'), total(days, 'revenue')],
    ['profit of categories', total(tables.category_metrics, 'window_profit'), exact(summary.profit)],
    ['customers', exact(tables.customer_metrics.length), exact(summary.customers)],
  ];
}

/** What a cohort brought in all its months is what its customers are worth, when as_of is the first of a month. */
function ofCohorts({ cohort_retention: rows, customer_metrics: customers }: Tables, { asOf }: Setting): Sides[] {
  const first = monthOf(dayNumber(asOf)) !== monthOf(dayNumber(asOf) - 1);
  const start = rows.filter(({ months_since }) => Number(months_since) === 0);
  const whole = customers.filter(
    ({ acquisition_cohort }) => acquisition_cohort !== null && String(acquisition_cohort) < asOf.slice(0, 7),
  );
  return [
    ['cohort_size', total(start, 'cohort_size'), exact(whole.length)],
    ['active customers of first months', total(start, 'active_customers'), exact(whole.length)],
    ...(first ? [['revenue of cohorts', total(rows, 'revenue'), total(whole, 'lifetime_value')] as const] : []),
  ];
}

export const brokenSums = (tables: Tables, setting: Setting): string[] =>
  [...ofShop(tables), ...ofWindow(tables), ...ofCohorts(tables, setting)]
    .filter(([, left, right]) => left !== right)
    .map(([what, left, right]) => `${what}: ${left} is not ${right} (in ten-thousandths)`);
