-- incremental: customer_id
-- description: Orders and revenue of each customer in each calendar month, all months of the sources
SELECT
  customer_id,
  date_trunc('month', day)::DATE AS month,
  sum(orders)::BIGINT AS orders,
  sum(gross - refunds)::DECIMAL(18, 4) AS revenue
FROM order_days
WHERE state = 'sold' AND customer_id IS NOT NULL
GROUP BY customer_id, month
