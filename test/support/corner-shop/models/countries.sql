-- publish: true
SELECT country, count(*) AS customers, sum(revenue)::DECIMAL(18, 4) AS revenue FROM customer_revenue GROUP BY country
