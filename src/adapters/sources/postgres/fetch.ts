/** Fetches a chunk: the rows of parent and children, as CSV, in the transaction that it is called in. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DaybreakError } from '../../../domain/failure';
import { identifier } from '../../../domain/sql';
import type { ChunkTarget, DatabaseSource, KeyBound, KeysTarget, ReadOptions } from '../../source';
import { type ChunkTable, type ChunkTables, countSql, endSql, rowsSql, touchedSql } from './chunk';
import type { Transaction } from './database';
import { boundOf } from './keys';
import type { Answer } from './pace';
import { type RowColumn, type Sent, sentColumns } from './rows';

export type Chunk = Parameters<DatabaseSource['read']>[0];

/** What the database sent of one table. */
export interface TableSent {
  readonly table: ChunkTable;
  readonly target: ChunkTarget;
  readonly rows: Sent;
  /** Keys of changed parents; of the parent itself they are in its rows. */
  readonly touched: Sent | undefined;
  readonly counted: number | null;
}

/** Where a chunk ended, what was sent of it, and how the database answered. */
export interface ChunkSent {
  readonly to: KeyBound;
  readonly sent: readonly TableSent[];
  readonly answer: Omit<Answer, 'behindMs'>;
}

/** Files in a target's scratch that CSV is written to. */
export const scratchFiles = ({ scratch }: Pick<ChunkTarget, 'scratch'>) => ({
  rows: join(scratch, 'rows.csv'),
  touched: join(scratch, 'touched.csv'),
});

export async function fetchChunk(
  transaction: Transaction,
  tables: ChunkTables,
  chunk: Chunk,
  targets: ReadonlyMap<string, ChunkTarget>,
  options: ReadOptions,
): Promise<ChunkSent> {
  const { range, since, records, count } = chunk;
  const [parent] = tables;
  const settings = options.signal === undefined ? {} : { signal: options.signal };
  const askedAt = performance.now();
  const [last, after] = await transaction.query(endSql(tables, { range, since }, records), settings);
  const ms = performance.now() - askedAt;
  const to = last !== undefined && after !== undefined ? boundOf(last, parent.key) : range.to;
  const wanted = { range: { from: range.from, to }, since };

  const copy = async (select: string, path: string): Promise<Sent> => ({
    path,
    ...(await transaction.copy(select, path, settings)),
  });
  const sent: TableSent[] = [];
  for (const table of tables) {
    const target = targets.get(table.form.name);
    if (target === undefined) throw new DaybreakError('Bug', { what: `no target for ${table.form.name}` });
    const files = scratchFiles(target);
    await mkdir(target.scratch, { recursive: true });
    const rows = await copy(rowsSql(tables, table, wanted), files.rows);
    const keys = since !== null && table !== parent ? touchedSql(tables, table, wanted.range, since) : undefined;
    const touched = keys === undefined ? undefined : await copy(keys, files.touched);
    let counted: number | null = null;
    if (count) {
      const [row] = since === null ? [] : await transaction.query(countSql(table, wanted.range), settings);
      counted = row === undefined ? rows.rows : Number(row.counted);
    }
    sent.push({ table, target, rows, touched, counted });
  }
  const rows = since === null ? (sent[0]?.rows.rows ?? 0) : null;
  return { to, sent, answer: { of: parent.relation.oid ?? parent.form.name, askedAt, ms, rows } };
}

/** What the database sent of the keys of one table. */
export interface KeysSent {
  readonly table: ChunkTable;
  readonly target: KeysTarget;
  readonly columns: readonly RowColumn[];
  readonly keys: Sent;
  /** Keys of its parents that changed; nothing of the parent itself. */
  readonly touched: Sent | undefined;
}

export async function fetchKeys(
  transaction: Transaction,
  tables: ChunkTables,
  since: string,
  targets: ReadonlyMap<string, KeysTarget>,
  options: ReadOptions,
): Promise<KeysSent[]> {
  const settings = options.signal === undefined ? {} : { signal: options.signal };
  const copy = async (select: string, path: string): Promise<Sent> => ({
    path,
    ...(await transaction.copy(select, path, settings)),
  });
  const sent: KeysSent[] = [];
  for (const table of tables) {
    const { form, relation } = table;
    const target = targets.get(form.name);
    if (target === undefined) continue;
    const files = scratchFiles(target);
    await mkdir(target.scratch, { recursive: true });
    const columns = form.columns.filter(({ name }) => form.key.includes(name));
    const known = form.key.map((column) => `t.${identifier(column)} IS NOT NULL`).join(' AND ');
    const keys = await copy(`SELECT ${sentColumns(columns)} FROM ${relation.from} WHERE ${known}`, files.rows);
    const changed = touchedSql(tables, table, { from: null, to: null }, since);
    const touched = table === tables[0] ? undefined : await copy(changed, files.touched);
    sent.push({ table, target, columns, keys, touched });
  }
  return sent;
}
