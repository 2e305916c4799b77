-- description: >-
--   Each different line of the file once, with how many times it stands there, and what it is: the first kind that fits.
SELECT
  InvoiceNo AS invoice,
  upper(trim(StockCode)) AS product,
  Description AS description,
  Quantity AS quantity,
  InvoiceDate AS moment,
  UnitPrice::DECIMAL(18, 4) AS price,
  CustomerID::BIGINT AS customer,
  Country AS country,
  (Quantity * UnitPrice::DECIMAL(18, 4))::DECIMAL(18, 4) AS amount,
  count(*)::BIGINT AS copies,
  CASE
    WHEN InvoiceNo LIKE 'A%' THEN 'bad_debt'
    WHEN upper(trim(StockCode)) IN ('POST', 'DOT', 'C2', 'M', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'PADS')
      OR upper(trim(StockCode)) LIKE 'GIFT\_%' ESCAPE '\' THEN 'pseudo_product'
    WHEN InvoiceNo LIKE 'C%' THEN 'cancellation'
    WHEN Quantity <= 0 THEN 'stock_adjustment'
    WHEN UnitPrice <= 0 THEN 'without_price'
    ELSE 'sale'
  END AS kind,
  -- The file has no line numbers; this order is the same however the file is read.
  row_number() OVER (
    PARTITION BY InvoiceNo
    ORDER BY StockCode, Description, Quantity, UnitPrice, InvoiceDate, CustomerID, Country
  )::INTEGER AS line_no
FROM lines
GROUP BY InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country
