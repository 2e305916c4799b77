-- description: >-
--   What was ever sold, under the description that most of its lines bear, the first by name on ties, at its latest
--   price. The file knows no categories, costs or stock.
-- key: product_id
WITH names AS (
  SELECT product, description, count(*) AS times
  FROM distinct_lines
  WHERE kind = 'sale' AND description IS NOT NULL
  GROUP BY product, description
),
titles AS (
  SELECT product, (min({'most': -times, 'description': description})).description AS name FROM names GROUP BY product
),
sold AS (
  SELECT product, min(moment) AS first_at, max(moment) AS last_at, (max({'moment': moment, 'price': price})).price AS price
  FROM distinct_lines
  WHERE kind = 'sale'
  GROUP BY product
)
SELECT
  s.product AS product_id,
  coalesce(t.name, s.product) AS name,
  NULL::VARCHAR AS category,
  s.price AS list_price,
  NULL::DECIMAL(18, 4) AS unit_cost,
  NULL::DECIMAL(18, 3) AS stock,
  NULL::DECIMAL(18, 3) AS reorder_level,
  NULL::INTEGER AS lead_time_days,
  s.first_at::TIMESTAMPTZ AS created_at,
  s.last_at::TIMESTAMPTZ AS updated_at
FROM sold AS s
LEFT JOIN titles AS t ON t.product = s.product
