-- description: The rate that holds on a day, the latest one that is at most seven days old
SELECT currency, (day + age)::DATE AS day, max_by(rate, rates.day) AS rate
FROM fx_rates AS rates, (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) AS ages(age)
WHERE currency <> getvariable('currency')
GROUP BY ALL
