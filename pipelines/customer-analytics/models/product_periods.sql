-- description: >-
--   Orders, money and units of every product before as_of, in the window and in the one before it. Costs are rounded per
--   product and period, and NULL without unit_cost; units_in_28_days and units_in_90_days end at as_of.
WITH facts AS (
  SELECT
    product_id, day, lines, orders, units, units_refunded, gross,
    gross - refunds AS revenue,
    units - units_refunded AS net_units,
    day >= getvariable('window_from') AS in_window,
    day >= getvariable('window_from') - (getvariable('window_to') - getvariable('window_from'))::INTEGER
      AND day < getvariable('window_from') AS in_previous
  FROM product_days
  WHERE product_id IS NOT NULL AND day < getvariable('as_of')
),
sums AS (
  SELECT
    product_id,
    sum(orders) AS lifetime_orders,
    sum(units) AS lifetime_units,
    sum(units) FILTER (in_window) AS window_units,
    sum(units) FILTER (day >= getvariable('as_of') - 28) AS units_in_28_days,
    sum(units) FILTER (day >= getvariable('as_of') - 90) AS units_in_90_days,
    sum(net_units) AS lifetime_net_units,
    sum(net_units) FILTER (in_window) AS window_net_units,
    sum(net_units) FILTER (in_previous) AS previous_net_units,
    sum(gross) AS lifetime_gross,
    sum(revenue) AS lifetime_revenue,
    sum(revenue) FILTER (in_window) AS window_revenue,
    sum(revenue) FILTER (in_previous) AS previous_revenue,
    (min({'most': -units, 'day': day}) FILTER (lines > 0)).day AS peak_day
  FROM facts
  GROUP BY product_id
)
SELECT
  p.product_id,
  p.category,
  coalesce(s.lifetime_orders, 0)::BIGINT AS lifetime_orders,
  coalesce(s.lifetime_units, 0)::DECIMAL(18, 3) AS lifetime_units,
  coalesce(s.window_units, 0)::DECIMAL(18, 3) AS window_units,
  coalesce(s.units_in_28_days, 0)::DECIMAL(18, 3) AS units_in_28_days,
  coalesce(s.units_in_90_days, 0)::DECIMAL(18, 3) AS units_in_90_days,
  coalesce(s.lifetime_net_units, 0)::DECIMAL(18, 3) AS lifetime_net_units,
  coalesce(s.lifetime_gross, 0)::DECIMAL(18, 4) AS lifetime_gross,
  coalesce(s.lifetime_revenue, 0)::DECIMAL(18, 4) AS lifetime_revenue,
  coalesce(s.window_revenue, 0)::DECIMAL(18, 4) AS window_revenue,
  coalesce(s.previous_revenue, 0)::DECIMAL(18, 4) AS previous_revenue,
  (p.unit_cost::DECIMAL(38, 4) * coalesce(s.lifetime_net_units, 0)::DECIMAL(18, 3))::DECIMAL(18, 4) AS lifetime_cost,
  (p.unit_cost::DECIMAL(38, 4) * coalesce(s.window_net_units, 0)::DECIMAL(18, 3))::DECIMAL(18, 4) AS window_cost,
  (p.unit_cost::DECIMAL(38, 4) * coalesce(s.previous_net_units, 0)::DECIMAL(18, 3))::DECIMAL(18, 4) AS previous_cost,
  s.peak_day
FROM products AS p
LEFT JOIN sums AS s ON s.product_id = p.product_id
