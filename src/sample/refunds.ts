import { type Numbers } from './numbers';

const DAY = 86_400;

/**
 * Refunds of lines in full, of half their money without any units, and of orders without saying which line. Three of four
 * orders that are sent back have a row for each line; the others have none, which means all of it.
 */
export function refundStatement(numbers: Numbers): string {
  return `CREATE OR REPLACE TEMP TABLE sample_refunds AS
    WITH drawn AS (
      SELECT order_id, line_no, n, quantity, unit_price, discount, settled, returned,
        ${numbers.draw('n', 'refund', 10_000)} AS part,
        ${numbers.draw('n', 'refunded', 20 * DAY)} AS later
      FROM sample_lines
      WHERE settled IS NOT NULL
    ),
    wanted AS (
      SELECT *, quantity::DECIMAL(38, 3) * unit_price * (1 - coalesce(discount, 0)) AS paid,
        CASE
          WHEN returned IS NOT NULL THEN CASE WHEN ${numbers.draw('order_id', 'silent', 4)} > 0 THEN 'full' END
          WHEN part < 200 THEN 'full'
          WHEN part < 260 THEN 'half'
          WHEN part < 340 AND line_no = 1 THEN 'order'
        END AS kind
      FROM drawn
      WHERE part < 340 OR returned IS NOT NULL
    )
    SELECT n + 1 AS refund_id, order_id,
      CASE WHEN kind <> 'order' THEN line_no END AS line_no,
      CASE WHEN kind = 'full' THEN quantity END AS quantity,
      (CASE WHEN kind = 'full' THEN paid ELSE paid * 0.5 END)::DECIMAL(18, 4) AS amount,
      coalesce(returned, settled + 3600 + later) AS refunded
    FROM wanted
    WHERE kind IS NOT NULL AND (CASE WHEN kind = 'full' THEN paid ELSE paid * 0.5 END)::DECIMAL(18, 4) > 0`;
}
