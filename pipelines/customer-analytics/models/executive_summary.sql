-- publish: true
-- description: >-
--   One row about the window, each figure also for the window of equal length before it (previous_*) and as the
--   relative change between the two (*_change, NULL when the previous figure is 0).
-- columns:
--   as_of: The day that the figures stand at, exclusive
--   window_from: First day of the window
--   window_to: Day after the window's last
--   gross: Lines of orders in the window
--   previous_gross: The same in the window before
--   gross_change: (gross - previous_gross) / |previous_gross|
--   refunds: Refunds made in the window, positive
--   previous_refunds: The same in the window before
--   refunds_change: (refunds - previous_refunds) / |previous_refunds|
--   revenue: gross - refunds
--   previous_revenue: The same in the window before
--   revenue_change: (revenue - previous_revenue) / |previous_revenue|
--   orders: Orders in the window, also of unknown users
--   previous_orders: The same in the window before
--   orders_change: (orders - previous_orders) / |previous_orders|
--   active_customers: Customers with an order in the window
--   previous_active_customers: The same in the window before
--   active_customers_change: (active_customers - previous_active_customers) / |previous_active_customers|
--   new_customers: Customers whose first order is in the window
--   previous_new_customers: The same in the window before
--   new_customers_change: (new_customers - previous_new_customers) / |previous_new_customers|
--   average_order_value: revenue / orders; NULL without orders
--   previous_average_order_value: The same in the window before
--   average_order_value_change: (average_order_value - previous_average_order_value) / |previous_average_order_value|
--   units: Units sold in the window
--   previous_units: The same in the window before
--   units_change: (units - previous_units) / |previous_units|
--   profit: Revenue minus cost over products with unit_cost; NULL when there are none
--   previous_profit: The same in the window before
--   profit_change: (profit - previous_profit) / |previous_profit|
--   margin: profit / revenue of these products; NULL when that is not positive
--   previous_margin: The same in the window before
--   margin_change_points: 100 x (margin - previous_margin)
--   customers: Rows of customer_metrics
--   mean_lifetime_value: Mean lifetime_value of customers with orders
--   top_category: Category with most positive revenue in the window, the first by name on ties
--   products_to_reorder: Products at or below their reorder level
--   customers_at_high_risk: Customers whose churn_risk is high
--   revenue_at_risk: A year's worth of the lifetime_value of customers at high risk
WITH averages AS (
  -- Integer division with half added rounds half away from zero, exactly.
  SELECT
    *,
    (revenue::DECIMAL(38, 4) * 10000)::HUGEINT AS revenue_units,
    CASE WHEN orders > 0 THEN
      ((sign(revenue_units) * ((2 * abs(revenue_units) + orders) // (2 * orders)))::DECIMAL(33, 0) * 0.0001)
        ::DECIMAL(18, 4)
    END AS average_order_value
  FROM summary_periods
)
SELECT
  getvariable('as_of') AS as_of,
  getvariable('window_from') AS window_from,
  getvariable('window_to') AS window_to,
  w.gross,
  b.gross AS previous_gross,
  (w.gross - b.gross)::DOUBLE / NULLIF(abs(b.gross), 0) AS gross_change,
  w.refunds,
  b.refunds AS previous_refunds,
  (w.refunds - b.refunds)::DOUBLE / NULLIF(abs(b.refunds), 0) AS refunds_change,
  w.revenue,
  b.revenue AS previous_revenue,
  (w.revenue - b.revenue)::DOUBLE / NULLIF(abs(b.revenue), 0) AS revenue_change,
  w.orders,
  b.orders AS previous_orders,
  (w.orders - b.orders)::DOUBLE / NULLIF(abs(b.orders), 0) AS orders_change,
  w.active_customers,
  b.active_customers AS previous_active_customers,
  (w.active_customers - b.active_customers)::DOUBLE / NULLIF(abs(b.active_customers), 0) AS active_customers_change,
  w.new_customers,
  b.new_customers AS previous_new_customers,
  (w.new_customers - b.new_customers)::DOUBLE / NULLIF(abs(b.new_customers), 0) AS new_customers_change,
  w.average_order_value,
  b.average_order_value AS previous_average_order_value,
  (w.average_order_value - b.average_order_value)::DOUBLE / NULLIF(abs(b.average_order_value), 0)
    AS average_order_value_change,
  w.units,
  b.units AS previous_units,
  (w.units - b.units)::DOUBLE / NULLIF(abs(b.units), 0) AS units_change,
  w.profit,
  b.profit AS previous_profit,
  (w.profit - b.profit)::DOUBLE / NULLIF(abs(b.profit), 0) AS profit_change,
  w.margin,
  b.margin AS previous_margin,
  100 * (w.margin - b.margin) AS margin_change_points,
  c.customers,
  c.mean_lifetime_value,
  (
    SELECT category FROM category_shares
    WHERE window_revenue > 0 AND category IS NOT NULL
    ORDER BY window_revenue DESC, category
    LIMIT 1
  ) AS top_category,
  (SELECT count(*) FROM product_metrics WHERE reorder_recommended)::BIGINT AS products_to_reorder,
  c.customers_at_high_risk,
  c.revenue_at_risk
FROM averages AS w, averages AS b, summary_customers AS c
WHERE w.period = 'window' AND b.period = 'previous'
