-- publish: true
SELECT customer, sum(amount)::DECIMAL(18, 2) AS amount FROM orders GROUP BY customer
