-- incremental: customer_id
-- description: Orders, money and units of each customer, all days of the sources
SELECT
  customer_id,
  coalesce(sum(gross - refunds) FILTER (state = 'sold'), 0)::DECIMAL(18, 4) AS value,
  coalesce(sum(orders) FILTER (state = 'sold'), 0)::BIGINT AS orders,
  min(day) FILTER (state = 'sold' AND orders = 1) AS first_order_day,
  max(day) FILTER (state = 'sold' AND orders = 1) AS last_order_day,
  coalesce(sum(units) FILTER (state = 'sold'), 0)::DECIMAL(18, 3) AS units,
  coalesce(sum(units_refunded), 0)::DECIMAL(18, 3) AS units_refunded,
  coalesce(sum(gross) FILTER (state = 'open'), 0)::DECIMAL(18, 4) AS open_value,
  coalesce(sum(gross) FILTER (state = 'cancelled'), 0)::DECIMAL(18, 4) AS cancelled_value
FROM order_days
WHERE customer_id IS NOT NULL
GROUP BY customer_id
