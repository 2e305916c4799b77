-- description: Cancelled lines whose sale is in the file
-- key: refund_id
SELECT
  concat(invoice, '/', line_no) AS refund_id,
  sale_invoice AS order_id,
  sale_line_no AS line_no,
  quantity::DECIMAL(18, 3) AS quantity,
  amount,
  moment::TIMESTAMPTZ AS refunded_at
FROM cancelled_lines
WHERE sale_invoice IS NOT NULL
