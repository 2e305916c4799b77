-- description: >-
--   Refunds of recognised orders by line: those that name a line, those spread over the lines of their order, and
--   orders in status refunded without any refund, which count as wholly refunded.
WITH sold AS (
  SELECT order_id, day, updated_day, is_refunded, rate FROM order_facts WHERE state = 'sold'
),
requests AS (
  SELECT
    r.refund_id,
    r.order_id,
    r.line_no,
    coalesce(r.quantity, 0) AS quantity,
    round(r.amount::DECIMAL(38, 4) * o.rate, 4)::DECIMAL(18, 4) AS amount,
    greatest(r.refunded_at::DATE, o.day) AS day
  FROM refunds AS r
  JOIN sold AS o ON o.order_id = r.order_id
),
wholly AS (
  SELECT order_id, greatest(updated_day, day) AS day
  FROM sold AS o
  WHERE is_refunded AND NOT EXISTS (SELECT 1 FROM refunds AS r WHERE r.order_id = o.order_id)
),
touched AS (
  SELECT order_id FROM requests UNION SELECT order_id FROM wholly
),
affected AS (
  SELECT l.order_id, l.line_no, l.product_id, l.product_given, l.customer_id, l.user_given, l.quantity, l.amount
  FROM order_lines AS l
  JOIN touched AS t ON t.order_id = l.order_id
),
unplaced AS (
  SELECT q.refund_id, q.order_id, q.day, q.amount, q.quantity
  FROM requests AS q
  WHERE q.line_no IS NULL
    OR NOT EXISTS (SELECT 1 FROM affected AS l WHERE l.order_id = q.order_id AND l.line_no = q.line_no)
),
-- From here on in ten-thousandths of money and thousandths of units, as integers, so that shares are exact.
totals AS (
  SELECT
    order_id,
    sum(amount::DECIMAL(38, 4) * 10000)::HUGEINT AS amount,
    sum(quantity::DECIMAL(38, 3) * 1000)::HUGEINT AS quantity,
    min(line_no) AS lowest_line,
    (min({'most': -amount, 'line_no': line_no})).line_no AS dearest_line,
    (min({'most': -quantity, 'line_no': line_no})).line_no AS fullest_line
  FROM affected
  WHERE order_id IN (SELECT order_id FROM unplaced)
  GROUP BY order_id
),
numbers AS (
  SELECT
    q.refund_id, q.day, l.order_id, l.line_no, l.product_id, l.product_given, l.customer_id, l.user_given,
    (q.amount::DECIMAL(38, 4) * 10000)::HUGEINT AS amount,
    (q.quantity::DECIMAL(38, 3) * 1000)::HUGEINT AS quantity,
    (l.amount::DECIMAL(38, 4) * 10000)::HUGEINT AS line_amount,
    (l.quantity::DECIMAL(38, 3) * 1000)::HUGEINT AS line_quantity,
    t.amount AS order_amount,
    t.quantity AS order_quantity,
    l.line_no = CASE WHEN t.amount = 0 THEN t.lowest_line ELSE t.dearest_line END AS takes_money,
    l.line_no = t.fullest_line AS takes_units
  FROM unplaced AS q
  JOIN affected AS l ON l.order_id = q.order_id
  JOIN totals AS t ON t.order_id = q.order_id
),
shares AS (
  SELECT
    *,
    CASE WHEN order_amount = 0 THEN 0
      ELSE sign(amount) * sign(line_amount) * sign(order_amount)
        * ((2 * abs(amount * line_amount) + abs(order_amount)) // (2 * abs(order_amount)))
    END AS money_share,
    CASE WHEN order_quantity = 0 THEN 0
      ELSE sign(quantity) * sign(line_quantity) * sign(order_quantity)
        * ((2 * abs(quantity * line_quantity) + abs(order_quantity)) // (2 * abs(order_quantity)))
    END AS unit_share
  FROM numbers
),
rests AS (
  SELECT refund_id, sum(money_share) AS money_shares, sum(unit_share) AS unit_shares FROM shares GROUP BY refund_id
),
spread AS (
  SELECT
    s.*,
    s.money_share + CASE WHEN s.takes_money THEN s.amount - r.money_shares ELSE 0 END AS money_part,
    s.unit_share + CASE WHEN s.takes_units THEN s.quantity - r.unit_shares ELSE 0 END AS unit_part
  FROM shares AS s
  JOIN rests AS r ON r.refund_id = s.refund_id
)
SELECT
  l.order_id, l.line_no, l.product_id, l.product_given, l.customer_id, l.user_given, q.day,
  q.quantity::DECIMAL(18, 3) AS units,
  q.amount AS amount
FROM requests AS q
JOIN affected AS l ON l.order_id = q.order_id AND l.line_no = q.line_no
UNION ALL
SELECT
  order_id, line_no, product_id, product_given, customer_id, user_given, day,
  (unit_part::DECIMAL(34, 0) * 0.001)::DECIMAL(18, 3) AS units,
  (money_part::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4) AS amount
FROM spread
UNION ALL
SELECT
  l.order_id, l.line_no, l.product_id, l.product_given, l.customer_id, l.user_given, w.day,
  l.quantity AS units,
  l.amount
FROM wholly AS w
JOIN affected AS l ON l.order_id = w.order_id
