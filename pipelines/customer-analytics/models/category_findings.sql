-- description: Categories whose share of revenue has shifted, the largest change of revenue first
WITH shifted AS (
  SELECT *, abs(window_revenue - previous_revenue)::DECIMAL(18, 4) AS money
  FROM category_shares
  WHERE has_shifted AND category IS NOT NULL
)
SELECT
  'category_shift' AS kind,
  'warning' AS severity,
  category AS subject_id,
  row_number() OVER (ORDER BY money DESC, category) AS place,
  money,
  format('Category {} went from {:.1f} % to {:.1f} % of revenue.',
    category, 100 * previous_window_share, 100 * window_share) AS title,
  concat('{"window_revenue": ', window_revenue, ', "previous_window_revenue": ', previous_revenue,
    ', "window_share": ', window_share, ', "previous_window_share": ', previous_window_share,
    ', "share_change_points": ', 100 * (window_share - previous_window_share), '}') AS evidence
FROM shifted
