/** A guess at the currency: a column of codes, a sign beside amounts, a code in a column's name, or none. */
import { identifier } from '../domain/sql';
import type { Told } from './declaration';
import type { Bench } from './draft';
import type { TableFacts } from './facts';
import { plainName } from './text-types';

const CODES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY', 'CNY', 'CAD', 'AUD', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'INR', 'BRL'];

export async function currencyOf(tables: readonly TableFacts[], { session }: Bench): Promise<Told> {
  for (const { draft, columns } of tables) {
    for (const { name, type, longest } of columns) {
      if (!/(^|_)currency(_|$)/.test(plainName(name)) || type !== 'VARCHAR' || longest !== 3) continue;
      const column = identifier(name);
      const { rows } = await session.query(
        `SELECT ${column} AS code, count(*) AS n, sum(count(*)) OVER () AS whole FROM ${identifier(draft.name)}
          WHERE regexp_full_match(${column}, '[A-Z]{3}') GROUP BY ALL ORDER BY n DESC, code LIMIT 1`,
      );
      const [most] = rows;
      if (most === undefined) continue;
      const all = String(most.n) === String(most.whole);
      return {
        value: String(most.code),
        guess: `${all ? 'the only one' : 'the most frequent'} in ${draft.name}.${name}`,
      };
    }
  }
  for (const { draft } of tables) {
    const column = draft.drafts.find(({ conversion }) => conversion?.currency !== undefined);
    if (column?.conversion?.currency !== undefined)
      return { value: column.conversion.currency, guess: `by the sign in ${draft.name}.${column.name}` };
  }
  for (const { draft, columns } of tables) {
    for (const { name } of columns) {
      const code = CODES.find((known) => plainName(name).split('_').includes(known.toLowerCase()));
      if (code !== undefined) return { value: code, guess: `by the name of ${draft.name}.${name}` };
    }
  }
  return { value: 'EUR', guess: 'nothing in the files says it' };
}
