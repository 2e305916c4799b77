/** Types of text columns from all rows: what the first rows rule out is not asked of the others. */
import { identifier } from '../domain/sql';
import type { Bench, ColumnDraft } from './draft';
import {
  countKinds,
  countMeasures,
  countPatterns,
  MEASURES,
  type Measures,
  measures,
  type PatternName,
  patternsOf,
  textColumn,
  valueOf,
} from './text-types';

/** Rows that narrow the patterns down; a pattern that holds for all rows holds for these as well. */
const FIRST_ROWS = 10_000;

/** Columns of one query: planning it takes as long as the square of what it asks. */
const TOGETHER = 4;

type Aggregates = (column: string, t: string, v: string) => readonly string[];

async function aggregatesOf(
  bench: Bench,
  columns: readonly string[],
  of: Aggregates,
  from: string,
): Promise<(readonly [column: string, values: unknown[]])[]> {
  const lists = columns.map((column, index) => of(column, `t${index}`, `v${index}`));
  // Each value once: a hundred copies of its expression take longer to plan than many rows to read.
  const texts = columns.flatMap((column, index) => [
    `${identifier(column)} AS t${index}`,
    `${valueOf(identifier(column))} AS v${index}`,
  ]);
  const aliased = lists.flat().map((aggregate, index) => `${aggregate} AS a${index}`);
  const { rows } = await bench.session.query(
    `SELECT ${aliased.join(', ')} FROM (SELECT ${texts.join(', ')} FROM ${from})`,
  );
  let at = 0;
  return columns.map((column, index) => [column, (lists[index] ?? []).map(() => rows[0]?.[`a${at++}`])]);
}

/** Some aggregates for each column, over its texts `t` and their values `v`; gives their values by column. */
async function aggregates(
  bench: Bench,
  columns: readonly string[],
  of: Aggregates,
  from: string,
): Promise<Map<string, unknown[]>> {
  const found = new Map<string, unknown[]>();
  for (let at = 0; at < columns.length; at += TOGETHER) {
    for (const [column, values] of await aggregatesOf(bench, columns.slice(at, at + TOGETHER), of, from))
      found.set(column, values);
  }
  return found;
}

/** Patterns that are true of every value, and what else was counted, by column. */
async function holding(bench: Bench, asked: ReadonlyMap<string, readonly PatternName[]>, from: string) {
  const of = (column: string, t: string, v: string) => [
    ...countMeasures(t, v),
    ...countPatterns(v, asked.get(column) ?? []),
  ];
  const counted = await aggregates(bench, [...asked.keys()], of, from);
  return new Map(
    [...counted].map(([column, all]) => {
      const values = Number(all[0]);
      const patterns = (asked.get(column) ?? []).filter((_, index) => Number(all[MEASURES + index]) === values);
      return [column, { patterns, measured: measures(all.slice(0, MEASURES)) }];
    }),
  );
}

export interface TextColumn {
  readonly draft: ColumnDraft;
  readonly measured: Measures;
}

/** The columns of a table of texts, as they are to be declared; `table` is SQL, undefined where there is no row. */
export async function textColumns(
  columns: readonly string[],
  table: string | undefined,
  bench: Bench,
): Promise<TextColumn[]> {
  const column = (name: string, measured: Measures, patterns: readonly PatternName[]): TextColumn => ({
    draft: textColumn(name, measured, new Set(patterns)),
    measured,
  });
  if (table === undefined) return columns.map((name) => column(name, measures([0, 0, 0, '']), []));
  const some = `(FROM ${table} LIMIT ${FIRST_ROWS})`;
  const kinds = await aggregates(bench, columns, (_, _t, v) => [`count(${v})`, ...countKinds(v)], some);
  const possible = [...kinds].map(
    ([name, [values, ...counted]]) => [name, patternsOf(Number(values), counted)] as const,
  );
  const first = await holding(bench, new Map(possible), some);
  const left = new Map([...first].map(([name, { patterns }]) => [name, patterns]));
  const found = await holding(bench, left, table);
  return [...found].map(([name, { patterns, measured }]) => column(name, measured, patterns));
}
