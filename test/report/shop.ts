/** A hand-made shop of any size: the tables that the shipped report reads, with the columns that it reads. */
import type { Tables } from './support';

const MONEY = 'DECIMAL(18,4)';
/** Text of one of these, by a number. */
const pick = (by: string, ...words: string[]) =>
  `[${words.map((word) => `'${word}'`).join(', ')}][1 + ${by} % ${words.length}]`;

const customers = (rows: number) => `
  SELECT
    i AS user_id,
    CASE WHEN i % 50 <> 7 THEN ${pick('i', 'Ada', 'Grace', 'Søren', 'Zoë', 'Łukasz')} || ' ' || ${pick('(i // 5)', "O''Neil", 'García', 'van Dijk')} END AS name,
    ${pick('(i // 3)', 'DE', 'FR', 'AT', 'SE')} AS country,
    ((i * 7919) % 1000003 / 100)::${MONEY} AS lifetime_value,
    ((i * 104729) % 500009 / 100 - 100)::${MONEY} AS window_revenue,
    (i % 40)::BIGINT AS lifetime_orders,
    (i % 3)::BIGINT AS window_orders,
    DATE '2026-11-24' - (i % 400)::INTEGER AS last_order_day,
    (1 + i % 400)::INTEGER AS days_since_last_order,
    ${pick('i', 'champion', 'loyal', 'at_risk', 'prospect')} AS rfm_segment,
    ${pick('i', 'vip', 'regular', 'occasional', 'new')} AS value_tier,
    ${pick('(i // 4)', 'high', 'medium', 'low')} AS churn_risk
  FROM range(${rows}) AS r(i)`;

const products = (rows: number) => `
  SELECT
    i AS product_id,
    'Lamp no. ' || i AS name,
    CASE WHEN i % 9 > 0 THEN ${pick('i', 'Tools', 'Décor', 'Toys')} END AS category,
    (i % 30)::DECIMAL(18,3) AS stock,
    (100 + i)::DECIMAL(18,3) AS lifetime_units,
    (i % 90)::DECIMAL(18,3) AS window_units,
    (9000 - i)::${MONEY} AS lifetime_revenue,
    (5000 - i)::${MONEY} AS window_revenue,
    0.3::DOUBLE AS margin,
    (i % 10 / 50)::DOUBLE AS return_rate,
    1.5::DOUBLE AS units_per_day,
    (i % 30 / 1.5)::DOUBLE AS days_of_inventory,
    ${pick('i', 'out', 'high', 'medium', 'low')} AS stockout_risk,
    i % 2 = 0 AS reorder_recommended
  FROM range(${rows}) AS r(i)`;

/** `name` as it is, and as `previous_name`. */
const both = (name: string, now: string, before: string) => `${now} AS ${name}, ${before} AS previous_${name}`;

const SUMMARY = `
  SELECT DATE '2026-11-25' AS as_of, DATE '2026-10-28' AS window_from, DATE '2026-11-25' AS window_to,
    ${both('revenue', `255223.18::${MONEY}`, `210524::${MONEY}`)}, 0.212::DOUBLE AS revenue_change,
    ${both('profit', `71244::${MONEY}`, `57848::${MONEY}`)}, ${both('margin', '0.282::DOUBLE', '0.277::DOUBLE')},
    ${both('refunds', `9051.98::${MONEY}`, `12982::${MONEY}`)}, ${both('orders', '1907::BIGINT', '2100::BIGINT')},
    ${both('average_order_value', `133.83::${MONEY}`, `131.91::${MONEY}`)},
    ${both('active_customers', '1475::BIGINT', '1256::BIGINT')}, ${both('new_customers', '369::BIGINT', '369::BIGINT')},
    8000::BIGINT AS customers, 675.45::${MONEY} AS mean_lifetime_value, 2506::BIGINT AS customers_at_high_risk,
    1040791::${MONEY} AS revenue_at_risk, 103::BIGINT AS products_to_reorder, 'Tools' AS top_category`;

const INSIGHTS = `
  SELECT kind, severity, CASE WHEN s > 0 THEN s::VARCHAR END AS subject_id, (money / (s + 1))::${MONEY} AS money,
    CASE WHEN s > 0 THEN title || ': no. ' || s ELSE title END AS title,
    json_object('count', 21, 'money', money) AS evidence, 'Look into it.' AS recommendation, owner
  FROM (VALUES
    ('churn_high_value', 'critical', 1410980.98, 'Valuable customers who seem to leave', 'customer success'),
    ('low_margin', 'warning', 24220.97, 'Products that earn almost nothing', 'category management'),
    ('win_back', 'info', 774220.26, 'Customers to win back', 'marketing')
  ) AS kinds(kind, severity, money, title, owner), range(21) AS subjects(s)`;

export const shopTables = ({ customers: people = 500, products: goods = 200 } = {}): Tables => ({
  executive_summary: SUMMARY,
  insights: INSIGHTS,
  customer_metrics: customers(people),
  product_metrics: products(goods),
  daily_revenue: `
    SELECT DATE '2026-10-28' + i::INTEGER AS day, (5000 + (i * 977) % 9000)::${MONEY} AS revenue,
      (50 + i * 13 % 40)::BIGINT AS orders, (i * 7 % 20)::BIGINT AS new_customers
    FROM range(28) AS r(i)`,
  cohort_retention: `
    SELECT strftime(DATE '2026-10-01' - to_months(c::INTEGER), '%Y-%m') AS acquisition_cohort, m::INTEGER AS months_since,
      (0.5 / m)::DOUBLE AS retention
    FROM range(13) AS cohorts(c), range(1, 13) AS months(m)
    WHERE m <= c`,
  category_metrics: `
    SELECT name AS category, revenue::${MONEY} AS window_revenue, 0.3::DOUBLE AS window_margin, 0.2::DOUBLE AS window_share,
      -0.6::DOUBLE AS share_change_points
    FROM (VALUES ('Tools', 58488), ('Décor', 39755), (NULL, -20)) AS t(name, revenue)`,
  reconciliation: `
    SELECT 'revenue_by_' || what AS figure, 4965823.59::${MONEY} AS computed, 4965823.59::${MONEY} AS expected,
      0::${MONEY} AS difference
    FROM (VALUES ('customer'), ('day'), ('product')) AS t(what)`,
  unattributed: `
    SELECT reason, 35::BIGINT AS lines, 30::BIGINT AS orders, 1464::${MONEY} AS revenue
    FROM (VALUES ('no_product'), ('no_user'), ('unknown_product'), ('unknown_user')) AS t(reason)`,
});
