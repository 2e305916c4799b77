-- description: >-
--   What was sold of each product on each day, and in rows of their own what was refunded. An order has one day, so
--   orders may be summed over days. Lines without a known product stand under a NULL product_id.
SELECT
  product_id,
  product_given,
  day,
  count(*)::BIGINT AS lines,
  count(DISTINCT order_id)::BIGINT AS orders,
  sum(quantity)::DECIMAL(18, 3) AS units,
  0::DECIMAL(18, 3) AS units_refunded,
  sum(amount)::DECIMAL(18, 4) AS gross,
  0::DECIMAL(18, 4) AS refunds
FROM order_lines
WHERE state = 'sold'
GROUP BY product_id, product_given, day
UNION ALL
SELECT product_id, product_given, day, 0, 0, 0, sum(units)::DECIMAL(18, 3), 0, sum(amount)::DECIMAL(18, 4)
FROM refund_lines
GROUP BY product_id, product_given, day
