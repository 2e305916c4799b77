-- description: Orders, money and units of each known product before as_of, in the window and in the one before it
WITH facts AS (
  SELECT
    product_id,
    day,
    lines,
    orders,
    units,
    units_refunded,
    gross,
    gross - refunds AS revenue,
    day >= getvariable('window_from') AS in_window,
    day >= getvariable('window_from') - (getvariable('window_to') - getvariable('window_from'))::INTEGER
      AND day < getvariable('window_from') AS in_previous,
    day >= getvariable('as_of') - 28 AS in_28_days
  FROM product_days
  WHERE product_id IS NOT NULL AND day < getvariable('as_of')
)
SELECT
  product_id,
  sum(orders)::BIGINT AS lifetime_orders,
  sum(units)::DECIMAL(18, 3) AS lifetime_units,
  coalesce(sum(units) FILTER (in_window), 0)::DECIMAL(18, 3) AS window_units,
  coalesce(sum(units) FILTER (in_28_days), 0)::DECIMAL(18, 3) AS units_in_28_days,
  sum(units_refunded)::DECIMAL(18, 3) AS lifetime_units_refunded,
  coalesce(sum(units - units_refunded) FILTER (in_window), 0)::DECIMAL(18, 3) AS window_net_units,
  coalesce(sum(units - units_refunded) FILTER (in_previous), 0)::DECIMAL(18, 3) AS previous_net_units,
  sum(gross)::DECIMAL(18, 4) AS lifetime_gross,
  sum(revenue)::DECIMAL(18, 4) AS lifetime_revenue,
  coalesce(sum(revenue) FILTER (in_window), 0)::DECIMAL(18, 4) AS window_revenue,
  coalesce(sum(revenue) FILTER (in_previous), 0)::DECIMAL(18, 4) AS previous_revenue,
  (min({'most': -units, 'day': day}) FILTER (lines > 0)).day AS peak_day
FROM facts
GROUP BY product_id
