-- incremental: order_id
-- description: >-
--   Gross and refunds of each order on their days, worked out from the source tables once more and by nothing that the
--   other models read but the rates: one row for its lines, and one for each refund
WITH dated AS (
  -- A day of a zone is dear to work out, so each one only once.
  SELECT
    order_id, status, currency,
    ordered_at::DATE AS day,
    CASE WHEN status = 'refunded' THEN updated_at::DATE END AS updated_day
  FROM orders
  WHERE status IN ('paid', 'shipped', 'completed', 'refunded')
),
placed AS (
  SELECT
    o.order_id, o.day, o.updated_day,
    CASE WHEN o.currency = getvariable('currency') THEN 1 ELSE fx.rate END::DECIMAL(18, 8) AS rate
  FROM dated AS o
  LEFT JOIN fx_days AS fx ON fx.currency = o.currency AND fx.day = o.day
),
sold AS (
  SELECT
    p.order_id,
    any_value(p.day) AS day,
    any_value(p.updated_day) AS updated_day,
    any_value(p.rate) AS rate,
    sum(CASE
      WHEN p.rate = 1 AND i.quantity BETWEEN -999 AND 999 AND i.unit_price BETWEEN -9999 AND 9999
        AND coalesce(i.discount, 0) BETWEEN 0 AND 1
      THEN (i.quantity * i.unit_price * (1 - coalesce(i.discount, 0))::DECIMAL(5, 4))::DECIMAL(18, 4)
      ELSE round(i.quantity::DECIMAL(38, 3) * i.unit_price * (1 - coalesce(i.discount, 0)) * p.rate, 4)::DECIMAL(18, 4)
    END) AS gross
  FROM order_items AS i
  JOIN placed AS p ON p.order_id = i.order_id
  GROUP BY p.order_id
),
amounts AS (
  SELECT order_id, day, gross, 0 AS refunds FROM sold
  UNION ALL
  SELECT r.order_id, greatest(r.refunded_at::DATE, s.day), 0, round(r.amount::DECIMAL(38, 4) * s.rate, 4)::DECIMAL(18, 4)
  FROM refunds AS r
  JOIN sold AS s ON s.order_id = r.order_id
  UNION ALL
  SELECT order_id, greatest(updated_day, day), 0, gross
  FROM sold AS s
  WHERE updated_day IS NOT NULL AND NOT EXISTS (FROM refunds AS r WHERE r.order_id = s.order_id)
)
SELECT order_id, day, gross::DECIMAL(18, 4) AS gross, refunds::DECIMAL(18, 4) AS refunds FROM amounts
