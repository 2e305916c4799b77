-- incremental: order_id
-- description: Each order once for every category that it has products of, NULL for products without one
SELECT
  p.category,
  l.order_id,
  any_value(l.customer_id) AS customer_id,
  any_value(l.day) AS day
FROM order_lines AS l
JOIN products AS p ON p.product_id = l.product_id
WHERE l.state = 'sold'
GROUP BY p.category, l.order_id
