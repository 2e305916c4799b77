-- publish: true
-- key: user_id
-- description: >-
--   One row for every user created before as_of, without created_at, or with an order of any status before as_of.
--   Revenue is net of refunds; orders are those paid, shipped, completed or refunded that have lines.
-- columns:
--   user_id: Id of the user, as in the source
--   email: As in the source
--   name: As in the source
--   country: As in the source
--   marketing_opt_in: As in the source
--   created_at: As in the source
--   lifetime_value: Revenue of all days before as_of; 0 without orders
--   window_revenue: Lines sold in the window minus refunds made in it; may be negative
--   lifetime_orders: Orders before as_of
--   window_orders: Orders in the window
--   first_order_day: Local day of the first order
--   last_order_day: Local day of the last order
--   average_order_value: lifetime_value / lifetime_orders; NULL without orders
--   orders_per_30d: (lifetime_orders - 1) / (days between first and last order / 30); NULL under two orders or all on one day
--   days_since_last_order: Calendar days from the last order to as_of, at least 1; NULL without orders
--   recency_score: 1 (worst) to 5 by last_order_day among customers with orders
--   frequency_score: 1 (worst) to 5 by lifetime_orders among customers with orders
--   monetary_score: 1 (worst) to 5 by lifetime_value among customers with orders
--   rfm_segment: prospect, returned_only, champion, loyal, promising, at_risk, hibernating or needs_attention
--   value_tier: vip, regular, occasional or new, by the parameters vip_value, vip_orders, and so on
--   churn_risk: high, medium or low, by days_since_last_order against the customer's mean interval; NULL without orders
--   acquisition_cohort: Month of the first order, such as 2026-08
--   distinct_products: Known products bought, returned or not
--   favourite_category: Category with most lifetime revenue, the first by name on ties
--   return_rate: Units refunded / units sold, lifetime; NULL when none were sold
--   open_value: Pending orders, gross
--   cancelled_value: Cancelled orders, gross
WITH measured AS (
  SELECT
    u.*,
    coalesce(p.lifetime_value, 0)::DECIMAL(18, 4) AS lifetime_value,
    coalesce(p.window_revenue, 0)::DECIMAL(18, 4) AS window_revenue,
    coalesce(p.lifetime_orders, 0)::BIGINT AS lifetime_orders,
    coalesce(p.window_orders, 0)::BIGINT AS window_orders,
    p.first_order_day,
    p.last_order_day,
    (p.last_order_day - p.first_order_day)::BIGINT AS span,
    (getvariable('as_of') - p.last_order_day)::INTEGER AS days_since_last_order,
    p.recency_score,
    p.frequency_score,
    p.monetary_score,
    coalesce(f.distinct_products, 0)::BIGINT AS distinct_products,
    f.favourite_category,
    p.units_refunded::DOUBLE / NULLIF(p.units, 0) AS return_rate,
    coalesce(p.open_value, 0)::DECIMAL(18, 4) AS open_value,
    coalesce(p.cancelled_value, 0)::DECIMAL(18, 4) AS cancelled_value
  FROM admitted_users AS u
  LEFT JOIN customer_scores AS p ON p.customer_id = u.user_id
  LEFT JOIN customer_favourites AS f ON f.customer_id = u.user_id
)
SELECT
  user_id, email, name, country, marketing_opt_in, created_at,
  lifetime_value,
  window_revenue,
  lifetime_orders,
  window_orders,
  first_order_day,
  last_order_day,
  -- Integer division with half added rounds half away from zero, exactly; large values need the wide type.
  CASE
    WHEN lifetime_orders = 0 THEN NULL
    WHEN abs(lifetime_value) < 100000000 THEN
      ((sign(lifetime_value) * ((2 * (abs(lifetime_value) * 10000)::BIGINT + lifetime_orders) // (2 * lifetime_orders)))
        ::DECIMAL(14, 0) * 0.0001)::DECIMAL(18, 4)
    ELSE
      ((sign(lifetime_value)
        * ((2 * (abs(lifetime_value)::DECIMAL(38, 4) * 10000)::HUGEINT + lifetime_orders) // (2 * lifetime_orders)))
        ::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4)
  END AS average_order_value,
  CASE WHEN span > 0 THEN (30 * (lifetime_orders - 1))::DOUBLE / span END AS orders_per_30d,
  days_since_last_order,
  recency_score,
  frequency_score,
  monetary_score,
  CASE
    WHEN lifetime_orders = 0 THEN 'prospect'
    WHEN lifetime_value <= 0 THEN 'returned_only'
    WHEN recency_score >= 4 AND frequency_score >= 4 AND monetary_score >= 4 THEN 'champion'
    WHEN recency_score >= 3 AND frequency_score >= 3 THEN 'loyal'
    WHEN recency_score >= 4 THEN 'promising'
    WHEN recency_score <= 2 AND (frequency_score >= 4 OR monetary_score >= 4) THEN 'at_risk'
    WHEN recency_score <= 2 AND frequency_score <= 2 THEN 'hibernating'
    ELSE 'needs_attention'
  END AS rfm_segment,
  CASE
    WHEN lifetime_orders = 0 THEN 'new'
    WHEN lifetime_value >= getvariable('vip_value') AND lifetime_orders >= getvariable('vip_orders') THEN 'vip'
    WHEN lifetime_value >= getvariable('regular_value') OR lifetime_orders >= getvariable('regular_orders')
      THEN 'regular'
    WHEN lifetime_value >= getvariable('occasional_value') OR lifetime_orders >= getvariable('occasional_orders')
      THEN 'occasional'
    ELSE 'new'
  END AS value_tier,
  -- The mean interval is span / (orders - 1), so both sides are multiplied by orders - 1.
  CASE
    WHEN lifetime_orders = 0 THEN NULL
    WHEN days_since_last_order > 90 AND (lifetime_orders = 1 OR days_since_last_order * (lifetime_orders - 1) > 3 * span)
      THEN 'high'
    WHEN days_since_last_order > 45 AND (lifetime_orders = 1 OR days_since_last_order * (lifetime_orders - 1) > 2 * span)
      THEN 'medium'
    ELSE 'low'
  END AS churn_risk,
  strftime(first_order_day, '%Y-%m') AS acquisition_cohort,
  distinct_products,
  favourite_category,
  return_rate,
  open_value,
  cancelled_value
FROM measured
