-- incremental: customer_id
-- description: How many products each customer bought of each category, and for how much, all days of the sources
SELECT c.customer_id, p.category, count(*)::BIGINT AS products, sum(c.revenue)::DECIMAL(18, 4) AS revenue
FROM customer_products AS c
JOIN products AS p ON p.product_id = c.product_id
GROUP BY c.customer_id, p.category
