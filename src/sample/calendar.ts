import type { Numbers } from './numbers';
import { DAYS, type Shop } from './options';

/** From Monday. */
const WEEKDAYS = [100, 95, 98, 102, 115, 130, 90];
/** On the first of each month from January; between them it goes evenly. */
const SEASON = [125, 85, 85, 92, 98, 100, 96, 88, 92, 102, 118, 150];

export interface Day {
  /** Such as 2026-11-24. */
  readonly day: string;
  /** Its first second, and the first of the day after. */
  readonly midnight: number;
  readonly ends: number;
  /** Its orders by number, from 0; the end is not among them. */
  readonly firstOrder: number;
  readonly endOrder: number;
  /** Users that came up to its end. */
  readonly endUser: number;
}

/**
 * The days of the shop, each with its numbers of orders and of new users: growth, weekday, season and some noise. The
 * last day always has an order, since what is left over is rounded towards it.
 */
export function calendarStatement(shop: Shop, numbers: Numbers): string {
  const season = (month: string) => `[${SEASON.join(', ')}][${month}]`;
  const midnight = (day: string) => `epoch((${day})::TIMESTAMP AT TIME ZONE '${shop.zone}')::BIGINT`;
  return `CREATE OR REPLACE TEMP TABLE sample_days AS
    WITH days AS (
      SELECT n, DATE '${shop.until}' - (${DAYS} - n)::INTEGER AS day FROM range(${DAYS}) AS r(n)
    ),
    weights AS (
      SELECT n, day,
        (400 + n) * [${WEEKDAYS.join(', ')}][isodow(day)]
          * (${season('month(day)')} * (32 - day(day)) + ${season('1 + month(day) % 12')} * (day(day) - 1))
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
    SELECT n, day, first_order, end_order,
      (first_order * ${shop.users}::BIGINT + ${shop.orders - 1}) // ${shop.orders} AS first_user,
      (end_order * ${shop.users}::BIGINT + ${shop.orders - 1}) // ${shop.orders} AS end_user,
      ${midnight('day')} AS midnight,
      ${midnight('day + 1')} AS ends
    FROM ranges`;
}

/** The days, once they are worked out; `rows` asks the connection that has them. */
export async function readDays(rows: (sql: string) => Promise<unknown[]>): Promise<Day[]> {
  return (await rows(`SELECT day::VARCHAR AS day, midnight::DOUBLE AS midnight, ends::DOUBLE AS ends,
    first_order::DOUBLE AS "firstOrder", end_order::DOUBLE AS "endOrder", end_user::DOUBLE AS "endUser"
    FROM sample_days ORDER BY n`)) as Day[];
}
