-- description: How many customers each product has before as_of, how many came back for it, and who spent most on it
WITH before AS (
  SELECT
    c.customer_id,
    c.product_id,
    c.orders - coalesce(l.orders, 0) AS orders,
    c.revenue - coalesce(l.revenue, 0) AS revenue
  FROM customer_products AS c
  LEFT JOIN later_purchases AS l ON l.customer_id = c.customer_id AND l.product_id = c.product_id
)
SELECT
  product_id,
  count(*)::BIGINT AS customers,
  count(*) FILTER (orders > 1)::BIGINT AS repeat_customers,
  list_transform(min({'most': -revenue, 'id': customer_id}, 5), lambda top: top.id) AS top_customers
FROM before
WHERE orders > 0
GROUP BY product_id
