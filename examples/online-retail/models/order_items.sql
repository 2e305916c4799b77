-- description: The lines of sales
-- key: [order_id, line_no]
SELECT
  invoice AS order_id,
  line_no,
  product AS product_id,
  quantity::DECIMAL(18, 3) AS quantity,
  price AS unit_price,
  NULL::DECIMAL(5, 4) AS discount
FROM distinct_lines
WHERE kind = 'sale'
