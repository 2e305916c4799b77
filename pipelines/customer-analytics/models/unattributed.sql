-- publish: true
-- key: reason
-- description: >-
--   Lines that no customer or no product can be found for, all days before as_of. They count in totals. A line may
--   stand under a user and a product reason, so the four rows are not to be added.
-- columns:
--   reason: unknown_user, no_user, unknown_product or no_product
--   lines: Lines of orders
--   orders: Orders with such lines
--   revenue: Their lines minus their refunds
WITH facts AS (
  SELECT CASE WHEN user_given THEN 'unknown_user' ELSE 'no_user' END AS reason, lines, orders, gross - refunds AS revenue
  FROM order_days
  WHERE state = 'sold' AND customer_id IS NULL AND day < getvariable('as_of')
  UNION ALL
  SELECT CASE WHEN product_given THEN 'unknown_product' ELSE 'no_product' END, lines, orders, gross - refunds
  FROM product_days
  WHERE product_id IS NULL AND day < getvariable('as_of')
)
SELECT
  r.reason,
  coalesce(sum(f.lines), 0)::BIGINT AS lines,
  coalesce(sum(f.orders), 0)::BIGINT AS orders,
  coalesce(sum(f.revenue), 0)::DECIMAL(18, 4) AS revenue
FROM (VALUES ('unknown_user'), ('no_user'), ('unknown_product'), ('no_product')) AS r(reason)
LEFT JOIN facts AS f ON f.reason = r.reason
GROUP BY r.reason
