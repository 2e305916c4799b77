-- description: What each customer bought of each product before as_of, net of refunds, and whether in several orders
SELECT
  customer_id,
  product_id,
  sum(amount)::DECIMAL(18, 4) AS revenue,
  min(order_id) <> max(order_id) AS repeated
FROM (
  SELECT customer_id, product_id, order_id, amount
  FROM order_lines
  WHERE state = 'sold' AND day < getvariable('as_of') AND customer_id IS NOT NULL AND product_id IS NOT NULL
  UNION ALL
  SELECT customer_id, product_id, order_id, -amount
  FROM refund_lines
  WHERE day < getvariable('as_of') AND customer_id IS NOT NULL AND product_id IS NOT NULL
)
GROUP BY customer_id, product_id
