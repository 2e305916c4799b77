import { endOf } from './calendar';
import type { Numbers } from './numbers';
import type { Shop } from './options';

const DAY = 86_400;

/**
 * Refunds of lines in full, of half their money without any units, and of orders without saying which line. Three of
 * four orders in status refunded have a row for each line; the others have none, which means all of it.
 */
export function refundStatements(shop: Shop, numbers: Numbers): string[] {
  return [
    `CREATE OR REPLACE TEMP VIEW sample_refunds AS
     WITH wanted AS (
       SELECT order_id, line_no, n, ordered, quantity,
         quantity::DECIMAL(38, 3) * unit_price * (1 - coalesce(discount, 0)) AS paid,
         CASE
           WHEN status = 'refunded' THEN CASE WHEN ${numbers.draw('order_id', 'silent', 4)} > 0 THEN 'full' END
           WHEN status NOT IN ('shipped', 'completed') THEN NULL
           WHEN refund < 200 THEN 'full'
           WHEN refund < 260 THEN 'half'
           WHEN refund < 340 AND line_no = 1 THEN 'order'
         END AS kind
       FROM sample_lines
     )
     SELECT n + 1 AS refund_id, order_id,
       CASE WHEN kind <> 'order' THEN line_no END AS line_no,
       CASE WHEN kind = 'full' THEN quantity END AS quantity,
       CASE WHEN kind = 'full' THEN paid ELSE paid * 0.5 END::DECIMAL(18, 4) AS amount,
       ordered + ${2 * DAY} + ${numbers.draw('n', 'refunded', 20 * DAY)} AS refunded
     FROM wanted
     WHERE kind IS NOT NULL AND ordered + ${2 * DAY} + ${numbers.draw('n', 'refunded', 20 * DAY)} < ${endOf(shop)}
       AND CASE WHEN kind = 'full' THEN paid ELSE paid * 0.5 END::DECIMAL(18, 4) > 0`,
  ];
}
