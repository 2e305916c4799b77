-- description: Every line with its day and what it is worth
SELECT
  o.order_id, o.user_id, o.ordered_at::DATE AS day, i.product_id,
  round(i.quantity::DECIMAL(38, 3) * i.unit_price * (1 - coalesce(i.discount, 0)), 4)::DECIMAL(18, 4) AS amount
FROM orders AS o
JOIN order_items AS i ON i.order_id = o.order_id
