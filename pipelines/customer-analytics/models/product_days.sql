-- incremental: [product_id, product_given, day]
-- description: >-
--   What was sold and refunded of each product on each day. An order has one day, so orders may be summed over days.
--   Lines without a known product stand under a NULL product_id.
SELECT
  product_id,
  product_given,
  day,
  sum(lines)::BIGINT AS lines,
  sum(orders)::BIGINT AS orders,
  sum(units)::DECIMAL(18, 3) AS units,
  sum(units_refunded)::DECIMAL(18, 3) AS units_refunded,
  sum(gross)::DECIMAL(18, 4) AS gross,
  sum(refunds)::DECIMAL(18, 4) AS refunds
FROM (
  SELECT
    product_id, product_given, day, 1 AS lines, 1 AS orders,
    quantity AS units, 0 AS units_refunded, amount AS gross, 0 AS refunds
  FROM order_lines
  WHERE state = 'sold'
  UNION ALL
  SELECT product_id, product_given, day, 0, -lines, 0, 0, 0, 0 FROM further_lines
  UNION ALL
  SELECT product_id, product_given, day, 0, 0, 0, units, 0, amount FROM refund_lines
)
GROUP BY product_id, product_given, day
