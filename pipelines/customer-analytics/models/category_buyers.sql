-- description: Orders and customers of each category before as_of and in the window
SELECT
  category,
  count(*)::BIGINT AS lifetime_orders,
  count(*) FILTER (day >= getvariable('window_from'))::BIGINT AS window_orders,
  count(DISTINCT customer_id)::BIGINT AS lifetime_customers,
  count(DISTINCT customer_id) FILTER (day >= getvariable('window_from'))::BIGINT AS window_customers
FROM category_orders
WHERE day < getvariable('as_of')
GROUP BY category
