import { type Numbers, pick } from './numbers';
import type { Shop } from './options';

/**
 * Products by popularity: an octave of ranks is drawn first, then a rank within it, so that the tenth sells about a
 * tenth of what the first does.
 */
function productOf(shop: Shop, numbers: Numbers): string {
  const octaves = Math.ceil(Math.log2(shop.products));
  const width = `(1::BIGINT << ${numbers.draw('n', 'octave', octaves)})`;
  return `1 + (${width} - 1 + ${numbers.draw('n', 'rank', width)}) % ${shop.products}`;
}

/** Every line with its product, price and the hundredths of the discount; what it refunds is decided by `refund`. */
export function lineStatements(shop: Shop, numbers: Numbers): string[] {
  return [
    `CREATE OR REPLACE TEMP VIEW sample_lines AS
     WITH numbered AS (
       SELECT order_id, status, age, ordered, updated, unnest(range(first_line, first_line + size)) AS n, first_line
       FROM sample_orders
     ),
     drawn AS (
       SELECT order_id, status, age, ordered, updated, n, (n - first_line + 1)::INTEGER AS line_no,
         ${productOf(shop, numbers)} AS product
       FROM numbered
     )
     SELECT l.order_id, l.line_no, l.n, l.status, l.age, l.ordered, l.updated,
       CASE
         WHEN ${numbers.chance('n', 'unlisted', 0.0005)} THEN 90000000000 + product
         WHEN ${numbers.chance('n', 'unnamed', 0.0005)} THEN NULL
         ELSE product
       END AS product_id,
       (CASE WHEN p.by_weight THEN 0.25 * (1 + ${numbers.draw('n', 'grams', 8)})
         ELSE ${pick([1, 1, 1, 1, 1, 2, 2, 3, 4, 10], numbers.draw('n', 'quantity', 10))} END)::DECIMAL(18, 3)
         AS quantity,
       -- Prices rose once, for most.
       ((p.cents * CASE WHEN l.age > 400 THEN 96 ELSE 100 END) // 100 * 0.01)::DECIMAL(18, 4) AS unit_price,
       CASE WHEN ${numbers.draw('n', 'sale', 10)} < 2
         THEN (0.05 * (1 + ${numbers.draw('n', 'discount', 5)}))::DECIMAL(5, 4) END AS discount,
       ${numbers.draw('n', 'refund', 10_000)} AS refund
     FROM drawn AS l
     JOIN sample_products AS p ON p.product_id = l.product`,
  ];
}
