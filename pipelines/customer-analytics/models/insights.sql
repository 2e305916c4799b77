-- publish: true
-- description: >-
--   Findings for people. For each kind with hits one row about all of them, with NULL as subject_id, and a row for each of
--   the first 20 subjects by money, then by id.
-- columns:
--   kind: churn_high_value, one_time_new, win_back, reorder, low_margin, best_product, dead_stock or category_shift
--   severity: critical, warning or info; of a row about all hits that of the worst
--   subject_type: customer, product or category
--   subject_id: Id of the subject as text, or the category; NULL in the row about all hits
--   money: What it is about, in the pipeline's currency; of all hits together where subject_id is NULL
--   title: The finding in a sentence
--   evidence: The numbers behind it as JSON; where subject_id is NULL count and money of all hits
--   recommendation: What to do
--   owner: The team that it is for
WITH kinds(kind, subject_type, headline, measure, recommendation, owner) AS (
  VALUES
    ('churn_high_value', 'customer', 'Valuable customers who seem to leave', 'lifetime value',
      'Get in touch in person, and ask what is missing.', 'customer success'),
    ('one_time_new', 'customer', 'New customers who have not come back yet', 'lifetime value',
      'Give a reason for a second order while the first is remembered.', 'marketing'),
    ('win_back', 'customer', 'Customers to win back, who have opted in', 'lifetime value',
      'Send an offer by e-mail.', 'marketing'),
    ('reorder', 'product', 'Products to reorder', 'revenue in the window',
      'Order more before the stock runs out.', 'purchasing'),
    ('low_margin', 'product', 'Products that earn almost nothing', 'lifetime revenue',
      'Raise the price, lower discounts, or buy for less.', 'category management'),
    ('best_product', 'product', 'Best products of the window', 'revenue in the window',
      'Keep it in stock, and show it first.', 'category management'),
    ('dead_stock', 'product', 'Products in stock that nobody buys', 'stock at cost',
      'Mark it down, bundle it, or send it back.', 'purchasing'),
    ('category_shift', 'category', 'Categories whose share of revenue shifted', 'change of revenue',
      'Find out why, and plan stock and promotion for it.', 'category management')
),
findings AS (
  FROM customer_findings
  UNION ALL
  FROM product_findings
  UNION ALL
  FROM category_findings
),
totals AS (
  SELECT
    kind,
    -- Critical is the first.
    min(list_position(['critical', 'warning', 'info'], severity)) AS worst,
    count(*) AS hits,
    sum(money)::DECIMAL(18, 4) AS money
  FROM findings
  GROUP BY kind
),
shown AS (
  SELECT
    t.kind,
    ['critical', 'warning', 'info'][t.worst] AS severity,
    NULL::VARCHAR AS subject_id,
    0 AS place,
    t.money,
    format(
      '{}: {:,} ({} {:,.2f} {}).',
      k.headline, t.hits, k.measure, t.money::DECIMAL(18, 2)::DOUBLE, getvariable('currency')
    ) AS title,
    concat('{"count": ', t.hits, ', "money": ', t.money, '}') AS evidence
  FROM totals AS t
  JOIN kinds AS k ON k.kind = t.kind
  UNION ALL
  SELECT kind, severity, subject_id, place, money, title, evidence
  FROM findings
  WHERE place <= 20
)
SELECT
  k.kind, s.severity, k.subject_type, s.subject_id, s.money, s.title, s.evidence, k.recommendation, k.owner
FROM shown AS s
JOIN kinds AS k ON k.kind = s.kind
JOIN totals AS t ON t.kind = s.kind
ORDER BY t.worst, k.kind, s.place
