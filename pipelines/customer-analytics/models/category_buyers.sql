-- description: >-
--   Orders and customers of each category before as_of and in the window. Who bought of a category is counted in
--   customer_categories, which has each customer once; later_purchases takes off who did so from as_of on.
WITH later AS (
  SELECT l.customer_id, p.category, count(*) AS products
  FROM later_purchases AS l
  JOIN products AS p ON p.product_id = l.product_id
  WHERE l.is_first
  GROUP BY l.customer_id, p.category
),
buyers AS (
  SELECT c.category, count(*) AS customers
  FROM customer_categories AS c
  LEFT JOIN later AS l ON l.customer_id = c.customer_id AND l.category IS NOT DISTINCT FROM c.category
  WHERE c.products > coalesce(l.products, 0)
  GROUP BY c.category
),
placed AS (
  SELECT
    category,
    count(*) AS lifetime_orders,
    count(*) FILTER (day >= getvariable('window_from')) AS window_orders,
    count(DISTINCT customer_id) FILTER (day >= getvariable('window_from')) AS window_customers
  FROM category_orders
  WHERE day < getvariable('as_of')
  GROUP BY category
)
SELECT
  p.category,
  p.lifetime_orders::BIGINT AS lifetime_orders,
  p.window_orders::BIGINT AS window_orders,
  coalesce(b.customers, 0)::BIGINT AS lifetime_customers,
  p.window_customers::BIGINT AS window_customers
FROM placed AS p
LEFT JOIN buyers AS b ON b.category IS NOT DISTINCT FROM p.category
