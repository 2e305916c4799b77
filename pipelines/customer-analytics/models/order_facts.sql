-- incremental: order_id
-- description: >-
--   Every order with its local day, its rate and its customer. state is sold for a recognised status, open for
--   pending, cancelled. customer_id is NULL for a user who is not known; user_given says whether the order named one.
--   rate is NULL where no rate is known, which a check makes an error.
WITH dated AS (
  -- A day of a zone is dear to work out, so each one only once.
  SELECT
    order_id, user_id, status, currency,
    ordered_at::DATE AS day,
    CASE WHEN status = 'refunded' THEN updated_at::DATE END AS updated_day
  FROM orders
)
SELECT
  o.order_id,
  u.user_id AS customer_id,
  o.user_id IS NOT NULL AS user_given,
  CASE
    WHEN o.status IN ('paid', 'shipped', 'completed', 'refunded') THEN 'sold'
    WHEN o.status = 'pending' THEN 'open'
    WHEN o.status = 'cancelled' THEN 'cancelled'
  END AS state,
  o.status = 'refunded' AS is_refunded,
  o.day,
  o.updated_day,
  CASE WHEN o.currency = getvariable('currency') THEN 1 ELSE fx.rate END::DECIMAL(18, 8) AS rate
FROM dated AS o
LEFT JOIN users AS u ON u.user_id = o.user_id
LEFT JOIN fx_days AS fx ON fx.currency = o.currency AND fx.day = o.day
