/** Every figure of a small sample shop against the same worked out in plain TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSample } from '../../src/sample';
import { addDays, figures, text } from './brute-force';
import {
  definitionOf,
  loadModels,
  openSession,
  pipelineFolder,
  readSources,
  runModels,
  type Session,
  setVariables,
} from './models';

const folder = pipelineFolder('pipelines', 'customer-analytics');
const definition = definitionOf(folder);
const until = '2026-11-25';
const data = mkdtempSync(path.join(tmpdir(), 'daybreak-figures-'));
let session: Session;

beforeAll(async () => {
  await makeSample({ folder: data, seed: 11, lines: 2_000, until });
  session = await openSession(definition.zone);
  await readSources(session, definition, data);
});
afterAll(() => {
  session.close();
  rmSync(data, { recursive: true });
});

// The second as_of lies before the shop's end, so that events after it have to be left out.
describe.each([
  { asOf: until, from: '2026-10-28' },
  { asOf: '2026-03-30', from: '2026-03-02' },
])('as of $asOf', ({ asOf, from }) => {
  let expected: ReturnType<typeof figures>;
  beforeAll(async () => {
    await setVariables(session, definition, from, asOf);
    await runModels(session, await loadModels(session, folder, definition));
    expected = figures(data, asOf, from);
  });

  it('gives every customer the same figures', async () => {
    const rows = await session.rows(
      'SELECT * EXCLUDE (email, name, country, marketing_opt_in, created_at) FROM customer_metrics ORDER BY user_id',
    );
    const buyers = expected.customers.filter(({ orders }) => orders > 0);
    const score = (less: (c: (typeof buyers)[number]) => boolean) =>
      1 + Math.floor((5 * buyers.filter(less).length) / buyers.length);
    expect(rows.length).toBeGreaterThan(100);
    expect(rows).toEqual(
      [...expected.customers]
        .sort((a, b) => Number(a.id) - Number(b.id))
        .map((c) => {
          const [first, last] = [c.first ?? '', c.last ?? ''];
          const days = (a: string, b: string) => (Date.parse(b) - Date.parse(a)) / 86_400_000;
          const some = c.orders > 0;
          const r = score((other) => (other.last ?? '') < last);
          const f = score((other) => other.orders < c.orders);
          const m = score((other) => other.value < c.value);
          const segment = !some
            ? 'prospect'
            : c.value <= 0n
              ? 'returned_only'
              : r >= 4 && f >= 4 && m >= 4
                ? 'champion'
                : r >= 3 && f >= 3
                  ? 'loyal'
                  : r >= 4
                    ? 'promising'
                    : r <= 2 && (f >= 4 || m >= 4)
                      ? 'at_risk'
                      : r <= 2 && f <= 2
                        ? 'hibernating'
                        : 'needs_attention';
          const tier = !some
            ? 'new'
            : c.value >= 10_000_000n && c.orders >= 10
              ? 'vip'
              : c.value >= 5_000_000n || c.orders >= 5
                ? 'regular'
                : c.value >= 1_000_000n || c.orders >= 2
                  ? 'occasional'
                  : 'new';
          const since = some ? days(last, asOf) : 0;
          const gaps = Math.max(c.orders - 1, 1);
          const late = (floor: number, times: number) => since > floor && since * gaps > times * days(first, last);
          const span = some ? days(first, last) : 0;
          return {
            user_id: c.id,
            lifetime_value: text(c.value, 4),
            window_revenue: text(c.window, 4),
            lifetime_orders: String(c.orders),
            window_orders: String(c.windowOrders),
            first_order_day: c.first,
            last_order_day: c.last,
            average_order_value: c.average,
            orders_per_30d: span > 0 ? (30 * (c.orders - 1)) / span : null,
            days_since_last_order: some ? since : null,
            recency_score: some ? r : null,
            frequency_score: some ? f : null,
            monetary_score: some ? m : null,
            rfm_segment: segment,
            value_tier: tier,
            churn_risk: !some ? null : late(90, 3) ? 'high' : late(45, 2) ? 'medium' : 'low',
            acquisition_cohort: some ? first.slice(0, 7) : null,
            distinct_products: String(c.products),
            favourite_category: c.favourite,
            return_rate: c.returnRate,
            open_value: text(c.open, 4),
            cancelled_value: text(c.cancelled, 4),
          };
        }),
    );
  });

  it('gives every product the same figures', async () => {
    const rows = await session.rows('FROM product_metrics ORDER BY product_id');
    expect(
      rows.map((row) => ({
        id: row.product_id,
        units: row.lifetime_units,
        windowUnits: row.window_units,
        revenue: row.lifetime_revenue,
        window: row.window_revenue,
        orders: Number(row.lifetime_orders),
        customers: Number(row.lifetime_customers),
        price: row.average_selling_price,
        cost: row.lifetime_cost,
        profit: row.lifetime_profit,
        repeat: row.repeat_customer_rate,
        peak: row.peak_day,
        top: row.top_customers,
        perDay: row.units_per_day,
      })),
    ).toEqual([...expected.goods].sort((a, b) => Number(a.id) - Number(b.id)));
  });

  it('reconciles with the revenue of the files', async () => {
    const expectedText = text(expected.revenue, 4);
    expect(await session.rows('FROM reconciliation ORDER BY figure')).toEqual(
      ['customer', 'day', 'product'].map((by) => ({
        figure: `revenue_by_${by}`,
        computed: expectedText,
        expected: expectedText,
        difference: '0.0000',
      })),
    );
  });

  it('shows each day of the window', async () => {
    const rows = await session.rows('FROM daily_revenue ORDER BY day');
    expect(rows.map(({ day }) => day)).toEqual(Array.from({ length: 28 }, (_, index) => addDays(from, index)));
    const [summary] = await session.rows('FROM executive_summary');
    const [total] = await session.rows(`SELECT sum(revenue)::DECIMAL(18,4) AS revenue, sum(orders)::BIGINT AS orders,
      sum(units)::DECIMAL(18,3) AS units, sum(new_customers)::BIGINT AS new_customers FROM daily_revenue`);
    expect(summary).toMatchObject(total ?? {});
  });
});

it('passes every gate that a query can express', async () => {
  await setVariables(session, definition, '2026-10-28', until);
  await runModels(session, await loadModels(session, folder, definition));
  for (const check of definition.checks) {
    if (check.type === 'sql')
      expect({ check: check.name, rows: await session.rows(check.sql) }).toEqual({ check: check.name, rows: [] });
    if (check.type === 'expression')
      expect(await session.rows(`FROM ${check.on} WHERE NOT coalesce((${check.expression}), false)`)).toEqual([]);
  }
});
