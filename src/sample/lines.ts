import { type Delivery } from './deliveries';
import { type Numbers, pick } from './numbers';
import { DAYS, type Shop } from './options';
import { ordersOf } from './orders';

/**
 * Products by popularity: an octave of ranks is drawn first, then a rank within it, so that the tenth sells about a
 * tenth of what the first does.
 */
function productOf(shop: Shop, numbers: Numbers): string {
  const octaves = Math.ceil(Math.log2(shop.products));
  const width = `(1::BIGINT << ${numbers.draw('n', 'octave', octaves)})`;
  return `1 + (${width} - 1 + ${numbers.draw('n', 'rank', width)}) % ${shop.products}`;
}

/** Every line of the orders at hand with its product, price and discount. `n` is its number in the shop, from 0. */
export function lineStatement(shop: Shop, numbers: Numbers): string {
  return `CREATE OR REPLACE TEMP TABLE sample_lines AS
    WITH numbered AS (
      SELECT *, unnest(range(first_line, first_line + size)) AS n FROM sample_orders
    ),
    drawn AS (
      SELECT order_id, day_no, settled, returned, n, n - first_line + 1 AS place,
        CASE WHEN place = size THEN edited END AS put_in, ${productOf(shop, numbers)} AS product
      FROM numbered
    )
    SELECT l.order_id, (l.place + (l.put_in IS NOT NULL)::BIGINT)::INTEGER AS line_no, l.n, l.put_in, l.settled,
      l.returned,
      CASE
        WHEN ${numbers.chance('n', 'unlisted', 0.0005)} THEN 90000000000 + product
        WHEN ${numbers.chance('n', 'unnamed', 0.0005)} THEN NULL
        ELSE product
      END AS product_id,
      (CASE WHEN p.by_weight THEN 0.25 * (1 + ${numbers.draw('n', 'grams', 8)})
        ELSE ${pick([1, 1, 1, 1, 1, 2, 2, 3, 4, 10], numbers.draw('n', 'quantity', 10))} END)::DECIMAL(18, 3)
        AS quantity,
      -- Prices rose once, for most.
      ((p.cents * CASE WHEN l.day_no < ${DAYS - 400} THEN 96 ELSE 100 END) // 100 * 0.01)::DECIMAL(18, 4) AS unit_price,
      CASE WHEN ${numbers.draw('n', 'sale', 10)} < 2
        THEN (0.05 * (1 + ${numbers.draw('n', 'discount', 5)}))::DECIMAL(5, 4) END AS discount
    FROM drawn AS l
    JOIN sample_products AS p ON p.product_id = l.product`;
}

/** SQL of all lines of the orders that are new or changed. A line that is put in later is still another. */
export function linesOf(delivery: Delivery): string {
  const { since, orders, until } = delivery;
  const which =
    since === undefined ? `order_id <= ${orders.end}` : `order_id IN (SELECT order_id FROM (${ordersOf(delivery)}))`;
  return `
    SELECT order_id, line_no - (still_out)::INTEGER AS line_no, n, product_id,
      (quantity + still_out::INTEGER)::DECIMAL(18, 3) AS quantity, unit_price, discount
    FROM (SELECT *, coalesce(put_in >= ${until}, false) AS still_out FROM sample_lines WHERE ${which})`;
}
