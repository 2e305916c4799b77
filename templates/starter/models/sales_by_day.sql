-- publish: true
-- key: day
-- description: revenue of each day of the window that had orders
-- columns:
--   day: in the pipeline's zone
--   orders: how many
--   large_orders: those of the parameter large_order or more
--   revenue: sum of their amounts
SELECT
  day,
  count(*) AS orders,
  count_if(amount >= getvariable('large_order')) AS large_orders,
  sum(amount)::DECIMAL(18,4) AS revenue
FROM orders_sold
WHERE day BETWEEN getvariable('window_from') AND getvariable('window_to') - 1
GROUP BY day
ORDER BY day
