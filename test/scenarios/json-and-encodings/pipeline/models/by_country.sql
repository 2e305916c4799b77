-- publish: true
-- key: country
SELECT country, count(*) AS orders, sum(amount)::DECIMAL(18,4) AS amount, max(orders.id) AS newest,
  sum(json_array_length(lines))::BIGINT AS lines
FROM orders
JOIN customers ON customers.id = orders.customer_id
JOIN cities USING (city)
GROUP BY country
