-- description: >-
--   Each category's revenue in the window and in the one before it, and its shares of both; returns count as no revenue.
--   has_shifted says whether the shares are more than 5 points apart, compared exactly.
WITH revenues AS (
  SELECT
    category,
    sum(window_revenue)::DECIMAL(18, 4) AS window_revenue,
    sum(previous_revenue)::DECIMAL(18, 4) AS previous_revenue
  FROM product_periods
  GROUP BY category
),
parts AS (
  -- In ten-thousandths, as integers.
  SELECT
    *,
    (greatest(window_revenue, 0)::DECIMAL(38, 4) * 10000)::HUGEINT AS part,
    (greatest(previous_revenue, 0)::DECIMAL(38, 4) * 10000)::HUGEINT AS previous_part
  FROM revenues
),
wholes AS (
  SELECT
    *,
    (sum(part) OVER ())::HUGEINT AS whole,
    (sum(previous_part) OVER ())::HUGEINT AS previous_whole
  FROM parts
)
SELECT
  category,
  window_revenue,
  previous_revenue,
  part::DOUBLE / NULLIF(whole, 0) AS window_share,
  previous_part::DOUBLE / NULLIF(previous_whole, 0) AS previous_window_share,
  20 * abs(part * previous_whole - previous_part * whole) > whole * previous_whole AS has_shifted
FROM wholes
