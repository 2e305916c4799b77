-- description: How many products each customer bought, and the category with most revenue, the first by name on ties
SELECT
  customer_id,
  sum(products)::BIGINT AS distinct_products,
  (min({'most': -revenue, 'category': category}) FILTER (category IS NOT NULL)).category AS favourite_category
FROM (
  SELECT c.customer_id, p.category, count(*) AS products, sum(c.revenue)::DECIMAL(18, 4) AS revenue
  FROM customer_products AS c
  JOIN products AS p ON p.product_id = c.product_id
  GROUP BY c.customer_id, p.category
)
GROUP BY customer_id
