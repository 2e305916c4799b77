-- incremental: customer_id
-- description: >-
--   How many products each customer bought before as_of, and the category with most revenue, the first by name on ties
WITH later AS (
  SELECT l.customer_id, p.category, count(*) FILTER (l.is_first) AS products, sum(l.revenue) AS revenue
  FROM later_purchases AS l
  JOIN products AS p ON p.product_id = l.product_id
  GROUP BY l.customer_id, p.category
),
before AS (
  SELECT
    c.customer_id,
    c.category,
    c.products - coalesce(l.products, 0) AS products,
    c.revenue - coalesce(l.revenue, 0) AS revenue
  FROM customer_categories AS c
  LEFT JOIN later AS l ON l.customer_id = c.customer_id AND l.category IS NOT DISTINCT FROM c.category
)
SELECT
  customer_id,
  sum(products)::BIGINT AS distinct_products,
  (min({'most': -revenue, 'category': category}) FILTER (category IS NOT NULL)).category AS favourite_category
FROM before
WHERE products > 0
GROUP BY customer_id
