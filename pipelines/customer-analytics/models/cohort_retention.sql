-- publish: true
-- key: [acquisition_cohort, months_since]
-- description: >-
--   How many of the customers who first ordered in a month order again in the months after it, and for how much. Only
--   months that are wholly before as_of.
-- columns:
--   acquisition_cohort: Month of the first order, such as 2026-08
--   months_since: Calendar months from that month on; 0 is that month
--   cohort_size: Customers who first ordered in that month
--   active_customers: Those of them who ordered in the month that is months_since later
--   retention: active_customers / cohort_size
--   revenue: Lines sold to the cohort in that month minus refunds to it; may be negative
WITH members AS (
  SELECT user_id, date_trunc('month', first_order_day)::DATE AS cohort
  FROM customer_metrics
  WHERE first_order_day IS NOT NULL
),
cohorts AS (
  SELECT cohort, count(*) AS size FROM members GROUP BY cohort
),
months AS (
  SELECT
    cohort,
    size,
    unnest(range(cohort, date_trunc('month', getvariable('as_of'))::DATE, INTERVAL 1 MONTH))::DATE AS month
  FROM cohorts
),
bought AS (
  SELECT
    m.cohort,
    c.month,
    count(*) FILTER (c.orders > 0) AS active,
    sum(c.revenue) AS revenue
  FROM members AS m
  JOIN customer_months AS c ON c.customer_id = m.user_id
  WHERE c.month < date_trunc('month', getvariable('as_of'))
  GROUP BY m.cohort, c.month
)
SELECT
  strftime(m.cohort, '%Y-%m') AS acquisition_cohort,
  date_diff('month', m.cohort, m.month)::INTEGER AS months_since,
  m.size::BIGINT AS cohort_size,
  coalesce(b.active, 0)::BIGINT AS active_customers,
  coalesce(b.active, 0)::DOUBLE / m.size AS retention,
  coalesce(b.revenue, 0)::DECIMAL(18, 4) AS revenue
FROM months AS m
LEFT JOIN bought AS b ON b.cohort = m.cohort AND b.month = m.month
ORDER BY m.cohort, m.month
