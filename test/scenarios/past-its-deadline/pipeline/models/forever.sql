-- publish: true
SELECT a.n % 7 AS n, sum(sqrt(a.n * b.n + c.n * d.n))::BIGINT AS roots
FROM numbers AS a, numbers AS b, numbers AS c, numbers AS d
GROUP BY ALL
