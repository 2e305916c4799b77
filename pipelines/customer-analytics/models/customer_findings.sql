-- description: >-
--   Customers whom somebody should look after, a row for each kind of finding; place counts by money, then by id. Only
--   what is shown has a title and evidence.
WITH hits AS (
  SELECT
    'churn_high_value' AS kind,
    CASE WHEN value_tier = 'vip' THEN 'critical' ELSE 'warning' END AS severity,
    user_id, name, lifetime_value, lifetime_orders, days_since_last_order
  FROM customer_metrics
  WHERE churn_risk = 'high' AND value_tier IN ('vip', 'regular')
  UNION ALL
  SELECT 'one_time_new', 'info', user_id, name, lifetime_value, lifetime_orders, days_since_last_order
  FROM customer_metrics
  WHERE lifetime_orders = 1 AND days_since_last_order BETWEEN 31 AND 60
  UNION ALL
  SELECT 'win_back', 'info', user_id, name, lifetime_value, lifetime_orders, days_since_last_order
  FROM customer_metrics
  WHERE marketing_opt_in
    AND rfm_segment IN ('at_risk', 'hibernating')
    AND value_tier IN ('vip', 'regular', 'occasional')
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY kind ORDER BY lifetime_value DESC, user_id) AS place FROM hits
),
shown AS (
  SELECT
    *,
    concat('Customer ', user_id, CASE WHEN name <> '' THEN concat(' (', name, ')') END) AS customer,
    format('{:,.2f} ', lifetime_value::DECIMAL(18, 2)::DOUBLE) || getvariable('currency') AS amount
  FROM placed
)
SELECT
  kind,
  severity,
  user_id::VARCHAR AS subject_id,
  place,
  lifetime_value AS money,
  CASE
    WHEN place > 20 THEN NULL
    WHEN kind = 'churn_high_value'
      THEN format('{}, worth {} so far, has not ordered for {} days.', customer, amount, days_since_last_order)
    WHEN kind = 'one_time_new'
      THEN format('{} ordered once, {} days ago, which brought {}.', customer, days_since_last_order, amount)
    WHEN kind = 'win_back'
      THEN format('{}, worth {} so far, last ordered {} days ago.', customer, amount, days_since_last_order)
  END AS title,
  CASE WHEN place <= 20 THEN
    concat('{"lifetime_value": ', lifetime_value, ', "lifetime_orders": ', lifetime_orders,
      ', "days_since_last_order": ', days_since_last_order, '}')
  END AS evidence
FROM shown
