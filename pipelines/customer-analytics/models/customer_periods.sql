-- description: Orders, money and units of each customer before as_of and in the window
SELECT
  customer_id,
  coalesce(sum(gross - refunds) FILTER (state = 'sold'), 0)::DECIMAL(18, 4) AS lifetime_value,
  coalesce(sum(gross - refunds) FILTER (state = 'sold' AND day >= getvariable('window_from')), 0)::DECIMAL(18, 4)
    AS window_revenue,
  coalesce(sum(orders) FILTER (state = 'sold'), 0)::BIGINT AS lifetime_orders,
  coalesce(sum(orders) FILTER (state = 'sold' AND day >= getvariable('window_from')), 0)::BIGINT AS window_orders,
  min(day) FILTER (state = 'sold' AND orders = 1) AS first_order_day,
  max(day) FILTER (state = 'sold' AND orders = 1) AS last_order_day,
  coalesce(sum(units) FILTER (state = 'sold'), 0)::DECIMAL(18, 3) AS units,
  coalesce(sum(units_refunded), 0)::DECIMAL(18, 3) AS units_refunded,
  coalesce(sum(gross) FILTER (state = 'open'), 0)::DECIMAL(18, 4) AS open_value,
  coalesce(sum(gross) FILTER (state = 'cancelled'), 0)::DECIMAL(18, 4) AS cancelled_value
FROM order_days
WHERE customer_id IS NOT NULL AND day < getvariable('as_of')
GROUP BY customer_id
