-- publish: true
-- key: day
SELECT day, count(*) AS orders, sum(amount)::DECIMAL(18,2) AS revenue FROM window_orders GROUP BY day
