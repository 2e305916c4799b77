SELECT id, customer_id, ordered_at::DATE AS day, amount, amount >= getvariable('large_from') AS large
FROM orders
WHERE ordered_at::DATE >= getvariable('window_from') AND ordered_at::DATE < getvariable('window_to')
