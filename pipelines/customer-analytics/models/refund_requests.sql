-- incremental: order_id
-- description: >-
--   Every refund of a recognised order, on its own day or on its order's when that is later, in the pipeline's currency.
--   line_no is NULL for a refund that names no line, or one that the order lacks.
SELECT
  r.refund_id,
  r.order_id,
  l.line_no,
  greatest(r.refunded_at::DATE, o.day) AS day,
  coalesce(r.quantity, 0) AS units,
  round(r.amount::DECIMAL(38, 4) * o.rate, 4)::DECIMAL(18, 4) AS amount
FROM refunds AS r
JOIN order_facts AS o ON o.order_id = r.order_id
LEFT JOIN order_lines AS l ON l.order_id = r.order_id AND l.line_no = r.line_no
WHERE o.state = 'sold'
