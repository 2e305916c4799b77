-- description: None is needed, everything is in pounds
SELECT currency, day, rate
FROM (SELECT '' AS currency, DATE '2011-01-01' AS day, 1::DECIMAL(18, 8) AS rate)
WHERE false
