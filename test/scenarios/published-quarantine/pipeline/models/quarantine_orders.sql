-- publish: true
-- key: id
SELECT id, customer FROM orders WHERE amount > 1
