-- description: >-
--   Lines of orders in status refunded that have no row in refunds at all: refunded as a whole, on the day of the order's
--   last change.
SELECT l.order_id, l.line_no, greatest(o.updated_day, o.day) AS day, l.quantity AS units, l.amount
FROM order_facts AS o
JOIN order_lines AS l ON l.order_id = o.order_id
WHERE o.is_refunded AND NOT EXISTS (FROM refunds AS r WHERE r.order_id = o.order_id)
