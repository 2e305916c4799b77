-- publish: true
-- key: customer
SELECT customer, count(*) AS orders, sum(amount)::DECIMAL(18,2) AS amount,
  (SELECT count(*) FROM refunds AS r WHERE r.customer = o.customer) AS refunds
FROM orders AS o GROUP BY customer
