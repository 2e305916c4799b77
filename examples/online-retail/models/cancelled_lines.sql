-- description: >-
--   Lines of cancelled invoices, each with the sale that it takes back: the customer's latest earlier line of the product
--   that is at least as large. NULL where there is none, or no customer.
WITH cancellations AS (
  SELECT invoice, line_no, product, customer, moment, -quantity AS quantity, -amount AS amount
  FROM distinct_lines
  WHERE kind = 'cancellation'
),
matches AS (
  SELECT c.invoice, c.line_no, max({'moment': s.moment, 'invoice': s.invoice, 'line_no': s.line_no}) AS sale
  FROM cancellations AS c
  JOIN distinct_lines AS s
    ON s.kind = 'sale' AND s.customer = c.customer AND s.product = c.product AND s.quantity >= c.quantity AND s.moment <= c.moment
  GROUP BY c.invoice, c.line_no
)
SELECT c.invoice, c.line_no, c.moment, c.quantity, c.amount, m.sale.invoice AS sale_invoice, m.sale.line_no AS sale_line_no
FROM cancellations AS c
LEFT JOIN matches AS m ON m.invoice = c.invoice AND m.line_no = c.line_no
