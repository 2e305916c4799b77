/** Types of text columns from all rows: what the first rows rule out is not asked of the others. */
import type { Bench, ColumnDraft } from './draft';
import {
  countMeasures,
  countPatterns,
  MEASURES,
  type Measures,
  measures,
  PATTERN_NAMES,
  type PatternName,
  textColumn,
} from './text-types';

/** Rows that narrow the patterns down; a pattern that holds for all rows holds for these as well. */
const FIRST_ROWS = 10_000;

/** Values of the one row of a SELECT of aggregates. */
async function aggregates(bench: Bench, list: readonly string[], from: string): Promise<unknown[]> {
  const aliased = list.map((aggregate, index) => `${aggregate} AS a${index}`);
  const { rows } = await bench.session.query(`SELECT ${aliased.join(', ')} FROM ${from}`);
  return aliased.map((_, index) => rows[0]?.[`a${index}`]);
}

/** Patterns that are true of every value, by column. */
async function holding(
  bench: Bench,
  asked: ReadonlyMap<string, readonly PatternName[]>,
  from: string,
): Promise<Map<string, { patterns: PatternName[]; counted: unknown[] }>> {
  const list = [...asked].flatMap(([column, names]) => [...countMeasures(column), ...countPatterns(column, names)]);
  const values = await aggregates(bench, list, from);
  let at = 0;
  return new Map(
    [...asked].map(([column, names]) => {
      const counted = values.slice(at, at + MEASURES);
      at += MEASURES;
      const patterns = names.filter((_, index) => Number(values[at + index]) === Number(counted[0]));
      at += names.length;
      return [column, { patterns, counted }];
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
  const all = new Map(columns.map((column) => [column, PATTERN_NAMES]));
  const first = await holding(bench, all, `(FROM ${table} LIMIT ${FIRST_ROWS})`);
  const left = new Map([...first].map(([column, { patterns }]) => [column, patterns]));
  const found = await holding(bench, left, table);
  return columns.map((name) => {
    const { patterns = [], counted = [] } = found.get(name) ?? {};
    return column(name, measures(counted), patterns);
  });
}
