/** Transactions over tables that are as they were declared. */
import { DaybreakError } from '../../../domain/failure';
import type { DatabaseTable, ReadOptions } from '../../source';
import { type Asked, type Relation, relationsOf, tableSql } from './catalog';
import { type ChunkTables, chunkTables } from './chunk';
import type { Database, Transaction } from './database';
import { asDeclared } from './drift';

export type ReadingTables = <T>(
  work: (transaction: Transaction, tables: ChunkTables) => Promise<T>,
  options: ReadOptions,
) => Promise<T>;

const drift = (error: unknown) => error instanceof DaybreakError && error.kind === 'SchemaDrifted';

export function readingTables(database: Database, tables: readonly DatabaseTable[]): ReadingTables {
  const relations = async (asked: Asked, options: ReadOptions) =>
    asDeclared(tables, await relationsOf(asked, tables, options));
  let known: readonly Relation[] | undefined;

  /**
   * Tables are locked before the transaction's instant is fixed: one that is emptied or rewritten between that and the
   * first row would seem empty.
   */
  async function lock(transaction: Transaction, found: readonly Relation[], signal: AbortSignal | undefined) {
    const names = found.filter(({ mayLock }) => mayLock).map(({ table }) => tableSql(table.definition.table ?? ''));
    if (names.length === 0) return;
    const sql = `LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`;
    await transaction.query(sql, signal === undefined ? {} : { signal });
  }

  return async (work, options) => {
    const { signal } = options;
    const before = known ?? (await relations(database, options));
    const inside = async (transaction: Transaction) => {
      await lock(transaction, before, signal);
      known = await relations(transaction, options);
      return await work(transaction, chunkTables(known));
    };
    try {
      return await database.reading(inside, signal === undefined ? {} : { signal });
    } catch (error) {
      known = undefined;
      signal?.throwIfAborted();
      if (!(error instanceof DaybreakError)) throw error;
      // A table or a column that is gone by now is told as what it is; the rest as it was.
      await relations(database, options).catch((later: unknown) => {
        if (drift(later)) throw later;
      });
      throw error;
    }
  };
}
