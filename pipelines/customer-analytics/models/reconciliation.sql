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
WITH placed AS (
  SELECT
    o.order_id, o.updated_at, o.status,
    CASE WHEN o.currency = getvariable('currency') THEN 1 ELSE fx.rate END::DECIMAL(18, 8) AS rate
  FROM orders AS o
  LEFT JOIN fx_days AS fx
    ON fx.currency = o.currency
    AND fx.day = CASE WHEN o.currency <> getvariable('currency') THEN o.ordered_at::DATE END
  -- By local days, since a midnight comes twice where clocks go back over it. A day is dear to work out, so only of
  -- orders near as_of.
  WHERE o.status IN ('paid', 'shipped', 'completed', 'refunded')
    AND (o.ordered_at < getvariable('as_of')::TIMESTAMPTZ - INTERVAL 1 DAY OR o.ordered_at::DATE < getvariable('as_of'))
),
sold AS (
  SELECT
    p.order_id,
    any_value(p.updated_at) FILTER (p.status = 'refunded') AS refunded_at,
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
asked AS (
  SELECT sum(round(r.amount::DECIMAL(38, 4) * s.rate, 4)::DECIMAL(18, 4)) AS amount
  FROM refunds AS r
  JOIN sold AS s ON s.order_id = r.order_id
  WHERE r.refunded_at::DATE < getvariable('as_of')
),
wholly AS (
  SELECT sum(gross) AS amount
  FROM sold AS s
  WHERE s.refunded_at::DATE < getvariable('as_of')
    AND NOT EXISTS (SELECT 1 FROM refunds AS r WHERE r.order_id = s.order_id)
),
expected AS (
  SELECT
    (coalesce((SELECT sum(gross) FROM sold), 0) - coalesce((SELECT amount FROM asked), 0)
      - coalesce((SELECT amount FROM wholly), 0))::DECIMAL(18, 4) AS expected
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
    coalesce((SELECT sum(gross) - sum(refunds) FROM days WHERE day < getvariable('as_of')), 0)
)
SELECT
  c.figure,
  c.computed::DECIMAL(18, 4) AS computed,
  e.expected,
  (c.computed - e.expected)::DECIMAL(18, 4) AS difference
FROM computed AS c, expected AS e
