/** Types of text columns from all rows: what the first rows rule out is not asked of the others. */
import { identifier } from '../domain/sql';
import { type Bench, type ColumnDraft, tableType } from './draft';
import { affordable, allowed, HALF, type Near, nearest, toldOf } from './nearly';
import { countKinds, countPatterns, fitting, type PatternName, patternsOf } from './patterns';
import { countMeasures, MEASURES, type Measures, measures, textColumn, valueOf } from './text-types';

/** Rows that narrow the patterns down; one that is true of hardly any of them is not asked of the others. */
const FIRST_ROWS = 10_000;

/** Columns of one query: planning it takes as long as the square of what it asks. */
const TOGETHER = 4;

type Aggregates = (column: string, t: string, v: string) => readonly string[];
/** Columns of which only those texts count that a pattern is true of, or that are no value. */
type Only = ReadonlyMap<string, PatternName>;
const ALL: Only = new Map();

async function aggregatesOf(
  bench: Bench,
  columns: readonly string[],
  of: Aggregates,
  from: string,
  only: Only,
): Promise<(readonly [column: string, values: unknown[]])[]> {
  const lists = columns.map((column, index) => of(column, `t${index}`, `v${index}`));
  // Each value once: a hundred copies of its expression take longer to plan than many rows to read.
  const texts = columns.flatMap((column, index) => [
    `${identifier(column)} AS t${index}`,
    `${valueOf(identifier(column))} AS v${index}`,
  ]);
  const counting = columns.flatMap((column, index) => {
    const pattern = only.get(column);
    if (pattern === undefined) return [`t${index}`, `v${index}`];
    const fits = `v${index} IS NULL OR ${fitting(pattern, `v${index}`)}`;
    return [`t${index}`, `v${index}`].map((name) => `CASE WHEN ${fits} THEN ${name} END AS ${name}`);
  });
  const aliased = lists.flat().map((aggregate, index) => `${aggregate} AS a${index}`);
  const { rows } = await bench.session.query(
    `SELECT ${aliased.join(', ')} FROM (SELECT ${counting.join(', ')} FROM (SELECT ${texts.join(', ')} FROM ${from}))`,
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
  only: Only = ALL,
): Promise<Map<string, unknown[]>> {
  const found = new Map<string, unknown[]>();
  for (let at = 0; at < columns.length; at += TOGETHER) {
    for (const [column, values] of await aggregatesOf(bench, columns.slice(at, at + TOGETHER), of, from, only))
      found.set(column, values);
  }
  return found;
}

interface Counted {
  readonly measured: Measures;
  /** Of how many values each pattern is true. */
  readonly counts: ReadonlyMap<PatternName, number>;
}

async function counting(
  bench: Bench,
  asked: ReadonlyMap<string, readonly PatternName[]>,
  from: string,
  only: Only = ALL,
): Promise<Map<string, Counted>> {
  const of = (column: string, t: string, v: string) => [
    ...countMeasures(t, v),
    ...countPatterns(v, asked.get(column) ?? []),
  ];
  const counted = await aggregates(bench, [...asked.keys()], of, from, only);
  return new Map(
    [...counted].map(([column, all]) => {
      const counts = (asked.get(column) ?? []).map(
        (pattern, index) => [pattern, Number(all[MEASURES + index])] as const,
      );
      return [column, { measured: measures(all.slice(0, MEASURES)), counts: new Map(counts) }];
    }),
  );
}

/** Patterns that are true of at least a share of the values. */
const atLeast = (share: number, { measured, counts }: Counted): PatternName[] =>
  [...counts].flatMap(([pattern, count]) => (count >= share * measured.values ? [pattern] : []));

export interface TextColumn {
  readonly draft: ColumnDraft;
  readonly measured: Measures;
}

const typedBy = (name: string, counted: Counted): TextColumn => ({
  draft: textColumn(name, counted.measured, new Set(atLeast(1, counted))),
  measured: counted.measured,
});
const isBare = ({ declared, conversion, guess }: ColumnDraft) =>
  declared === 'VARCHAR' && conversion === undefined && guess === undefined;

/** Columns of which no type is true, but of most values: the type where few are odd, else a text that says so. */
async function nearlyTyped(
  found: ReadonlyMap<string, Counted>,
  near: readonly Near[],
  table: string,
  bench: Bench,
): Promise<TextColumn[]> {
  const asked = new Map(near.map(({ name }) => [name, [...(found.get(name)?.counts.keys() ?? [])]]));
  const only = new Map(near.map(({ name, pattern }) => [name, pattern]));
  const fits = await counting(bench, asked, table, only);
  const odd = await aggregates(
    bench,
    [...asked.keys()],
    (column, _t, v) => ['count(*)', `min(${v}) FILTER (WHERE NOT (${fitting(only.get(column) ?? '', v)}))`],
    table,
  );
  const rows = Number([...odd.values()][0]?.[0] ?? 0);
  const typed = near.flatMap((one) => {
    const counted = fits.get(one.name);
    if (counted === undefined) return [];
    const column = typedBy(one.name, counted);
    return [{ ...one, column, allowed: allowed(one, column.draft) }];
  });
  const kept = affordable(
    typed.filter((one) => one.allowed),
    rows,
  );
  return typed.map(({ column, ...one }) => {
    const { draft, measured } = column;
    if (kept.has(one.name)) return { measured, draft: { ...draft, odd: one.odd } };
    if (tableType(draft) === 'VARCHAR') return column;
    const guess = toldOf(one, String(odd.get(one.name)?.[1] ?? ''));
    return { measured, draft: { name: one.name, declared: 'VARCHAR', guess } };
  });
}

/** The columns of a table of texts, as they are to be declared; `table` is SQL, undefined where there is no row. */
export async function textColumns(
  columns: readonly string[],
  table: string | undefined,
  bench: Bench,
): Promise<TextColumn[]> {
  if (table === undefined)
    return columns.map((name) => typedBy(name, { measured: measures([0, 0, 0, '']), counts: new Map() }));
  const some = `(FROM ${table} LIMIT ${FIRST_ROWS})`;
  const kinds = await aggregates(bench, columns, (_, _t, v) => [`count(${v})`, ...countKinds(v)], some);
  const possible = [...kinds].map(
    ([name, [values, ...counted]]) => [name, patternsOf(HALF * Number(values), counted)] as const,
  );
  const first = await counting(bench, new Map(possible), some);
  const left = new Map([...first].map(([name, counted]) => [name, atLeast(HALF, counted)]));
  const found = await counting(bench, left, table);
  const typed = new Map([...found].map(([name, counted]) => [name, typedBy(name, counted)]));
  const near = [...typed].flatMap(([name, { draft, measured }]) =>
    isBare(draft) ? nearest(name, measured.values, found.get(name)?.counts ?? new Map()) : [],
  );
  if (near.length > 0)
    for (const column of await nearlyTyped(found, near, table, bench)) typed.set(column.draft.name, column);
  return [...typed.values()];
}
