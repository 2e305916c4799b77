-- incremental: order_id
-- description: >-
--   Every line of a known order, its amount in the pipeline's currency. product_id is NULL for a product that is not
--   known; product_given says whether the line named one.
SELECT
  i.order_id,
  i.line_no,
  p.product_id,
  i.product_id IS NOT NULL AS product_given,
  o.customer_id,
  o.user_given,
  o.state,
  o.day,
  i.quantity,
  -- Exact, then rounded once, half away from zero. What fits 18 digits takes the fast way; only digits beyond them, which
  -- rates and large amounts bring, need the wide type.
  CASE
    WHEN o.rate = 1 AND i.quantity BETWEEN -999 AND 999 AND i.unit_price BETWEEN -9999 AND 9999
      AND coalesce(i.discount, 0) BETWEEN 0 AND 1
    THEN (i.quantity * i.unit_price * (1 - coalesce(i.discount, 0))::DECIMAL(5, 4))::DECIMAL(18, 4)
    ELSE round(i.quantity::DECIMAL(38, 3) * i.unit_price * (1 - coalesce(i.discount, 0)) * o.rate, 4)::DECIMAL(18, 4)
  END AS amount
FROM order_items AS i
JOIN order_facts AS o ON o.order_id = i.order_id
LEFT JOIN products AS p ON p.product_id = i.product_id
