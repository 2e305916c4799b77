import type { Numbers } from './numbers';

/** Ten thousandths of a euro, about. */
const RATES = { CHF: 10_300, GBP: 11_500, USD: 8_800 };

/** What other currencies are in euros on each Monday to Friday, from a week before the shop opened. */
export function rateStatement(numbers: Numbers): string {
  const values = Object.entries(RATES).map(([currency, about], index) => `(${index}, '${currency}', ${about})`);
  return `CREATE OR REPLACE TEMP TABLE sample_rates AS
    SELECT currency, day,
      ((about * (9800 + abs(n % 400 - 200)) + ${numbers.draw('n * 4 + c', 'rate', 400_000)})
        * 0.00000001)::DECIMAL(18, 8) AS rate
    FROM (VALUES ${values.join(', ')}) AS r(c, currency, about)
    CROSS JOIN (
      SELECT n, (SELECT min(day) FROM sample_days) - 7 + n::INTEGER AS day
      FROM range((SELECT count(*) + 7 FROM sample_days)) AS t(n)
    )
    WHERE isodow(day) <= 5
    ORDER BY currency, day`;
}
