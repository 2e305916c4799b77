-- description: >-
--   Everybody with a line of any kind, known since their first. The file says nothing of names or consent; of two
--   countries the later one holds.
-- key: user_id
SELECT
  customer AS user_id,
  NULL::VARCHAR AS email,
  NULL::VARCHAR AS name,
  (max({'moment': moment, 'country': country})).country AS country,
  false AS marketing_opt_in,
  min(moment)::TIMESTAMPTZ AS created_at,
  max(moment)::TIMESTAMPTZ AS updated_at
FROM distinct_lines
WHERE customer IS NOT NULL
GROUP BY customer
