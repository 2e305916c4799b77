/** Columns nearly all of whose values are of one type: a slip of the pen is set aside rather than that it makes a text of all. */
import { type ColumnDraft, tableType } from './draft';
import { isInteger } from './facts';
import { meaningOf, type PatternName, rivalsOf } from './patterns';
import { plainName } from './text-types';

/** Fewer values say nothing about which of them are odd. */
const ENOUGH_VALUES = 20;
/** So many are enough to say why a column is a text. */
const ENOUGH_TO_TELL = 5;
/** More odd values are no slips: of a column, and of all columns together. */
const MOST_ODD = 0.05;
/** A pattern that is true of less is not what is meant. */
export const HALF = 0.5;
/** In columns of ids, two odd values are another way of writing: `536365` and `C536379`. */
const ID = /(^|_)(id|no|nr|num|number|code|key|ref|reference|invoice|order|sku|room|unit|size)$/;
const MOST_ODD_IDS = 1;

/** Whether so few of so many values may be slips. */
export const isSlip = (odd: number, values: number): boolean => values >= ENOUGH_VALUES && odd <= MOST_ODD * values;

export interface Near {
  readonly name: string;
  readonly pattern: PatternName;
  readonly values: number;
  /** Values that the pattern is not true of. */
  readonly odd: number;
  /** Values that could be read in another way as well, days and months the other way round. */
  readonly contested: boolean;
}

/** True of a text whatever it is, so they say nothing by themselves. */
const NO_TYPE = ['noCode'];

/** The pattern that is true of most values, of half of them at least. */
export function nearest(name: string, values: number, counts: ReadonlyMap<PatternName, number>): Near[] {
  const [best] = [...counts].filter(([pattern]) => !NO_TYPE.includes(pattern)).sort((a, b) => b[1] - a[1]);
  if (best === undefined || values < ENOUGH_TO_TELL || best[1] < HALF * values || best[1] === values) return [];
  const [pattern, count] = best;
  const contested = rivalsOf(pattern).some((rival) => (counts.get(rival) ?? 0) >= (1 - MOST_ODD) * values);
  return [{ name, pattern, values, odd: values - count, contested }];
}

/** Whether the odd values may be set aside for this type. */
export function allowed({ name, values, odd, contested }: Near, draft: ColumnDraft): boolean {
  const type = tableType(draft);
  if (type === 'VARCHAR' || contested || !isSlip(odd, values)) return false;
  return !(isInteger(type) && ID.test(plainName(name)) && odd > MOST_ODD_IDS);
}

/** Columns whose odd values together cost no more records than one column may; those with fewest first. */
export function affordable(near: readonly Near[], rows: number): Set<string> {
  let left = MOST_ODD * rows;
  const kept = new Set<string>();
  for (const { name, odd } of near.toSorted((a, b) => a.odd - b.odd)) {
    left -= odd;
    if (left >= 0) kept.add(name);
  }
  return kept;
}

/** Why it stays a text. */
export const toldOf = ({ pattern, odd, values, contested }: Near, example: string): string =>
  `a text, as ${contested ? 'days and months stand in both orders: ' : ''}${odd} of ${values} values ${odd === 1 ? 'is' : 'are'} no ${meaningOf(pattern)}, such as ${JSON.stringify(example.slice(0, 40))}`;
