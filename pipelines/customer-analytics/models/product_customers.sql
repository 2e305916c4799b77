-- description: How many customers each product has, how many came back for it, and who spent most on it
SELECT
  product_id,
  count(*)::BIGINT AS customers,
  count(*) FILTER (repeated)::BIGINT AS repeat_customers,
  list_transform(min({'most': -revenue, 'id': customer_id}, 5), lambda top: top.id) AS top_customers
FROM customer_products
GROUP BY product_id
