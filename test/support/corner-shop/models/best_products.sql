-- publish: true
-- key: product_id
SELECT product_id, revenue FROM product_revenue WHERE product_id IS NOT NULL ORDER BY revenue DESC, product_id LIMIT 10
