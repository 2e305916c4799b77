import type { Numbers } from './numbers';
import { DAYS, type Shop } from './options';

/** From Monday, and from January. */
const WEEKDAYS = [100, 95, 98, 102, 115, 130, 90];
const MONTHS = [85, 80, 92, 95, 100, 98, 90, 88, 100, 108, 135, 160];

/**
 * The days of the shop, each with its numbers of orders and of new users: growth, weekday, season and some noise. The
 * last day always has an order, since what is left over is rounded towards it.
 */
export function calendarStatements(shop: Shop, numbers: Numbers): string[] {
  return [
    `CREATE OR REPLACE TEMP TABLE sample_days AS
     WITH days AS (
       SELECT n, DATE '${shop.until}' - (${DAYS} - n)::INTEGER AS day FROM range(${DAYS}) AS r(n)
     ),
     weights AS (
       SELECT n, day,
         (400 + n) * [${WEEKDAYS.join(', ')}][isodow(day)] * [${MONTHS.join(', ')}][month(day)]
           * (95 + ${numbers.draw('n', 'day', 11)}) AS weight
       FROM days
     ),
     cumulated AS (
       SELECT n, day, weight,
         (sum(weight) OVER (ORDER BY n))::HUGEINT AS upto,
         (sum(weight) OVER ())::HUGEINT AS total
       FROM weights
     ),
     ranges AS (
       SELECT n, day,
         ((upto - weight) * ${shop.orders}::HUGEINT // total)::BIGINT AS first_order,
         (upto * ${shop.orders}::HUGEINT // total)::BIGINT AS end_order
       FROM cumulated
     )
     SELECT n, day, ${DAYS} - n AS age, first_order, end_order,
       (first_order * ${shop.users}::BIGINT + ${shop.orders - 1}) // ${shop.orders} AS first_user,
       (end_order * ${shop.users}::BIGINT + ${shop.orders - 1}) // ${shop.orders} AS end_user,
       epoch(day::TIMESTAMP AT TIME ZONE '${shop.zone}')::BIGINT AS midnight
     FROM ranges`,
  ];
}

/** The first second of `until`, which nothing in the shop reaches. */
export const endOf = (shop: Shop): string =>
  `epoch(DATE '${shop.until}'::TIMESTAMP AT TIME ZONE '${shop.zone}')::BIGINT`;
