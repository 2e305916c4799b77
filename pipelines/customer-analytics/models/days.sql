-- description: What was sold and refunded on each day, all days of the sources
SELECT
  day,
  sum(gross)::DECIMAL(18, 4) AS gross,
  sum(refunds)::DECIMAL(18, 4) AS refunds,
  sum(orders)::BIGINT AS orders,
  sum(units)::DECIMAL(18, 3) AS units
FROM (
  SELECT day, sum(gross) AS gross, 0 AS refunds, count(*) AS orders, sum(units) AS units
  FROM order_totals
  WHERE state = 'sold'
  GROUP BY day
  UNION ALL
  SELECT day, 0, sum(amount), 0, 0 FROM refund_lines GROUP BY day
)
GROUP BY day
