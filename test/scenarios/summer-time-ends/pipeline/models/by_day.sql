-- publish: true
-- key: day
SELECT ordered_at::DATE AS day, count(*) AS orders, sum(amount)::DECIMAL(18,2) AS amount FROM orders
WHERE ordered_at::DATE >= getvariable('window_from') AND ordered_at::DATE < getvariable('window_to')
GROUP BY day
