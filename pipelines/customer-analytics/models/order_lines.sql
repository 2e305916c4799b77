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
  -- Exact to 19 places, rounded once: casting a decimal rounds half away from zero.
  (i.quantity::DECIMAL(38, 3) * i.unit_price * (1 - coalesce(i.discount, 0)) * o.rate)::DECIMAL(18, 4) AS amount
FROM order_items AS i
JOIN order_facts AS o ON o.order_id = i.order_id
LEFT JOIN products AS p ON p.product_id = i.product_id
