-- description: >-
--   Orders, money and units of each customer before as_of and in the window. customer_totals has all days; the few
--   customers with days from as_of on are counted once more.
WITH late AS (
  SELECT DISTINCT customer_id FROM order_days WHERE customer_id IS NOT NULL AND day >= getvariable('as_of')
),
lifetimes AS (
  SELECT t.* FROM customer_totals AS t ANTI JOIN late AS l ON l.customer_id = t.customer_id
  UNION ALL
  SELECT
    d.customer_id,
    coalesce(sum(gross - refunds) FILTER (state = 'sold'), 0)::DECIMAL(18, 4),
    coalesce(sum(orders) FILTER (state = 'sold'), 0)::BIGINT,
    min(day) FILTER (state = 'sold' AND orders = 1),
    max(day) FILTER (state = 'sold' AND orders = 1),
    coalesce(sum(units) FILTER (state = 'sold'), 0)::DECIMAL(18, 3),
    coalesce(sum(units_refunded), 0)::DECIMAL(18, 3),
    coalesce(sum(gross) FILTER (state = 'open'), 0)::DECIMAL(18, 4),
    coalesce(sum(gross) FILTER (state = 'cancelled'), 0)::DECIMAL(18, 4)
  FROM order_days AS d
  SEMI JOIN late AS l ON l.customer_id = d.customer_id
  WHERE day < getvariable('as_of')
  GROUP BY d.customer_id
),
windows AS (
  SELECT customer_id, sum(gross - refunds) AS revenue, sum(orders) AS orders
  FROM order_days
  WHERE state = 'sold' AND day >= getvariable('window_from') AND day < getvariable('as_of')
  GROUP BY customer_id
)
SELECT
  l.customer_id,
  l.value AS lifetime_value,
  coalesce(w.revenue, 0)::DECIMAL(18, 4) AS window_revenue,
  l.orders AS lifetime_orders,
  coalesce(w.orders, 0)::BIGINT AS window_orders,
  l.first_order_day,
  l.last_order_day,
  l.units,
  l.units_refunded,
  l.open_value,
  l.cancelled_value
FROM lifetimes AS l
LEFT JOIN windows AS w ON w.customer_id = l.customer_id
