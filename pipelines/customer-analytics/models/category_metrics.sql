-- publish: true
-- description: >-
--   One row for every category of products, and one with NULL for products without one. Profit and margin are those of
--   products with unit_cost.
-- columns:
--   category: Category as in the source; NULL for products without one
--   products: Products of the category
--   lifetime_units: Units sold before as_of
--   lifetime_orders: Orders with a product of the category, also of unknown users
--   lifetime_customers: Known users who bought from it
--   lifetime_revenue: Revenue of all days before as_of
--   lifetime_costed_revenue: The part of it that products with unit_cost earned; 0 without such
--   lifetime_profit: lifetime_costed_revenue - their cost; NULL without such products
--   lifetime_margin: lifetime_profit / lifetime_costed_revenue; NULL when that is not positive
--   window_units: Units sold in the window
--   window_orders: Orders in the window with a product of the category
--   window_customers: Known users who bought from it in the window
--   window_revenue: Lines sold in the window minus refunds made in it; may be negative
--   window_costed_revenue: The part of it that products with unit_cost earned; 0 without such
--   window_profit: window_costed_revenue - their cost; NULL without such products
--   window_margin: window_profit / window_costed_revenue; NULL when that is not positive
--   window_share: Share of the positive window_revenue of all categories; NULL when nothing is positive
--   previous_window_share: The same in the window of equal length before
--   share_change_points: 100 x (window_share - previous_window_share)
WITH sums AS (
  -- The cost is NULL for products without unit_cost, and stays NULL where there are no others.
  SELECT
    category,
    count(*)::BIGINT AS products,
    sum(lifetime_units)::DECIMAL(18, 3) AS lifetime_units,
    sum(lifetime_revenue)::DECIMAL(18, 4) AS lifetime_revenue,
    coalesce(sum(lifetime_revenue) FILTER (lifetime_cost IS NOT NULL), 0)::DECIMAL(18, 4) AS lifetime_costed_revenue,
    sum(lifetime_cost)::DECIMAL(18, 4) AS lifetime_cost,
    sum(window_units)::DECIMAL(18, 3) AS window_units,
    coalesce(sum(window_revenue) FILTER (window_cost IS NOT NULL), 0)::DECIMAL(18, 4) AS window_costed_revenue,
    sum(window_cost)::DECIMAL(18, 4) AS window_cost
  FROM product_periods
  GROUP BY category
)
SELECT
  s.category,
  s.products,
  s.lifetime_units,
  coalesce(b.lifetime_orders, 0)::BIGINT AS lifetime_orders,
  coalesce(b.lifetime_customers, 0)::BIGINT AS lifetime_customers,
  s.lifetime_revenue,
  s.lifetime_costed_revenue,
  (s.lifetime_costed_revenue - s.lifetime_cost)::DECIMAL(18, 4) AS lifetime_profit,
  CASE WHEN s.lifetime_costed_revenue > 0
    THEN (s.lifetime_costed_revenue - s.lifetime_cost)::DOUBLE / s.lifetime_costed_revenue
  END AS lifetime_margin,
  s.window_units,
  coalesce(b.window_orders, 0)::BIGINT AS window_orders,
  coalesce(b.window_customers, 0)::BIGINT AS window_customers,
  h.window_revenue,
  s.window_costed_revenue,
  (s.window_costed_revenue - s.window_cost)::DECIMAL(18, 4) AS window_profit,
  CASE WHEN s.window_costed_revenue > 0
    THEN (s.window_costed_revenue - s.window_cost)::DOUBLE / s.window_costed_revenue
  END AS window_margin,
  h.window_share,
  h.previous_window_share,
  100 * (h.window_share - h.previous_window_share) AS share_change_points
FROM sums AS s
JOIN category_shares AS h ON h.category IS NOT DISTINCT FROM s.category
LEFT JOIN category_buyers AS b ON b.category IS NOT DISTINCT FROM s.category
