-- incremental: order_id
-- description: What was refunded of each line, and when, with the customer and the product of the line
WITH parts AS (
  SELECT order_id, line_no, day, units, amount FROM refund_requests WHERE line_no IS NOT NULL
  UNION ALL
  SELECT order_id, line_no, day, units, amount FROM refund_shares
  UNION ALL
  SELECT order_id, line_no, day, units, amount FROM whole_refunds
)
SELECT
  p.order_id, p.line_no, l.product_id, l.product_given, l.customer_id, l.user_given,
  p.day,
  p.units::DECIMAL(18, 3) AS units,
  p.amount
FROM parts AS p
JOIN order_lines AS l ON l.order_id = p.order_id AND l.line_no = p.line_no
