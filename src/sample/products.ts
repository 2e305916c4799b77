import { type Delivery, isNew } from './deliveries';
import { type Numbers, pick } from './numbers';
import { DAYS, type Shop } from './options';

const CATEGORIES = ['Kitchen', 'Garden', 'Books', 'Toys', 'Outdoor', 'Office', 'Grocery', 'Beauty', 'Tools', 'Décor'];
const ADJECTIVES = ['Red', 'Small', 'Folding', 'Classic', 'Quiet', 'Bright', 'Heavy', 'Organic', '5" steel', 'Spare'];
const NOUNS = ['lamp', 'kettle', 'basket', 'notebook', 'puzzle', 'spade', 'coffee, ground', 'soap', 'wrench', 'frame'];

/**
 * Products in the order of their popularity, without their stock. It goes by how many of them sell on a day (`daily`, in
 * thousandths): every `cycle` days it is filled up for that many days, and sinks evenly.
 */
export function productStatement(shop: Shop, numbers: Numbers): string {
  const octaves = Math.ceil(Math.log2(shop.products));
  // Twice the mean, because the shop has grown; a line is about two units.
  const linesPerDay = `${Math.floor((4000 * shop.lines) / (DAYS * octaves))}::BIGINT`;
  return `CREATE OR REPLACE TEMP TABLE sample_products AS
    WITH drawn AS (
      SELECT n, n + 1 AS product_id,
        ${pick(CATEGORIES, numbers.draw('n', 'category', CATEGORIES.length))} AS category,
        199 + ${numbers.draw('n', 'cents', 90)} * ${numbers.draw('n', 'scale', 90)} AS cents,
        greatest(1, ${linesPerDay} // (1::BIGINT << (length(bin(n + 1)) - 1))) AS daily
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
      ${numbers.chance('n', 'uncounted', 0.02)} AS uncounted,
      ${numbers.chance('n', 'gone', 0.03)} AS gone,
      daily,
      30 + ${numbers.draw('n', 'cycle', 90)} AS cycle,
      ${numbers.draw('n', 'phase', 120)} AS phase,
      (daily * 14 // 1000)::DECIMAL(18, 3) AS reorder_level,
      CASE WHEN NOT ${numbers.chance('n', 'unplanned', 0.1)} THEN 3 + ${numbers.draw('n', 'lead', 28)} END::INTEGER
        AS lead_time_days,
      (SELECT min(midnight) FROM sample_days) - 86400 * ${numbers.draw('n', 'listed', 300)} AS created
    FROM drawn`;
}

/** SQL of products with the stock that a delivery knows, counted at one in the night of its last day. */
export function productsOf(delivery: Delivery): string {
  return `
    SELECT p.product_id, p.name, p.category, p.list_price, p.unit_cost,
      CASE WHEN p.gone THEN 0 WHEN NOT p.uncounted THEN p.units END::DECIMAL(18, 3) AS stock,
      p.reorder_level, p.lead_time_days, p.created, d.midnight + 3600 AS updated
    FROM (
      SELECT *, cycle - 1 - (${delivery.days - 1} + phase) % cycle AS days_left, daily * days_left // 1000 AS units,
        -- As many days were left when there first were that few units.
        least(cycle - 1, ((units + 1) * 1000 - 1) // daily) AS days_left_then,
        CASE WHEN gone OR uncounted THEN 0
          ELSE greatest(0, ${delivery.days - 1} - (days_left_then - days_left)) END AS changed
      FROM sample_products
    ) AS p
    JOIN sample_days AS d ON d.n = p.changed
    WHERE ${isNew(delivery, 'd.midnight + 3600')}
    ORDER BY p.product_id`;
}
