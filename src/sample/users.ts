import { type Delivery, isNew, type Span } from './deliveries';
import { type Numbers, pick } from './numbers';

const FIRST = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Elif', 'Fatima', 'Grace', 'Hiro', 'Ines', 'Jan', 'Søren', 'Zoë'];
const LAST = ['Andersson', "O'Neil", 'Müller', 'García', 'Smith, Jr.', 'Nowak', 'van Dijk', 'Rossi', 'Çelik', 'Dubois'];
const COUNTRIES = ['DE', 'DE', 'DE', 'DE', 'AT', 'AT', 'CH', 'FR', 'FR', 'NL', 'PL', 'IT', 'ES', 'SE', 'US', 'GB'];
/** Where people pay in their own; the others do in euros. */
const CURRENCIES: Readonly<Record<string, string>> = { CH: 'CHF', GB: 'GBP', US: 'USD' };

const countryOf = (u: string, numbers: Numbers) => numbers.draw(u, 'country', COUNTRIES.length);
/** SQL of the currency that a user pays in. */
export const currencyOf = (u: string, numbers: Numbers): string =>
  pick(
    COUNTRIES.map((country) => CURRENCIES[country] ?? 'EUR'),
    countryOf(u, numbers),
  );

/** The users of a span: they come shortly before their first order, at the pace of the orders; some change their mind. */
export function userStatement(numbers: Numbers, { first, end }: Span): string {
  return `CREATE OR REPLACE TEMP TABLE sample_users AS
    SELECT u + 1 AS user_id,
      CASE WHEN NOT ${numbers.chance('u', 'mute', 0.01)} THEN concat('user', u + 1, '@example.com') END AS email,
      CASE WHEN NOT ${numbers.chance('u', 'nameless', 0.01)} THEN concat(
        ${pick(FIRST, numbers.draw('u', 'first', FIRST.length))}, ' ',
        ${pick(LAST, numbers.draw('u', 'last', LAST.length))}) END AS name,
      ${pick(COUNTRIES, countryOf('u', numbers))} AS country,
      ${numbers.draw('u', 'news', 100)} < 45 AS wants_news,
      CASE WHEN NOT ${numbers.chance('u', 'ancient', 0.005)} THEN midnight + ${numbers.draw('u', 'joined', 20_000)} END
        AS created,
      midnight + 20000 AS joined,
      CASE WHEN ${numbers.chance('u', 'changes', 0.2)}
        THEN midnight + 86400 + ${numbers.draw('u', 'changing', 400 * 86_400)} END AS changing
    FROM (
      SELECT unnest(range(greatest(first_user, ${first}), least(end_user, ${end}))) AS u, midnight
      FROM sample_days
      WHERE first_user < ${end} AND end_user > ${first}
    )`;
}

/** SQL of the users that are new or changed. */
export const usersOf = (delivery: Delivery): string => `
    SELECT user_id, email, name, country, wants_news <> changed AS marketing_opt_in, created,
      CASE WHEN changed THEN changing ELSE joined END AS updated
    FROM (SELECT *, coalesce(changing < ${delivery.until}, false) AS changed FROM sample_users)
    WHERE ${isNew(delivery, 'updated')}`;
