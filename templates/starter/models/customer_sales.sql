-- publish: true
-- key: customer_id
-- description: every customer with the orders of the window, also those without any
-- columns:
--   customer_id: as the shop has it
--   name: as the shop has it
--   orders: how many in the window
--   revenue: sum of their amounts
--   share_of_limit: revenue over the customer's credit limit
SELECT
  c.customer_id,
  c.name,
  count(o.order_id) AS orders,
  coalesce(sum(o.amount), 0)::DECIMAL(18,4) AS revenue,
  coalesce(sum(o.amount), 0)::DOUBLE / nullif(c.credit_limit, 0)::DOUBLE AS share_of_limit
FROM customers AS c
LEFT JOIN orders_sold AS o
  ON o.customer_id = c.customer_id AND o.day BETWEEN getvariable('window_from') AND getvariable('window_to') - 1
GROUP BY c.customer_id, c.name, c.credit_limit
ORDER BY c.customer_id
