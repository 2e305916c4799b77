-- publish: true
-- key: figure
-- description: >-
--   The same revenue by three ways, each against gross minus refunds worked out from the source tables. A difference
--   other than 0 stops the run.
-- columns:
--   figure: revenue_by_customer, revenue_by_product or revenue_by_day
--   computed: Sum over the published or daily table, with what is unattributed
--   expected: Gross minus refunds of the sources, all days before as_of
--   difference: computed - expected
WITH expected AS (
  SELECT coalesce(sum(gross - refunds), 0)::DECIMAL(18, 4) AS expected
  FROM source_days
  WHERE day < getvariable('as_of')
),
computed AS (
  SELECT
    'revenue_by_customer' AS figure,
    coalesce((SELECT sum(lifetime_value) FROM customer_metrics), 0)
      + (SELECT sum(revenue) FROM unattributed WHERE reason IN ('unknown_user', 'no_user')) AS computed
  UNION ALL
  SELECT
    'revenue_by_product',
    coalesce((SELECT sum(lifetime_revenue) FROM product_metrics), 0)
      + (SELECT sum(revenue) FROM unattributed WHERE reason IN ('unknown_product', 'no_product'))
  UNION ALL
  SELECT
    'revenue_by_day',
    coalesce((SELECT sum(gross - refunds) FROM days WHERE day < getvariable('as_of')), 0)
)
SELECT
  c.figure,
  c.computed::DECIMAL(18, 4) AS computed,
  e.expected,
  (c.computed - e.expected)::DECIMAL(18, 4) AS difference
FROM computed AS c, expected AS e
