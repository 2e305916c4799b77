-- publish: true
-- key: product_id
-- description: >-
--   One row for every product. Units are gross, revenue is net of refunds, costs are those known at extraction.
-- columns:
--   product_id: Id of the product, as in the source
--   name: As in the source
--   category: As in the source
--   list_price: As in the source, in the pipeline's currency
--   unit_cost: As in the source, in the pipeline's currency
--   stock: As in the source
--   lifetime_units: Units sold before as_of
--   window_units: Units sold in the window
--   lifetime_revenue: Revenue of all days before as_of
--   window_revenue: Lines sold in the window minus refunds made in it; may be negative
--   lifetime_orders: Orders with the product, also of unknown users
--   lifetime_customers: Known users who bought it
--   average_selling_price: Gross / units sold; NULL when none were sold
--   lifetime_cost: unit_cost x (units sold - units refunded); NULL without unit_cost
--   lifetime_profit: lifetime_revenue - lifetime_cost; NULL without unit_cost
--   margin: Profit / revenue; NULL when revenue is not positive or without unit_cost
--   return_rate: Units refunded / units sold, lifetime; NULL when none were sold
--   repeat_customer_rate: Customers with two or more orders of it / customers; NULL without customers
--   peak_day: Day with most units sold, the earliest on ties
--   top_customers: Up to five customers by lifetime revenue from it, then by id; empty when there is none
--   units_per_day: Units sold in the 28 days before as_of / 28
--   days_of_inventory: stock / units_per_day; 0 without stock left, NULL when stock is unknown or nothing was sold
--   stockout_risk: out, high, medium or low against lead_time_days; NULL when stock is unknown
--   reorder_recommended: Whether stock is at or below reorder_level; NULL when either is
WITH measured AS (
  SELECT
    p.product_id, p.name, p.category, p.list_price, p.unit_cost, p.stock, p.reorder_level,
    coalesce(p.lead_time_days, getvariable('default_lead_time_days'))::BIGINT AS lead_time_days,
    t.* EXCLUDE (product_id, category),
    t.lifetime_units - t.lifetime_net_units AS units_refunded,
    coalesce(c.customers, 0)::BIGINT AS lifetime_customers,
    coalesce(c.repeat_customers, 0)::BIGINT AS repeat_customers,
    coalesce(c.top_customers, []) AS top_customers,
    (t.lifetime_gross::DECIMAL(38, 4) * 10000)::HUGEINT AS gross_units,
    (t.lifetime_units::DECIMAL(38, 3) * 1000)::HUGEINT AS sold_units
  FROM products AS p
  JOIN product_periods AS t ON t.product_id = p.product_id
  LEFT JOIN product_customers AS c ON c.product_id = p.product_id
)
SELECT
  product_id, name, category, list_price, unit_cost, stock,
  lifetime_units,
  window_units,
  lifetime_revenue,
  window_revenue,
  lifetime_orders,
  lifetime_customers,
  -- Ten-thousandths of money by thousandths of units, rounded half away from zero, exactly.
  CASE WHEN sold_units <> 0 THEN
    ((sign(gross_units) * sign(sold_units)
      * ((2000 * abs(gross_units) + abs(sold_units)) // (2 * abs(sold_units))))::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4)
  END AS average_selling_price,
  lifetime_cost,
  (lifetime_revenue - lifetime_cost)::DECIMAL(18, 4) AS lifetime_profit,
  CASE WHEN lifetime_revenue > 0 THEN (lifetime_revenue - lifetime_cost)::DOUBLE / lifetime_revenue END AS margin,
  units_refunded::DOUBLE / NULLIF(lifetime_units, 0) AS return_rate,
  repeat_customers::DOUBLE / NULLIF(lifetime_customers, 0) AS repeat_customer_rate,
  peak_day,
  top_customers,
  units_in_28_days::DOUBLE / 28 AS units_per_day,
  CASE
    WHEN stock IS NULL THEN NULL
    WHEN stock <= 0 THEN 0
    WHEN units_in_28_days = 0 THEN NULL
    ELSE (28 * stock::DECIMAL(38, 3))::DOUBLE / units_in_28_days
  END::DOUBLE AS days_of_inventory,
  -- days_of_inventory < lead time, multiplied out.
  CASE
    WHEN stock IS NULL THEN NULL
    WHEN stock <= 0 THEN 'out'
    WHEN units_in_28_days = 0 THEN 'low'
    WHEN 28 * stock::DECIMAL(38, 3) < lead_time_days * units_in_28_days::DECIMAL(38, 3) THEN 'high'
    WHEN 28 * stock::DECIMAL(38, 3) < 2 * lead_time_days * units_in_28_days::DECIMAL(38, 3) THEN 'medium'
    ELSE 'low'
  END AS stockout_risk,
  stock <= reorder_level AS reorder_recommended
FROM measured
