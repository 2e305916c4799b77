-- publish: true
-- key: day
SELECT day, sum(amount)::DECIMAL(18, 4) AS revenue, count(DISTINCT order_id) AS orders FROM window_lines GROUP BY day
