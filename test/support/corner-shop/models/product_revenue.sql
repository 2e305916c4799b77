-- publish: true
SELECT product_id, sum(amount)::DECIMAL(18, 4) AS revenue, count(DISTINCT order_id) AS orders FROM lines GROUP BY product_id
