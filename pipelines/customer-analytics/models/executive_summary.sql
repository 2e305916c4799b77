-- publish: true
-- description: >-
--   One row about the window, each figure also for the window of equal length before it (previous_*) and as the
--   relative change between the two (*_change, NULL when the previous figure is 0).
-- columns:
--   as_of: The day that the figures stand at, exclusive
--   window_from: First day of the window
--   window_to: Day after the window's last
--   gross: Lines of orders in the window
--   refunds: Refunds made in the window, positive
--   revenue: gross - refunds
--   orders: Orders in the window, also of unknown users
--   active_customers: Customers with an order in the window
--   new_customers: Customers whose first order is in the window
--   average_order_value: revenue / orders; NULL without orders
--   units: Units sold
--   profit: Revenue minus cost over products with unit_cost; NULL when there are none
--   margin: profit / revenue of these products; NULL when that is not positive
--   margin_change_points: 100 x (margin - previous_margin)
--   customers: Rows of customer_metrics
--   mean_lifetime_value: Mean lifetime_value of customers with orders
--   top_category: Category with most revenue in the window, the first by name on ties
--   products_to_reorder: Products at or below their reorder level
--   customers_at_high_risk: Customers whose churn_risk is high
--   revenue_at_risk: A year's worth of the lifetime_value of customers at high risk
WITH bounds AS (
  SELECT
    getvariable('as_of') AS as_of,
    getvariable('window_from') AS window_from,
    getvariable('window_to') AS window_to,
    getvariable('window_from') - (getvariable('window_to') - getvariable('window_from'))::INTEGER AS previous_from
),
money AS (
  SELECT
    coalesce(sum(d.gross) FILTER (d.day >= b.window_from), 0)::DECIMAL(18, 4) AS gross,
    coalesce(sum(d.gross) FILTER (d.day < b.window_from), 0)::DECIMAL(18, 4) AS previous_gross,
    coalesce(sum(d.refunds) FILTER (d.day >= b.window_from), 0)::DECIMAL(18, 4) AS refunds,
    coalesce(sum(d.refunds) FILTER (d.day < b.window_from), 0)::DECIMAL(18, 4) AS previous_refunds,
    coalesce(sum(d.orders) FILTER (d.day >= b.window_from), 0)::BIGINT AS orders,
    coalesce(sum(d.orders) FILTER (d.day < b.window_from), 0)::BIGINT AS previous_orders,
    coalesce(sum(d.units) FILTER (d.day >= b.window_from), 0)::DECIMAL(18, 3) AS units,
    coalesce(sum(d.units) FILTER (d.day < b.window_from), 0)::DECIMAL(18, 3) AS previous_units
  FROM days AS d, bounds AS b
  WHERE d.day >= b.previous_from AND d.day < b.window_to
),
active AS (
  SELECT
    count(DISTINCT t.customer_id) FILTER (t.day >= b.window_from)::BIGINT AS active_customers,
    count(DISTINCT t.customer_id) FILTER (t.day < b.window_from)::BIGINT AS previous_active_customers
  FROM order_totals AS t, bounds AS b
  WHERE t.state = 'sold' AND t.day >= b.previous_from AND t.day < b.window_to
),
people AS (
  SELECT
    count(*)::BIGINT AS customers,
    count(*) FILTER (c.first_order_day >= b.window_from)::BIGINT AS new_customers,
    count(*) FILTER (c.first_order_day >= b.previous_from AND c.first_order_day < b.window_from)::BIGINT
      AS previous_new_customers,
    (sum(c.lifetime_value::DECIMAL(38, 4) * 10000) FILTER (c.lifetime_orders > 0))::HUGEINT AS value_units,
    count(*) FILTER (c.lifetime_orders > 0)::BIGINT AS buyers,
    count(*) FILTER (c.churn_risk = 'high')::BIGINT AS customers_at_high_risk
  FROM customer_metrics AS c, bounds AS b
),
risk AS (
  -- value x 12 / months, each rounded half away from zero; the values are positive.
  SELECT coalesce(sum((24 * value_units + months) // (2 * months)), 0)::HUGEINT AS risk_units
  FROM (
    SELECT
      (c.lifetime_value::DECIMAL(38, 4) * 10000)::HUGEINT AS value_units,
      greatest(12, date_diff('month', c.first_order_day, b.as_of)) AS months
    FROM customer_metrics AS c, bounds AS b
    WHERE c.churn_risk = 'high' AND c.lifetime_value > 0
  )
),
costed AS (
  SELECT
    coalesce(t.window_revenue, 0) AS revenue,
    coalesce(t.previous_revenue, 0) AS previous_revenue,
    (p.unit_cost::DECIMAL(38, 4) * coalesce(t.window_net_units, 0))::DECIMAL(18, 4) AS cost,
    (p.unit_cost::DECIMAL(38, 4) * coalesce(t.previous_net_units, 0))::DECIMAL(18, 4) AS previous_cost
  FROM products AS p
  LEFT JOIN product_periods AS t ON t.product_id = p.product_id
  WHERE p.unit_cost IS NOT NULL
),
profits AS (
  SELECT
    (sum(revenue) - sum(cost))::DECIMAL(18, 4) AS profit,
    (sum(previous_revenue) - sum(previous_cost))::DECIMAL(18, 4) AS previous_profit,
    CASE WHEN sum(revenue) > 0 THEN (sum(revenue) - sum(cost))::DOUBLE / sum(revenue) END AS margin,
    CASE WHEN sum(previous_revenue) > 0
      THEN (sum(previous_revenue) - sum(previous_cost))::DOUBLE / sum(previous_revenue)
    END AS previous_margin
  FROM costed
),
categories AS (
  SELECT p.category, sum(t.window_revenue) AS revenue
  FROM products AS p
  JOIN product_periods AS t ON t.product_id = p.product_id
  WHERE p.category IS NOT NULL
  GROUP BY p.category
),
averages AS (
  SELECT
    gross - refunds AS revenue,
    previous_gross - previous_refunds AS previous_revenue,
    ((gross - refunds)::DECIMAL(38, 4) * 10000)::HUGEINT AS revenue_units,
    ((previous_gross - previous_refunds)::DECIMAL(38, 4) * 10000)::HUGEINT AS previous_revenue_units
  FROM money
),
figures AS (
  SELECT
    b.as_of, b.window_from, b.window_to,
    m.gross, m.previous_gross,
    m.refunds, m.previous_refunds,
    a.revenue::DECIMAL(18, 4) AS revenue,
    a.previous_revenue::DECIMAL(18, 4) AS previous_revenue,
    m.orders, m.previous_orders,
    v.active_customers, v.previous_active_customers,
    c.new_customers, c.previous_new_customers,
    CASE WHEN m.orders > 0 THEN
      ((sign(a.revenue_units) * ((2 * abs(a.revenue_units) + m.orders) // (2 * m.orders)))::DECIMAL(33, 0) * 0.0001)
        ::DECIMAL(18, 4)
    END AS average_order_value,
    CASE WHEN m.previous_orders > 0 THEN
      ((sign(a.previous_revenue_units)
        * ((2 * abs(a.previous_revenue_units) + m.previous_orders) // (2 * m.previous_orders)))::DECIMAL(33, 0) * 0.0001)
        ::DECIMAL(18, 4)
    END AS previous_average_order_value,
    m.units, m.previous_units,
    p.profit, p.previous_profit,
    p.margin, p.previous_margin,
    c.customers,
    CASE WHEN c.buyers > 0 THEN
      ((sign(c.value_units) * ((2 * abs(c.value_units) + c.buyers) // (2 * c.buyers)))::DECIMAL(33, 0) * 0.0001)
        ::DECIMAL(18, 4)
    END AS mean_lifetime_value,
    (SELECT category FROM categories WHERE revenue > 0 ORDER BY revenue DESC, category LIMIT 1) AS top_category,
    (SELECT count(*) FROM product_metrics WHERE reorder_recommended)::BIGINT AS products_to_reorder,
    c.customers_at_high_risk,
    (r.risk_units::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4) AS revenue_at_risk
  FROM bounds AS b, money AS m, averages AS a, active AS v, people AS c, profits AS p, risk AS r
)
SELECT
  as_of, window_from, window_to,
  gross, previous_gross, (gross - previous_gross)::DOUBLE / NULLIF(abs(previous_gross), 0) AS gross_change,
  refunds, previous_refunds, (refunds - previous_refunds)::DOUBLE / NULLIF(abs(previous_refunds), 0) AS refunds_change,
  revenue, previous_revenue, (revenue - previous_revenue)::DOUBLE / NULLIF(abs(previous_revenue), 0) AS revenue_change,
  orders, previous_orders, (orders - previous_orders)::DOUBLE / NULLIF(previous_orders, 0) AS orders_change,
  active_customers, previous_active_customers,
  (active_customers - previous_active_customers)::DOUBLE / NULLIF(previous_active_customers, 0)
    AS active_customers_change,
  new_customers, previous_new_customers,
  (new_customers - previous_new_customers)::DOUBLE / NULLIF(previous_new_customers, 0) AS new_customers_change,
  average_order_value, previous_average_order_value,
  (average_order_value - previous_average_order_value)::DOUBLE / NULLIF(abs(previous_average_order_value), 0)
    AS average_order_value_change,
  units, previous_units, (units - previous_units)::DOUBLE / NULLIF(abs(previous_units), 0) AS units_change,
  profit, previous_profit, (profit - previous_profit)::DOUBLE / NULLIF(abs(previous_profit), 0) AS profit_change,
  margin, previous_margin, 100 * (margin - previous_margin) AS margin_change_points,
  customers,
  mean_lifetime_value,
  top_category,
  products_to_reorder,
  customers_at_high_risk,
  revenue_at_risk
FROM figures
