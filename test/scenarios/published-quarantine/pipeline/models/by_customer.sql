-- publish: true
-- key: customer
SELECT customer, count(*) AS orders, sum(amount)::DECIMAL(18,2) AS amount FROM orders GROUP BY customer
