-- publish: true
SELECT customer, sum(amount)::DECIMAL(18, 2) AS amount, getvariable('label') AS label, getvariable('since') AS since,
  getvariable('window_to') AS until
FROM orders
WHERE amount > getvariable('least')
GROUP BY customer
