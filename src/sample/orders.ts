import type { Delivery, Span } from './deliveries';
import { type Numbers, pick } from './numbers';
import { DAYS, LINES_PER_BLOCK, ORDER_SIZES, type Shop } from './options';
import { currencyOf } from './users';

const STARTS = ORDER_SIZES.map((_, index) => ORDER_SIZES.slice(0, index).reduce((sum, size) => sum + size, 0));
const HOUR = 3_600;
const DAY = 86_400;

/**
 * What becomes of an order: of a thousand, 30 are cancelled soon and 12 after two weeks, not being paid; 20 are sent back
 * as a whole. The others are paid, shipped and completed; one pace makes an order quick or slow all the way. `settled` is
 * when it was completed, or sent back; from then on there may be refunds. One in five is paid by transfer, and when it is,
 * one in seven of these has its last line taken out and another put in.
 */
const TIMELINE = `
  CASE WHEN fate < 42 THEN ordered + CASE WHEN fate < 30 THEN ${HOUR} + pace // 7 % ${36 * HOUR} ELSE ${14 * DAY} END END
    AS cancelled,
  CASE WHEN fate >= 42 THEN
    ordered + CASE WHEN pace % 10 < 8 THEN 60 + pace % 900 ELSE ${HOUR} + pace % ${3 * DAY} END END AS paid,
  paid + ${4 * HOUR} + pace // 7 % ${2 * DAY} AS shipped,
  shipped + ${DAY} + pace // 11 % ${6 * DAY} AS completed,
  CASE WHEN fate < 62 THEN completed + ${3 * DAY} + pace // 13 % ${20 * DAY} END AS returned,
  coalesce(returned, completed) AS settled,
  CASE WHEN pace % 10 >= 8 AND pace % 7 = 5 THEN paid END AS edited`;

/** Who orders: the newest, one of the loyal (every tenth user), else somebody, the later they came the likelier. */
const USER = `CASE
  WHEN kind < 18 THEN joined - 1
  WHEN kind < 30 THEN loyal - loyal % 10
  ELSE joined - 1 - ((who * who * joined) >> 32)
END`;

/** What defects take away altogether. */
function presence({ defects }: Shop, numbers: Numbers): string {
  const { late_rows, missing_day, volume_drop } = defects;
  const conditions = [
    ...(late_rows === undefined ? [] : [`day_no < ${DAYS - late_rows}`]),
    ...(missing_day === undefined ? [] : [`day_no <> ${DAYS - missing_day}`]),
    ...(volume_drop === undefined
      ? []
      : [`NOT (day_no = ${DAYS - 1} AND ${numbers.chance('k', 'volume_drop', volume_drop)})`]),
  ];
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** Every order of a span with its day, user, the place of its lines, and when it becomes what. */
export function orderStatement(shop: Shop, numbers: Numbers, { first, end }: Span): string {
  const place = `k % ${ORDER_SIZES.length}`;
  return `CREATE OR REPLACE TEMP TABLE sample_orders AS
    WITH numbered AS (
      SELECT unnest(range(greatest(first_order, ${first}), least(end_order, ${end}))) AS k, n AS day_no, midnight,
        first_order
      FROM sample_days
      WHERE first_order < ${end} AND end_order > ${first}
    ),
    drawn AS (
      SELECT k, day_no, 1 + (${shop.users}::BIGINT * k) // ${shop.orders} AS joined,
        midnight + ${6 * HOUR} + ${numbers.draw('k', 'second', 16 * HOUR)} AS ordered,
        (k // ${ORDER_SIZES.length}) * ${LINES_PER_BLOCK}::BIGINT + ${pick(STARTS, place)} AS first_line,
        ${pick(ORDER_SIZES, place)} AS size,
        -- The first order of a day is paid at once, so that a day with orders has one that counts, however small the shop.
        CASE WHEN k = first_order THEN 999 ELSE ${numbers.draw('k', 'fate', 1000)} END AS fate,
        CASE WHEN k = first_order THEN 0 ELSE ${numbers.draw('k', 'pace', 2 ** 31)} END AS pace,
        ${numbers.draw('k', 'kind', 100)} AS kind,
        ${numbers.draw('k', 'who', 2 ** 16)} AS who,
        ${numbers.draw('k', 'loyal', 'joined')} AS loyal
      FROM numbered
      ${presence(shop, numbers)}
    ),
    chosen AS (
      SELECT k, day_no, ordered, first_line, size, (${USER})::BIGINT AS chosen_user,${TIMELINE}
      FROM drawn
    ),
    bought AS (
      -- Every twentieth user only looks around; what they would have ordered is ordered by the one before.
      SELECT *, chosen_user - (chosen_user % 20 = 19)::BIGINT AS u FROM chosen
    )
    SELECT k + 1 AS order_id,
      CASE
        WHEN ${numbers.chance('k', 'guest', 0.01)} THEN NULL
        WHEN ${numbers.chance('k', 'stranger', 0.001)} THEN 90000000000 + u
        ELSE u + 1
      END AS user_id,
      ${currencyOf('u', numbers)} AS currency,
      day_no, ordered, cancelled, paid, shipped, completed, returned, settled, edited,
      first_line, least(size, ${shop.lines} - first_line) AS size
    FROM bought`;
}

/** SQL of the orders that are new or changed, with their status and when they got it. */
export function ordersOf({ until, since, orders }: Delivery): string {
  const changed = since === undefined ? '' : `WHERE updated >= ${since.at}`;
  return `
    SELECT * FROM (
      SELECT order_id, user_id, currency, ordered,
        CASE
          WHEN returned < ${until} THEN 'refunded'
          WHEN completed < ${until} THEN 'completed'
          WHEN shipped < ${until} THEN 'shipped'
          WHEN paid < ${until} THEN 'paid'
          WHEN cancelled < ${until} THEN 'cancelled'
          ELSE 'pending'
        END AS status,
        CASE status WHEN 'refunded' THEN returned WHEN 'completed' THEN completed WHEN 'shipped' THEN shipped
          WHEN 'paid' THEN paid WHEN 'cancelled' THEN cancelled ELSE ordered END AS updated
      FROM sample_orders
      WHERE order_id > ${orders.first} AND order_id <= ${orders.end}
    )
    ${changed}`;
}
