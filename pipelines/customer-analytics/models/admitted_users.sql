-- description: Users created before as_of, without created_at, or with an order of any status before as_of
WITH early AS (
  -- Users who ordered before they were created, so to say; an order without lines is enough.
  SELECT DISTINCT o.customer_id
  FROM order_facts AS o
  JOIN users AS u ON u.user_id = o.customer_id
  WHERE o.day < getvariable('as_of') AND u.created_at::DATE >= getvariable('as_of')
)
SELECT u.user_id, u.email, u.name, u.country, u.marketing_opt_in, u.created_at
FROM users AS u
LEFT JOIN early AS e ON e.customer_id = u.user_id
WHERE u.created_at IS NULL OR u.created_at::DATE < getvariable('as_of') OR e.customer_id IS NOT NULL
