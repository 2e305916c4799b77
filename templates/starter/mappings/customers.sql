-- One row for each record: no WHERE, no joins, no aggregates; those belong into a model.
SELECT * REPLACE (CAST(replace(credit_limit, ',', '.') AS DECIMAL(18,4)) AS credit_limit)
FROM source
