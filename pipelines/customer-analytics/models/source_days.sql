-- description: Gross and refunds of each day, as the source tables alone say, so that the other models can be held against it
SELECT day, sum(gross)::DECIMAL(18, 4) AS gross, sum(refunds)::DECIMAL(18, 4) AS refunds
FROM source_orders
GROUP BY day
