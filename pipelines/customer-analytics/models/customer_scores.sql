-- description: >-
--   customer_periods with three scores from 1 (worst) to 5, by rank among the customers with orders; NULL for others
WITH ranked AS (
  SELECT
    *,
    rank() OVER (PARTITION BY lifetime_orders > 0 ORDER BY last_order_day) AS recency_rank,
    rank() OVER (PARTITION BY lifetime_orders > 0 ORDER BY lifetime_orders) AS frequency_rank,
    rank() OVER (PARTITION BY lifetime_orders > 0 ORDER BY lifetime_value) AS monetary_rank,
    count(*) OVER (PARTITION BY lifetime_orders > 0) AS ranked
  FROM customer_periods
)
SELECT
  * EXCLUDE (recency_rank, frequency_rank, monetary_rank, ranked),
  CASE WHEN lifetime_orders > 0 THEN 1 + 5 * (recency_rank - 1) // ranked END::INTEGER AS recency_score,
  CASE WHEN lifetime_orders > 0 THEN 1 + 5 * (frequency_rank - 1) // ranked END::INTEGER AS frequency_score,
  CASE WHEN lifetime_orders > 0 THEN 1 + 5 * (monetary_rank - 1) // ranked END::INTEGER AS monetary_score
FROM ranked
