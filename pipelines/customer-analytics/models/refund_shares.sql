-- description: >-
--   Refunds without a line, spread over the lines of their order: money by line_amount, units by quantity. What rounding
--   leaves goes to the line with most, the lowest on ties.
WITH numbers AS (
  -- In ten-thousandths of money and thousandths of units, as integers, so that shares are exact.
  SELECT
    r.refund_id, r.day, l.order_id, l.line_no,
    (r.amount::DECIMAL(38, 4) * 10000)::HUGEINT AS amount,
    (r.units::DECIMAL(38, 3) * 1000)::HUGEINT AS units,
    (l.amount::DECIMAL(38, 4) * 10000)::HUGEINT AS line_amount,
    (l.quantity::DECIMAL(38, 3) * 1000)::HUGEINT AS line_units
  FROM refund_requests AS r
  JOIN order_lines AS l ON l.order_id = r.order_id
  WHERE r.line_no IS NULL
),
wholes AS (
  SELECT
    *,
    sum(line_amount) OVER lines AS order_amount,
    sum(line_units) OVER lines AS order_units,
    row_number() OVER (PARTITION BY order_id, refund_id ORDER BY line_no) = 1 AS is_lowest,
    row_number() OVER (PARTITION BY order_id, refund_id ORDER BY line_amount DESC, line_no) = 1 AS is_dearest,
    row_number() OVER (PARTITION BY order_id, refund_id ORDER BY line_units DESC, line_no) = 1 AS is_fullest
  FROM numbers
  WINDOW lines AS (PARTITION BY order_id, refund_id)
),
shares AS (
  -- whole x line / order, rounded half away from zero.
  SELECT
    *,
    CASE WHEN order_amount = 0 THEN 0
      ELSE sign(amount) * sign(line_amount) * sign(order_amount)
        * ((2 * abs(amount * line_amount) + abs(order_amount)) // (2 * abs(order_amount)))
    END AS amount_share,
    CASE WHEN order_units = 0 THEN 0
      ELSE sign(units) * sign(line_units) * sign(order_units)
        * ((2 * abs(units * line_units) + abs(order_units)) // (2 * abs(order_units)))
    END AS units_share,
    CASE WHEN order_amount = 0 THEN is_lowest ELSE is_dearest END AS takes_money
  FROM wholes
),
parts AS (
  SELECT
    order_id, line_no, day,
    CASE WHEN takes_money THEN amount_share + amount - sum(amount_share) OVER lines ELSE amount_share END AS amount,
    CASE WHEN is_fullest THEN units_share + units - sum(units_share) OVER lines ELSE units_share END AS units
  FROM shares
  WINDOW lines AS (PARTITION BY order_id, refund_id)
)
SELECT
  order_id, line_no, day,
  (units::DECIMAL(34, 0) * 0.001)::DECIMAL(18, 3) AS units,
  (amount::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4) AS amount
FROM parts
