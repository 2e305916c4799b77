-- incremental: [customer_id, product_id]
-- description: >-
--   What each customer bought of each known product, net of refunds, all days of the sources; almost as many rows as there
--   are lines, so days are left out, and later_purchases takes off what as_of leaves out.
SELECT
  customer_id,
  product_id,
  sum(orders)::BIGINT AS orders,
  sum(amount)::DECIMAL(18, 4) AS revenue
FROM (
  SELECT customer_id, product_id, 1 AS orders, amount FROM order_lines WHERE state = 'sold'
  UNION ALL
  SELECT customer_id, product_id, -lines, 0 FROM further_lines
  UNION ALL
  SELECT customer_id, product_id, 0, -amount FROM refund_lines
)
WHERE customer_id IS NOT NULL AND product_id IS NOT NULL
GROUP BY customer_id, product_id
