import type { Numbers } from './numbers';

/** The dollar in euros on each Monday to Friday, from a week before the shop opened. */
export function rateStatements(numbers: Numbers): string[] {
  return [
    `CREATE OR REPLACE TEMP VIEW sample_rates AS
     WITH days AS (
       SELECT n, ((SELECT min(day) FROM sample_days) - 7 + n::INTEGER) AS day
       FROM range((SELECT count(*) + 7 FROM sample_days)) AS r(n)
     )
     SELECT 'USD' AS currency, day,
       ((86000000 + 4000000 * abs(n % 400 - 200) // 200 + ${numbers.draw('n', 'rate', 400_000)})
         * 0.00000001)::DECIMAL(18, 8) AS rate
     FROM days
     WHERE isodow(day) <= 5`,
  ];
}
