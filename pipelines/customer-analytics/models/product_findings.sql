-- description: >-
--   Products that somebody should look at, a row for each kind of finding; place counts by money, then by id. Only what is
--   shown has a title and evidence.
WITH facts AS (
  SELECT
    m.*,
    t.units_in_90_days,
    round(m.stock::DECIMAL(38, 3) * coalesce(m.unit_cost, 0), 4)::DECIMAL(18, 4) AS stock_value,
    p.reorder_level,
    p.created_at IS NULL OR p.created_at::DATE <= getvariable('as_of') - 90 AS is_settled,
    row_number() OVER (ORDER BY m.window_revenue DESC, m.product_id) AS sales_rank
  FROM product_metrics AS m
  JOIN products AS p ON p.product_id = m.product_id
  JOIN product_periods AS t ON t.product_id = m.product_id
),
hits AS (
  SELECT
    'reorder' AS kind,
    CASE WHEN stock <= 0 AND units_per_day > 0 THEN 'critical' ELSE 'warning' END AS severity,
    window_revenue AS money,
    *
  FROM facts
  WHERE reorder_recommended
  UNION ALL
  -- lifetime_profit / lifetime_revenue < 5 %, multiplied out.
  SELECT 'low_margin', 'warning', lifetime_revenue, *
  FROM facts
  WHERE lifetime_revenue > 0 AND 20 * lifetime_profit::DECIMAL(38, 4) < lifetime_revenue AND lifetime_units > 50
  UNION ALL
  SELECT 'best_product', 'info', window_revenue, *
  FROM facts
  WHERE window_revenue > 0 AND sales_rank <= 10
  UNION ALL
  SELECT 'dead_stock', 'info', stock_value, *
  FROM facts
  WHERE stock > 0 AND units_in_90_days = 0 AND is_settled
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY kind ORDER BY money DESC, product_id) AS place FROM hits
),
shown AS (
  SELECT
    *,
    concat('Product ', product_id, ' (', name, ')') AS product,
    format('{:,.2f} ', money::DECIMAL(18, 2)::DOUBLE) || getvariable('currency') AS amount,
    -- 10 instead of 10.000
    regexp_replace(stock::VARCHAR, '\.?0+$', '') AS pieces,
    regexp_replace(reorder_level::VARCHAR, '\.?0+$', '') AS level
  FROM placed
)
SELECT
  kind,
  severity,
  product_id::VARCHAR AS subject_id,
  place,
  money,
  CASE
    WHEN place > 20 THEN NULL
    WHEN kind = 'reorder' THEN format('{} has a stock of {}, to be reordered at {}.', product, pieces, level)
    WHEN kind = 'low_margin' THEN format('{} keeps {:.1f} % of its revenue of {}.', product, 100 * margin, amount)
    WHEN kind = 'best_product' THEN format('{} brought {} in the window.', product, amount)
    WHEN kind = 'dead_stock'
      THEN format('{} has a stock of {}, worth {}, and sold nothing in 90 days.', product, pieces, amount)
  END AS title,
  CASE
    WHEN place > 20 THEN NULL
    WHEN kind = 'reorder'
      THEN concat('{"stock": ', stock, ', "reorder_level": ', reorder_level, ', "units_per_day": ', units_per_day,
        ', "window_revenue": ', window_revenue, '}')
    WHEN kind = 'low_margin'
      THEN concat('{"margin": ', margin, ', "lifetime_profit": ', lifetime_profit, ', "lifetime_revenue": ',
        lifetime_revenue, ', "lifetime_units": ', lifetime_units, '}')
    WHEN kind = 'best_product'
      THEN concat('{"window_revenue": ', window_revenue, ', "window_units": ', window_units, '}')
    WHEN kind = 'dead_stock' THEN concat('{"stock": ', stock, ', "stock_value": ', stock_value, '}')
  END AS evidence
FROM shown
