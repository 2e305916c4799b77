-- incremental: order_id
-- description: >-
--   Where an order has a product on several lines, those after the first: lines minus further lines are orders. Lines
--   without a known product count as one product.
SELECT order_id, product_id, product_given, customer_id, day, count(*) - 1 AS lines
FROM order_lines
WHERE state = 'sold'
GROUP BY order_id, product_id, product_given, customer_id, day
HAVING count(*) > 1
