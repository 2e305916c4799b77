import { type Numbers, pick } from './numbers';
import { DAYS, type Shop } from './options';

const CATEGORIES = ['Kitchen', 'Garden', 'Books', 'Toys', 'Outdoor', 'Office', 'Grocery', 'Beauty', 'Tools', 'Décor'];
const ADJECTIVES = ['Red', 'Small', 'Folding', 'Classic', 'Quiet', 'Bright', 'Heavy', 'Organic', '5" steel', 'Spare'];
const NOUNS = ['lamp', 'kettle', 'basket', 'notebook', 'puzzle', 'spade', 'coffee, ground', 'soap', 'wrench', 'frame'];

/** Products in the order of their popularity; stock goes by how many of them sell on a day, in thousandths. */
export function productStatements(shop: Shop, numbers: Numbers): string[] {
  const octaves = Math.ceil(Math.log2(shop.products));
  // Twice the mean, because the shop has grown; a line is about two units.
  const linesPerDay = `${Math.floor((4000 * shop.lines) / (DAYS * octaves))}::BIGINT`;
  return [
    `CREATE OR REPLACE TEMP TABLE sample_products AS
     WITH drawn AS (
       SELECT n, n + 1 AS product_id,
         ${pick(CATEGORIES, numbers.draw('n', 'category', CATEGORIES.length))} AS category,
         199 + ${numbers.draw('n', 'cents', 90)} * ${numbers.draw('n', 'scale', 90)} AS cents,
         ${linesPerDay} // (1::BIGINT << (length(bin(n + 1)) - 1)) AS daily
       FROM range(${shop.products}) AS r(n)
     )
     SELECT product_id,
       concat(${pick(ADJECTIVES, numbers.draw('n', 'adjective', ADJECTIVES.length))}, ' ',
         ${pick(NOUNS, numbers.draw('n', 'noun', NOUNS.length))}, ' no. ', product_id) AS name,
       CASE WHEN NOT ${numbers.chance('n', 'unsorted', 0.02)} THEN category END AS category,
       category = 'Grocery' AS by_weight,
       cents,
       (cents * 0.01)::DECIMAL(18, 4) AS list_price,
       CASE WHEN NOT ${numbers.chance('n', 'uncosted', 0.03)}
         THEN (cents * (45 + ${numbers.draw('n', 'cost', 45)}) * 0.0001)::DECIMAL(18, 4) END AS unit_cost,
       CASE
         WHEN ${numbers.chance('n', 'uncounted', 0.02)} THEN NULL
         WHEN ${numbers.chance('n', 'gone', 0.03)} THEN 0
         ELSE (daily * ${numbers.draw('n', 'stock', 90)} // 1000)
       END::DECIMAL(18, 3) AS stock,
       (daily * 14 // 1000)::DECIMAL(18, 3) AS reorder_level,
       CASE WHEN NOT ${numbers.chance('n', 'unplanned', 0.1)} THEN 3 + ${numbers.draw('n', 'lead', 28)} END::INTEGER
         AS lead_time_days,
       (SELECT min(midnight) FROM sample_days) - 86400 * ${numbers.draw('n', 'listed', 300)} AS created,
       (SELECT max(midnight) FROM sample_days) + 3600 AS updated
     FROM drawn`,
  ];
}
