-- description: Customers in one row, with what those at high risk are worth in a year
WITH values_of AS (
  -- In ten-thousandths, as integers.
  SELECT
    lifetime_orders > 0 AS has_ordered,
    churn_risk = 'high' AS is_at_risk,
    (lifetime_value::DECIMAL(38, 4) * 10000)::HUGEINT AS value,
    greatest(12, date_diff('month', first_order_day, getvariable('as_of'))) AS months
  FROM customer_metrics
),
sums AS (
  SELECT
    count(*) AS customers,
    count(*) FILTER (has_ordered) AS buyers,
    coalesce(sum(value) FILTER (has_ordered), 0)::HUGEINT AS value,
    count(*) FILTER (is_at_risk) AS customers_at_high_risk,
    -- value x 12 / months, each rounded half away from zero.
    coalesce(sum((24 * value + months) // (2 * months)) FILTER (is_at_risk AND value > 0), 0)::HUGEINT AS value_at_risk
  FROM values_of
)
SELECT
  customers::BIGINT AS customers,
  CASE WHEN buyers > 0 THEN
    ((sign(value) * ((2 * abs(value) + buyers) // (2 * buyers)))::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4)
  END AS mean_lifetime_value,
  customers_at_high_risk::BIGINT AS customers_at_high_risk,
  (value_at_risk::DECIMAL(33, 0) * 0.0001)::DECIMAL(18, 4) AS revenue_at_risk
FROM sums
