-- publish: true
-- key: day
-- description: Each day of the window, also days without any sale
-- columns:
--   day: Local calendar day
--   gross: Lines of orders
--   refunds: Refunds made that day, positive
--   revenue: gross - refunds
--   orders: Orders of that day, also of unknown users
--   customers: Customers who ordered that day
--   new_customers: Customers whose first order was that day
--   units: Units sold
WITH calendar AS (
  SELECT unnest(range(getvariable('window_from'), getvariable('window_to'), INTERVAL 1 DAY))::DATE AS day
),
buyers AS (
  SELECT day, count(DISTINCT customer_id)::BIGINT AS customers
  FROM order_days
  WHERE state = 'sold' AND orders = 1 AND day >= getvariable('window_from') AND day < getvariable('window_to')
  GROUP BY day
),
newcomers AS (
  SELECT first_order_day AS day, count(*)::BIGINT AS new_customers
  FROM customer_metrics
  WHERE first_order_day >= getvariable('window_from')
  GROUP BY first_order_day
)
SELECT
  c.day,
  coalesce(d.gross, 0)::DECIMAL(18, 4) AS gross,
  coalesce(d.refunds, 0)::DECIMAL(18, 4) AS refunds,
  (coalesce(d.gross, 0) - coalesce(d.refunds, 0))::DECIMAL(18, 4) AS revenue,
  coalesce(d.orders, 0)::BIGINT AS orders,
  coalesce(b.customers, 0)::BIGINT AS customers,
  coalesce(n.new_customers, 0)::BIGINT AS new_customers,
  coalesce(d.units, 0)::DECIMAL(18, 3) AS units
FROM calendar AS c
LEFT JOIN days AS d ON d.day = c.day
LEFT JOIN buyers AS b ON b.day = c.day
LEFT JOIN newcomers AS n ON n.day = c.day
ORDER BY c.day
