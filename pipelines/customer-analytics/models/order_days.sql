-- incremental: order_id
-- description: >-
--   What each order that has lines brought on a day: its lines on its own day, and in rows of their own its refunds on
--   theirs. orders is 1 in the row of the lines, so that it may be summed.
SELECT
  order_id,
  any_value(customer_id) AS customer_id,
  any_value(user_given) AS user_given,
  any_value(state) AS state,
  any_value(day) AS day,
  1::BIGINT AS orders,
  count(*)::BIGINT AS lines,
  sum(quantity)::DECIMAL(18, 3) AS units,
  0::DECIMAL(18, 3) AS units_refunded,
  sum(amount)::DECIMAL(18, 4) AS gross,
  0::DECIMAL(18, 4) AS refunds
FROM order_lines
GROUP BY order_id
UNION ALL
SELECT
  order_id, any_value(customer_id), any_value(user_given), 'sold', day, 0, 0, 0,
  sum(units)::DECIMAL(18, 3), 0, sum(amount)::DECIMAL(18, 4)
FROM refund_lines
GROUP BY order_id, day
