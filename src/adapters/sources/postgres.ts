/**
 * Tables of a Postgres database, in chunks of keys. Parent and children of a chunk are fetched in one transaction, and
 * become Parquet after it has ended.
 */
import { rmSync } from 'node:fs';
import type { Session } from '../engines/duckdb/client';
import type { ChunkRead, DatabaseSource, DatabaseTable, ReadOptions } from '../source';
import { columnsOf } from './csv/dialect';
import { keyColumns } from './postgres/chunk';
import { cutFacts } from './postgres/cut';
import type { Database } from './postgres/database';
import { fetchChunk, fetchKeys, scratchFiles, type TableSent } from './postgres/fetch';
import { lookAt } from './postgres/look';
import { replicaLag } from './postgres/replica';
import { writeKeys, writeRows } from './postgres/rows';
import { readingTables } from './postgres/tables';

export interface PostgresSourceOptions {
  /** The first is the parent of the others. */
  readonly tables: readonly DatabaseTable[];
  readonly database: Database;
  readonly session: Session;
}

export function postgresSource({ tables, database, session }: PostgresSourceOptions): DatabaseSource {
  for (const { name, definition } of tables) columnsOf(name, definition);
  const reading = readingTables(database, tables);
  const lag = replicaLag();

  /** Makes Parquet of what was sent of a table; with `since` also of the keys that were touched. */
  async function write(sent: TableSent, since: string | null, options: ReadOptions): Promise<ChunkRead> {
    const { table, target, rows, touched, counted } = sent;
    const made = await writeRows(session, table.form, rows, target, options);
    if (since !== null) {
      const columns = touched === undefined ? table.form.columns : keyColumns(table);
      await writeKeys(session, columns, table.key.columns, touched ?? rows, target.touched, options);
    }
    return { ...made, read: rows.rows, counted };
  }

  return {
    async look(request, options = {}) {
      const hasCursor = tables.some(({ definition }) => definition.cursor !== undefined);
      // In a transaction before the one that looks: what commits between the two is counted as changed.
      const facts = hasCursor ? await cutFacts(database, options) : undefined;
      return await reading(
        async (transaction, all) => await lookAt(transaction, all, facts, request, options),
        options,
      );
    },

    async read(chunk, targets, options = {}) {
      try {
        const { to, sent, answer, behindMs } = await reading(
          async (transaction, all) => ({
            ...(await fetchChunk(transaction, all, chunk, targets, options)),
            behindMs: await lag(transaction, options),
          }),
          options,
        );
        const seconds = (performance.now() - answer.askedAt) / 1000;
        database.answered({ ...answer, behindMs });
        const total = sent.reduce((sum, { rows }) => sum + rows.rows, 0);
        const made = new Map<string, ChunkRead>();
        let done = 0;
        for (const each of sent) {
          const before = done;
          const onProgress = (some: number) => options.onProgress?.(before + some, total);
          made.set(each.table.form.name, await write(each, chunk.since, { ...options, onProgress }));
          done += each.rows.rows;
        }
        return { to, tables: made, seconds };
      } catch (error) {
        for (const { data, quarantine, touched } of targets.values())
          for (const path of [data, quarantine, touched]) rmSync(path, { force: true });
        throw error;
      } finally {
        for (const target of targets.values())
          for (const path of Object.values(scratchFiles(target))) rmSync(path, { force: true });
      }
    },

    async keys(since, targets, options = {}) {
      try {
        const sent = await reading(
          async (transaction, all) => await fetchKeys(transaction, all, since, targets, options),
          options,
        );
        for (const { table, target, columns, keys, touched } of sent) {
          await writeKeys(session, columns, table.form.key, keys, target.keys, options);
          if (touched === undefined) continue;
          await writeKeys(session, keyColumns(table), table.key.columns, touched, target.touched, options);
        }
      } finally {
        for (const target of targets.values())
          for (const path of Object.values(scratchFiles(target))) rmSync(path, { force: true });
      }
    },

    close: async () => await database.close(),
  };
}
