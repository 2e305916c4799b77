-- description: Every invoice with a sale. The file knows no states, so each is completed.
-- key: order_id
SELECT
  invoice AS order_id,
  max(customer) AS user_id,
  'completed' AS status,
  min(moment)::TIMESTAMPTZ AS ordered_at,
  getvariable('currency') AS currency,
  max(moment)::TIMESTAMPTZ AS updated_at
FROM distinct_lines
WHERE kind = 'sale'
GROUP BY invoice
