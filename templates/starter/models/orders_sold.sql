-- description: orders that count, with their day; not published, a step on the way to the others
SELECT
  order_id,
  customer_id,
  ordered_at::DATE AS day,
  amount
FROM orders
WHERE status <> 'cancelled' AND ordered_at::DATE < getvariable('as_of')
