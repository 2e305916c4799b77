-- publish: true
SELECT u.user_id, any_value(u.country) AS country, sum(l.amount)::DECIMAL(18, 4) AS revenue
FROM lines AS l
LEFT JOIN users AS u ON u.user_id = l.user_id
GROUP BY u.user_id
