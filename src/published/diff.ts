/** What is different between two editions: tables, columns, rows. Computed by the engine, which spills what is large. */
import { basename, join } from 'node:path';
import { noSuch } from '../adapters/definition/issues';
import type { Workspace } from '../adapters/engine';
import type { Store } from '../adapters/store';
import type { Edition, EditionTable } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import type { Column } from '../domain/receipt';
import { identifier } from '../domain/sql';
import * as sql from './diff-sql';
import { destinationOf, type FoundEdition } from './lookup';
import { DEADLINE_MS, withWorkspace } from './workspace';

type Row = Readonly<Record<string, unknown>>;

export interface TableDiff {
  readonly name: string;
  /** `added`, `removed`: only the one edition has it. */
  readonly is: 'equal' | 'different' | 'added' | 'removed';
  /** `null` where it is not. */
  readonly rows: { readonly before: number | null; readonly after: number | null };
  /** Columns that tell which rows belong together; without such a key, rows are compared as a whole. */
  readonly key: readonly string[] | null;
  readonly columns: {
    readonly added: readonly Column[];
    readonly removed: readonly Column[];
    /** Another type, or another case of the name. */
    readonly changed: readonly { readonly before: Column; readonly after: Column }[];
  };
  readonly added: number;
  readonly removed: number;
  /** With a key only: the same key, other values in the columns that both have. */
  readonly changed: number;
  /** Of each column with other values: in how many rows, and examples. */
  readonly changes: readonly {
    readonly column: string;
    readonly rows: number;
    readonly examples: readonly { readonly key: Row; readonly before: unknown; readonly after: unknown }[];
  }[];
  /** Whole rows; without a key `times` says how much more often the one edition has them. */
  readonly examples: { readonly added: readonly Row[]; readonly removed: readonly Row[] };
}

type Side = Pick<Edition, 'id' | 'window' | 'knownAt'>;

export interface EditionDiff {
  readonly pipeline: string;
  readonly before: Side;
  readonly after: Side;
  readonly equal: boolean;
  readonly tables: readonly TableDiff[];
}

interface Options {
  readonly table?: string;
  /** Examples of each kind at most. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const NO_COLUMNS = { added: [], removed: [], changed: [] };
const NO_ROWS = { added: 0, removed: 0, changed: 0, changes: [], examples: { added: [], removed: [] } };

const sideOf = ({ id, window, knownAt }: Edition): Side => ({ id, window, knownAt });

/** What needs no look at the rows: a table of one edition only, and equal files or fingerprints, which mean equal content. */
function atOnce(before: EditionTable | undefined, after: EditionTable | undefined): TableDiff | undefined {
  const { name = '' } = after ?? before ?? {};
  const rows = { before: before?.rows ?? null, after: after?.rows ?? null };
  const is = before === undefined ? 'added' : after === undefined ? 'removed' : 'equal';
  const same = before?.sha256 === after?.sha256 || before?.fingerprint === after?.fingerprint;
  if (is === 'equal' && !same) return undefined;
  return { name, is, rows, key: null, columns: NO_COLUMNS, ...NO_ROWS };
}

function columnDiff(before: readonly Column[], after: readonly Column[], pairs: readonly sql.Pair[]) {
  return {
    added: after.filter((_, index) => !pairs.some(({ b }) => b === index)),
    removed: before.filter((_, index) => !pairs.some(({ a }) => a === index)),
    changed: pairs
      .map(({ before: was, after: is }) => ({ before: was, after: is }))
      .filter(({ before: was, after: is }) => was.name !== is.name || was.type !== is.type),
  };
}

/** Makes the table of an edition readable; a candidate's file is linked, as it is data of the store. */
async function open(
  store: Store,
  { edition, candidate }: FoundEdition,
  table: EditionTable,
  name: string,
  { workspace, folder }: { workspace: Workspace; folder: string },
): Promise<Column[]> {
  const path = candidate
    ? await store.link({ uri: table.file, bytes: table.bytes, sha256: table.sha256 }, folder)
    : destinationOf(edition).file(edition, table.name);
  await workspace.table(name, [path], table.columns);
  const { columns } = await workspace.query(`FROM ${identifier(name)} LIMIT 0`);
  return columns.map(({ name: column, type }) => ({ name: column, type }));
}

async function compareTable(
  pair: { readonly before: EditionTable; readonly after: EditionTable },
  columns: { readonly before: readonly Column[]; readonly after: readonly Column[] },
  { workspace, folder }: { workspace: Workspace; folder: string },
  { limit, signal }: Options,
): Promise<TableDiff> {
  const settings = { deadlineMs: DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
  const ask = async (text: string, most = limit) => (await workspace.query(text, { ...settings, limit: most })).rows;
  const pairs = sql.pairsOf(columns.before, columns.after);
  /** The columns of a declared key, where both tables have them and no value twice. */
  const usable = async (declared: readonly string[] | undefined): Promise<sql.Pair[] | undefined> => {
    const found = (declared ?? []).flatMap(
      (name) => pairs.find(({ after }) => after.name.toLowerCase() === name.toLowerCase()) ?? [],
    );
    if (found.length === 0 || found.length !== declared?.length) return undefined;
    const sides = [
      sql.doubled(
        sql.BEFORE,
        found.map(({ before }) => before.name),
      ),
      sql.doubled(
        sql.AFTER,
        found.map(({ after }) => after.name),
      ),
    ];
    for (const side of sides) if ((await ask(side, 1)).length > 0) return undefined;
    return found;
  };
  const key = (await usable(pair.after.key)) ?? (await usable(pair.before.key));
  const schema = columnDiff(columns.before, columns.after, pairs);
  const path = join(folder, `${pair.after.name}.difference.parquet`);
  const select = key === undefined ? sql.differingRows(pairs) : sql.differingByKey(columns, pairs, key);
  await workspace.write(select, path, { compression: 'snappy', ...settings });
  await workspace.table(sql.DIFFERING, [path], []);
  const rest = pairs.filter((one) => key?.includes(one) === false);
  const [counted = {}] = await ask(key === undefined ? sql.countsOfRows : sql.countsByKey(rest), 1);
  const count = (name: string) => Number(counted[name] ?? 0);
  const changes: TableDiff['changes'][number][] = [];
  for (const [index, one] of rest.entries()) {
    const rows = count(`c${index}`);
    if (rows === 0 || key === undefined) continue;
    const examples = await ask(sql.changesOf(one, key));
    changes.push({
      column: one.after.name,
      rows,
      examples: examples.map((example) => ({
        key: Object.fromEntries(key.map(({ after }, at) => [after.name, example[`k${at}`]])),
        before: example.before,
        after: example.after,
      })),
    });
  }
  const rowsOf = async (side: 'added' | 'removed') =>
    count(side) === 0
      ? []
      : await ask(
          key === undefined
            ? sql.rowsMore(side, pairs)
            : sql.rowsOfSide(side, side === 'added' ? columns.after : columns.before, key),
        );
  const totals = { added: count('added'), removed: count('removed'), changed: count('changed') };
  const differs = [...Object.values(totals), ...Object.values(schema).map(({ length }) => length)].some((n) => n > 0);
  return {
    name: pair.after.name,
    is: differs ? 'different' : 'equal',
    rows: { before: pair.before.rows, after: pair.after.rows },
    key: key?.map(({ after }) => after.name) ?? null,
    columns: schema,
    ...totals,
    changes,
    examples: { added: await rowsOf('added'), removed: await rowsOf('removed') },
  };
}

/** Fails as `BadRequest` when the files of an edition are not there. */
async function expectFiles(store: Store, { edition, candidate }: FoundEdition): Promise<void> {
  const there = candidate
    ? (
        await Promise.all(edition.tables.map(({ file, bytes, sha256 }) => store.holds({ uri: file, bytes, sha256 })))
      ).every(Boolean)
    : await destinationOf(edition).holds(edition);
  if (there) return;
  throw new DaybreakError('BadRequest', {
    where: candidate ? basename(edition.id) : edition.destination,
    what: `the files of ${edition.id} are not all there`,
    expected: 'an edition with all its files',
    next: 'choose another one that `daybreak editions` shows',
  });
}

export async function diffEditions(
  store: Store,
  [before, after]: readonly [FoundEdition, FoundEdition],
  options: Options,
): Promise<EditionDiff> {
  const tablesOf = ({ edition }: FoundEdition) => new Map(edition.tables.map((table) => [table.name, table]));
  const [was, is] = [tablesOf(before), tablesOf(after)];
  const all = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  if (options.table !== undefined && !all.includes(options.table)) {
    throw new DaybreakError('BadRequest', {
      what: noSuch('table', options.table, all),
      expected: `one of ${all.join(', ')}`,
      next: 'correct --table',
    });
  }
  const names = options.table === undefined ? all : [options.table];
  const tables = new Map(names.map((name) => [name, atOnce(was.get(name), is.get(name))]));
  const toCompare = names.filter((name) => tables.get(name) === undefined);
  if (toCompare.length > 0) {
    for (const side of [before, after]) await expectFiles(store, side);
    const { pipeline, zone } = after.edition;
    const editions = [before, after].filter(({ candidate }) => !candidate).map(({ edition }) => edition);
    await withWorkspace(store, { pipeline, zone, editions }, async (room) => {
      for (const name of toCompare) {
        const pair = { before: was.get(name) as EditionTable, after: is.get(name) as EditionTable };
        const columns = {
          before: await open(store, before, pair.before, sql.BEFORE, room),
          after: await open(store, after, pair.after, sql.AFTER, room),
        };
        tables.set(name, await compareTable(pair, columns, room, options));
      }
    });
  }
  const found = names.flatMap((name) => tables.get(name) ?? []);
  return {
    pipeline: after.edition.pipeline,
    before: sideOf(before.edition),
    after: sideOf(after.edition),
    equal: found.every((table) => table.is === 'equal'),
    tables: found,
  };
}
