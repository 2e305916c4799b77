-- description: Users created before as_of, without created_at, or with an order of any status before as_of
WITH dated AS (
  SELECT *, created_at IS NULL OR created_at::DATE < getvariable('as_of') AS is_there FROM users
),
early AS (
  -- Users who ordered before they were created, so to say; an order without lines is enough.
  SELECT DISTINCT o.customer_id
  FROM order_facts AS o
  SEMI JOIN (SELECT user_id FROM dated WHERE NOT is_there) AS u ON u.user_id = o.customer_id
  WHERE o.day < getvariable('as_of')
)
SELECT u.user_id, u.email, u.name, u.country, u.marketing_opt_in, u.created_at
FROM dated AS u
LEFT JOIN early AS e ON e.customer_id = u.user_id
WHERE u.is_there OR e.customer_id IS NOT NULL
