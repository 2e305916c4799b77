import { endOf } from './calendar';
import { type Numbers, pick } from './numbers';
import { LINES_PER_BLOCK, ORDER_SIZES, type Shop } from './options';

const STARTS = ORDER_SIZES.map((_, index) => ORDER_SIZES.slice(0, index).reduce((sum, size) => sum + size, 0));
const DAY = 86_400;

/** Who orders: the newest, one of the loyal (every tenth user), else somebody, the later they came the likelier. */
function userOf(numbers: Numbers): string {
  const square = `((${numbers.draw('k', 'who', 2 ** 16)} * ${numbers.draw('k', 'who', 2 ** 16)} * joined) >> 32)`;
  const loyal = numbers.draw('k', 'loyal', 'joined');
  return `CASE
    WHEN ${numbers.draw('k', 'kind', 100)} < 18 THEN joined - 1
    WHEN ${numbers.draw('k', 'kind', 100)} < 30 THEN ${loyal} - ${loyal} % 10
    ELSE joined - 1 - ${square}
  END`;
}

const STATUS = (numbers: Numbers) => {
  const fate = numbers.draw('k', 'fate', 1000);
  return `CASE
    WHEN ${fate} < 40 THEN 'cancelled'
    WHEN age <= 3 THEN ${pick(['pending', 'paid', 'paid', 'shipped'], `${fate} % 4`)}
    WHEN age <= 10 THEN ${pick(['shipped', 'completed'], `${fate} % 2`)}
    WHEN ${fate} < 42 THEN 'pending'
    WHEN age > 30 AND ${fate} < 62 THEN 'refunded'
    ELSE 'completed'
  END`;
};

/** Every order with its day, user, status and the place of its lines; the other tables are made from it. */
export function orderStatements(shop: Shop, numbers: Numbers): string[] {
  const block = `(k // ${ORDER_SIZES.length})`;
  const place = `k % ${ORDER_SIZES.length}`;
  return [
    `CREATE OR REPLACE TEMP TABLE sample_orders AS
     WITH numbered AS (
       SELECT unnest(range(first_order, end_order)) AS k, age, midnight FROM sample_days
     ),
     placed AS (
       SELECT k, age, 1 + (${shop.users}::BIGINT * k) // ${shop.orders} AS joined,
         midnight + ${6 * 3600} + ${numbers.draw('k', 'second', 16 * 3600)} AS ordered,
         ${block} * ${LINES_PER_BLOCK}::BIGINT + ${pick(STARTS, place)} AS first_line,
         ${pick(ORDER_SIZES, place)} AS size
       FROM numbered
     ),
     chosen AS (
       SELECT k, age, ordered, first_line, size, (${userOf(numbers)})::BIGINT AS u, (${STATUS(numbers)}) AS status
       FROM placed
     )
     SELECT k + 1 AS order_id,
       -- Every twentieth user only looks around; what they would have ordered is ordered by the one before.
       CASE
         WHEN ${numbers.chance('k', 'guest', 0.01)} THEN NULL
         WHEN ${numbers.chance('k', 'stranger', 0.001)} THEN 90000000000 + u
         WHEN u % 20 = 19 THEN u
         ELSE u + 1
       END AS user_id,
       status,
       CASE WHEN ${numbers.chance('k', 'abroad', 0.08)} THEN 'USD' ELSE 'EUR' END AS currency,
       age,
       ordered,
       least(ordered + CASE WHEN status IN ('pending', 'paid') THEN 60 ELSE 3600 END
         + ${numbers.draw('k', 'edited', 12 * DAY)}, ${endOf(shop)} - 60) AS updated,
       first_line,
       least(size, ${shop.lines} - first_line) AS size
     FROM chosen`,
  ];
}
