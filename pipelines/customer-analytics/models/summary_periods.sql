-- description: Figures of the window, and of the period of equal length before it, a row each
WITH periods AS (
  SELECT 'window' AS period, getvariable('window_from') AS first_day, getvariable('window_to') AS end_day
  UNION ALL
  SELECT
    'previous',
    getvariable('window_from') - (getvariable('window_to') - getvariable('window_from'))::INTEGER,
    getvariable('window_from')
),
sales AS (
  SELECT
    p.period,
    sum(o.gross) AS gross,
    sum(o.refunds) AS refunds,
    sum(o.orders) AS orders,
    sum(o.units) AS units,
    count(DISTINCT o.customer_id) FILTER (o.orders = 1) AS active_customers
  FROM periods AS p
  JOIN order_days AS o ON o.day >= p.first_day AND o.day < p.end_day
  -- So that other days are not joined at all.
  WHERE o.state = 'sold' AND o.day < getvariable('window_to')
    AND o.day >= getvariable('window_from') - (getvariable('window_to') - getvariable('window_from'))::INTEGER
  GROUP BY p.period
),
newcomers AS (
  SELECT p.period, count(*) AS new_customers
  FROM periods AS p
  JOIN customer_metrics AS c ON c.first_order_day >= p.first_day AND c.first_order_day < p.end_day
  GROUP BY p.period
),
profits AS (
  SELECT 'window' AS period, sum(window_revenue) AS revenue, sum(window_cost) AS cost
  FROM product_periods
  WHERE window_cost IS NOT NULL
  UNION ALL
  SELECT 'previous', sum(previous_revenue), sum(previous_cost)
  FROM product_periods
  WHERE previous_cost IS NOT NULL
)
SELECT
  p.period,
  coalesce(s.gross, 0)::DECIMAL(18, 4) AS gross,
  coalesce(s.refunds, 0)::DECIMAL(18, 4) AS refunds,
  (coalesce(s.gross, 0) - coalesce(s.refunds, 0))::DECIMAL(18, 4) AS revenue,
  coalesce(s.orders, 0)::BIGINT AS orders,
  coalesce(s.active_customers, 0)::BIGINT AS active_customers,
  coalesce(n.new_customers, 0)::BIGINT AS new_customers,
  coalesce(s.units, 0)::DECIMAL(18, 3) AS units,
  (f.revenue - f.cost)::DECIMAL(18, 4) AS profit,
  CASE WHEN f.revenue > 0 THEN (f.revenue - f.cost)::DOUBLE / f.revenue END AS margin
FROM periods AS p
JOIN profits AS f ON f.period = p.period
LEFT JOIN sales AS s ON s.period = p.period
LEFT JOIN newcomers AS n ON n.period = p.period
