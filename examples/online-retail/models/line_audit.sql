-- publish: true
-- key: reason
-- description: What became of every line of the file; the lines sum to all of them, the amounts too
-- columns:
--   reason: The rule that decided
--   outcome: sale (a line of an order), refund, merged into an equal line, or left_out
--   lines: Lines of the file
--   amount: Quantity x UnitPrice of these lines, negative for cancelled ones
WITH facts AS (
  SELECT 'exact_duplicate' AS reason, 'merged' AS outcome, copies - 1 AS lines, amount * (copies - 1) AS amount
  FROM distinct_lines
  WHERE copies > 1
  UNION ALL
  SELECT
    CASE WHEN kind <> 'sale' THEN kind WHEN customer IS NULL THEN 'sale_without_customer' ELSE 'sale' END,
    CASE WHEN kind = 'sale' THEN 'sale' ELSE 'left_out' END,
    1,
    amount
  FROM distinct_lines
  WHERE kind <> 'cancellation'
  UNION ALL
  SELECT
    CASE WHEN sale_invoice IS NULL THEN 'cancellation_without_sale' ELSE 'cancellation' END,
    CASE WHEN sale_invoice IS NULL THEN 'left_out' ELSE 'refund' END,
    1,
    -amount
  FROM cancelled_lines
)
SELECT reason, outcome, sum(lines)::BIGINT AS lines, sum(amount)::DECIMAL(18, 4) AS amount
FROM facts
GROUP BY reason, outcome
ORDER BY reason
