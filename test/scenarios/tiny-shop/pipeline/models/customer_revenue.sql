-- publish: true
-- key: name
SELECT c.name, count(o.id) AS orders, coalesce(sum(o.amount), 0)::DECIMAL(18,2) AS revenue,
  count(o.id) FILTER (o.large) AS large_orders
FROM customers AS c LEFT JOIN window_orders AS o ON o.customer_id = c.id
GROUP BY c.id, c.name
