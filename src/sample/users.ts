import { type Numbers, pick } from './numbers';

const FIRST = ['Ada', 'Björn', 'Chloé', 'Dmitri', 'Elif', 'Fatima', 'Grace', 'Hiro', 'Ines', 'Jan', 'Søren', 'Zoë'];
const LAST = ['Andersson', "O'Neil", 'Müller', 'García', 'Smith, Jr.', 'Nowak', 'van Dijk', 'Rossi', 'Çelik', 'Dubois'];
const COUNTRIES = ['DE', 'DE', 'DE', 'DE', 'AT', 'AT', 'CH', 'FR', 'FR', 'NL', 'PL', 'IT', 'ES', 'SE', 'US', 'GB'];

/** Users come shortly before their first order, at the pace of the orders. */
export function userStatements(numbers: Numbers): string[] {
  return [
    `CREATE OR REPLACE TEMP VIEW sample_users AS
     WITH numbered AS (
       SELECT unnest(range(first_user, end_user)) AS u, midnight FROM sample_days
     )
     SELECT u + 1 AS user_id,
       CASE WHEN NOT ${numbers.chance('u', 'mute', 0.01)} THEN concat('user', u + 1, '@example.com') END AS email,
       CASE WHEN NOT ${numbers.chance('u', 'nameless', 0.01)} THEN concat(
         ${pick(FIRST, numbers.draw('u', 'first', FIRST.length))}, ' ',
         ${pick(LAST, numbers.draw('u', 'last', LAST.length))}) END AS name,
       ${pick(COUNTRIES, numbers.draw('u', 'country', COUNTRIES.length))} AS country,
       ${numbers.draw('u', 'news', 100)} < 45 AS marketing_opt_in,
       CASE WHEN NOT ${numbers.chance('u', 'ancient', 0.005)} THEN midnight + ${numbers.draw('u', 'joined', 20_000)} END
         AS created,
       midnight + 20000 AS updated
     FROM numbered`,
  ];
}
