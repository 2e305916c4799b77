-- description: Every order that has lines, with what it is worth before refunds
SELECT
  order_id,
  any_value(customer_id) AS customer_id,
  any_value(user_given) AS user_given,
  any_value(state) AS state,
  any_value(day) AS day,
  count(*)::BIGINT AS lines,
  sum(quantity)::DECIMAL(18, 3) AS units,
  sum(amount)::DECIMAL(18, 4) AS gross
FROM order_lines
GROUP BY order_id
