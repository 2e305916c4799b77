/** Which values a column of states or kinds may have; names of things and people are none, however few there are. */
import { identifier } from '../domain/sql';
import type { Bench, CheckDraft } from './draft';
import type { ColumnFacts, TableFacts } from './facts';
import { plainName } from './text-types';

/** Fewer values say nothing about which there may be. */
const ENOUGH_VALUES = 20;
const MOST_VALUES = 12;
const LONGEST_VALUE = 30;
/** How often a value comes on average: where the column's name says what it is, and where only its values do. */
const OFTEN = 5;
const VERY_OFTEN = 10;
/** Values that come once, or once in so many, are left out; where they are more than so many together, nothing is said. */
const RARE = 1 / 1000;
const MOST_RARE = 0.05;

/** What a column is whose last word is one of these. */
const STATE =
  /(^|_)(status|state|stage|phase|type|kind|class|category|group|segment|tier|level|grade|priority|severity|channel|medium|method|mode|payment|currency|country|language|lang|gender|sex|unit|source|role|plan|result|outcome|reason|flag|active)$/;
const NAME =
  /(^|_)(name|names|title|label|product|item|article|brand|model|customer|client|user|guest|person|employee|staff|waiter|seller|rep|agent|owner|author|contact|company|supplier|vendor|city|town|street|address|place|location|store|shop|email|phone|comment|note|notes|text|description|subject|message)(_|$)/;
/** `in_progress`, `DE`, but not `Anna` or `Espresso Machine`. */
const WORD = /^([a-z\d]+([_-][a-z\d]+)*|[A-Z\d]+([_-][A-Z\d]+)*)$/;

interface Count {
  readonly value: string;
  readonly rows: number;
}

/** Whether such values are states or kinds, of which there are only these. */
function isState({ name }: ColumnFacts, frequent: readonly Count[], rows: number): boolean {
  const plain = plainName(name);
  const average = rows / frequent.length;
  if (STATE.test(plain)) return average >= OFTEN;
  return !NAME.test(plain) && average >= VERY_OFTEN && frequent.every(({ value }) => WORD.test(value));
}

function told(rare: readonly Count[], values: number): string {
  if (rare.length === 0) return 'these are all values there are';
  const shown = rare.map(({ value, rows }) => `${JSON.stringify(value)} (${rows} of ${values})`).join(', ');
  return `these are the usual values; left out, so that the check warns of it: ${shown}`;
}

/** A check that lists the usual values. */
export async function acceptedValues(
  table: TableFacts,
  column: ColumnFacts,
  { session }: Bench,
): Promise<CheckDraft[]> {
  const { values, distinct, longest, type } = column;
  if (type !== 'VARCHAR' || values < ENOUGH_VALUES || distinct > 4 * MOST_VALUES || longest > LONGEST_VALUE) return [];
  const name = identifier(column.name);
  const found = await session.query(
    `SELECT ${name} AS v, count(*) AS n FROM ${identifier(table.draft.name)} WHERE ${name} IS NOT NULL
      GROUP BY ALL ORDER BY v LIMIT ${2 * MOST_VALUES + 1}`,
  );
  const all = found.rows.map((row): Count => ({ value: String(row.v), rows: Number(row.n) }));
  const isRare = ({ rows }: Count) => rows === 1 || rows < RARE * values;
  const [frequent, rare] = [all.filter((one) => !isRare(one)), all.filter(isRare)];
  const rareRows = rare.reduce((sum, { rows }) => sum + rows, 0);
  if (frequent.length === 0 || frequent.length > MOST_VALUES) return [];
  if (rareRows > MOST_RARE * values || rare.length > frequent.length) return [];
  // `${` would be taken for a parameter.
  if (!isState(column, frequent, values) || all.some(({ value }) => value.includes('${'))) return [];
  return [
    {
      check: {
        type: 'accepted_values',
        column: column.name,
        values: frequent.map(({ value }) => value),
        severity: 'warn',
      },
      guess: told(rare, values),
      ...(rare.length === 0 ? {} : { fails: true as const }),
    },
  ];
}
