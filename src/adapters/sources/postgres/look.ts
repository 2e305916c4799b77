/** Looks at tables before a row is read. */
import { createHash } from 'node:crypto';
import { milliseconds } from '../../../domain/window';
import type { DatabaseLook, ReadOptions } from '../../source';
import type { Relation } from './catalog';
import { type ChunkTables, writtenSince } from './chunk';
import { type CutFacts, cutOf } from './cut';
import type { Transaction } from './database';
import { stretchesOf } from './stretches';

/** Changed rows that are counted of a table; more are as good as all. */
const MOST_CHANGED = 1_000_001;

const ownName = ({ oid, table }: Relation) =>
  oid ??
  createHash('sha256')
    .update(table.definition.query ?? '')
    .digest('hex')
    .slice(0, 16);

type Ask = (sql: string) => Promise<Readonly<Record<string, string | null>>>;

/**
 * Replicas share it. Numbers of databases and tables are the same in servers that were set up alike, a test server beside
 * the real one, so the server's own number belongs to it, where it may be asked for.
 */
async function databaseIdentity(ask: Ask): Promise<string> {
  const { datname, oid, may } = await ask(`SELECT datname, oid,
    coalesce(has_function_privilege(to_regprocedure('pg_control_system()'), 'EXECUTE'), false) AS may
    FROM pg_database WHERE datname = current_database()`);
  if (may !== 't') return `${datname}/${oid}`;
  const { system } = await ask('SELECT system_identifier AS system FROM pg_control_system()');
  return `${system}/${datname}/${oid}`;
}

/** The longest of the lags that are declared: the cut is one for all tables. */
const lagOf = (tables: ChunkTables): string | undefined =>
  tables
    .flatMap(({ relation }) => relation.table.definition.lag ?? [])
    .sort((left, right) => milliseconds(right) - milliseconds(left))[0];

/** `facts` were asked for before; they are missing where no table has a cursor. */
export async function lookAt(
  transaction: Transaction,
  tables: ChunkTables,
  facts: CutFacts | undefined,
  request: { readonly since: string | null; readonly count: boolean },
  options: ReadOptions,
): Promise<DatabaseLook> {
  const { since, count } = request;
  const [parent] = tables;
  const settings = options.signal === undefined ? {} : { signal: options.signal };
  const ask = async (sql: string) => (await transaction.query(sql, settings))[0] ?? {};
  const counted = async (from: string) => Number((await ask(`SELECT count(*) AS counted FROM ${from}`)).counted);

  const cut =
    facts === undefined
      ? { cut: null, cutBy: 'no cursor is declared' }
      : cutOf(facts, { source: parent.form.name, since, lag: lagOf(tables) });
  const identity = `${await databaseIdentity(ask)}/${tables.map(({ relation }) => ownName(relation)).join(',')}`;

  let changed: number | null = null;
  for (const table of tables) {
    const written = since === null ? undefined : writtenSince(table, since);
    if (written === undefined) continue;
    const some = `SELECT 1 FROM ${table.relation.from} WHERE ${written} LIMIT ${MOST_CHANGED}`;
    changed = (changed ?? 0) + (await counted(`(${some}) AS written`));
  }
  const counts = count ? new Map<string, number>() : null;
  if (counts !== null) for (const { relation, form } of tables) counts.set(form.name, await counted(relation.from));
  const hidesRows = new Set(tables.filter(({ relation }) => relation.hidesRows).map(({ form }) => form.name));
  return { identity, ...cut, stretches: await stretchesOf(transaction, parent, options), changed, counts, hidesRows };
}
