-- description: >-
--   What customer_products has of days from as_of on, mostly little or nothing. is_first says that the customer bought
--   nothing of the product before.
WITH later AS (
  SELECT customer_id, product_id, sum(orders)::BIGINT AS orders, sum(amount)::DECIMAL(18, 4) AS revenue
  FROM (
    SELECT customer_id, product_id, day, 1 AS orders, amount FROM order_lines WHERE state = 'sold'
    UNION ALL
    SELECT customer_id, product_id, day, -lines, 0 FROM further_lines
    UNION ALL
    SELECT customer_id, product_id, day, 0, -amount FROM refund_lines
  )
  WHERE customer_id IS NOT NULL AND product_id IS NOT NULL AND day >= getvariable('as_of')
  GROUP BY customer_id, product_id
)
SELECT l.customer_id, l.product_id, l.orders, l.revenue, l.orders = c.orders AS is_first
FROM later AS l
JOIN customer_products AS c ON c.customer_id = l.customer_id AND c.product_id = l.product_id
