-- description: What was sold and refunded on each day, all days of the sources
SELECT
  day,
  sum(gross)::DECIMAL(18, 4) AS gross,
  sum(refunds)::DECIMAL(18, 4) AS refunds,
  sum(orders)::BIGINT AS orders,
  sum(units)::DECIMAL(18, 3) AS units
FROM order_days
WHERE state = 'sold'
GROUP BY day
