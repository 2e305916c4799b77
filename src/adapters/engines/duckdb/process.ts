/**
 * The engine process: DuckDB, one instance a session, behind a message channel. A crash in here, a memory kill or a
 * query that cannot be interrupted never takes the worker along.
 *
 * Connections and results stay referenced until awaited, and are closed only after: DuckDB's binding hangs or crashes
 * otherwise.
 */
import { mkdirSync } from 'node:fs';
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  DuckDBTimestampTZValue,
  StatementType,
} from '@duckdb/node-api';
import type { EngineReply, EngineRequest, QueryResult, Row, SessionSettings } from './protocol';

interface Session {
  readonly instance: DuckDBInstance;
  /** Views and variables belong to it, so every query of a session runs here. */
  readonly connection: DuckDBConnection;
}

const PROGRESS_EVERY_MS = 500;
const DEFAULT_ROW_LIMIT = 10_000;

const sessions = new Map<string, Promise<Session>>();
/** Queries that were asked for and have not ended: waiting, asked to stop, or at work on a connection. */
const queries = new Map<number, 'waiting' | 'stopped' | DuckDBConnection>();

const INTERRUPTED = 'INTERRUPT Error: Interrupted!';

const reply = (message: EngineReply) => process.send?.(message);
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

async function openSession(settings: SessionSettings): Promise<Session> {
  if (settings.spill !== undefined) mkdirSync(settings.spill, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(settings.threads),
    memory_limit: `${Math.floor(settings.memoryBytes / 1_000_000)}MB`,
    temp_directory: settings.spill ?? '',
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // It takes a file for the one it knows by path and second of its last change.
    enable_external_file_cache: 'false',
  });
  const connection = await instance.connect();
  const run = async (sql: string) => void (await connection.run(sql));
  await run(`SET TimeZone = ${quoted(settings.zone)}`);
  await run('SET enable_progress_bar = true');
  await run('SET enable_progress_bar_print = false');
  for (const sql of settings.setup) await run(sql);
  await run(`SET allowed_directories = [${settings.folders.map(quoted).join(', ')}]`);
  await run('SET enable_external_access = false');
  await run('SET lock_configuration = true');
  return { instance, connection };
}

/** A statement holds what it read and made in memory, long after it ran: it is let go at once, not by the garbage collector. */
async function using<T>(
  preparing: Promise<DuckDBPreparedStatement>,
  use: (statement: DuckDBPreparedStatement) => Promise<T>,
): Promise<T> {
  const statement = await preparing;
  try {
    return await use(statement);
  } finally {
    statement.destroySync();
  }
}

async function query(session: Session, id: number, sql: string, limit = DEFAULT_ROW_LIMIT): Promise<QueryResult> {
  const { connection } = session;
  queries.set(id, connection);
  reply({ type: 'progress', id, fraction: 0 });
  let last = 0;
  const ticker = setInterval(() => {
    const { percentage } = connection.progress;
    if (percentage > last) {
      last = percentage;
      reply({ type: 'progress', id, fraction: percentage / 100 });
    }
  }, PROGRESS_EVERY_MS);
  try {
    const statements = await connection.extractStatements(sql);
    for (let index = 0; index < statements.count - 1; index++) {
      await using(statements.prepare(index), async (statement) => await statement.run());
      if (queries.get(id) === 'stopped') throw new Error(INTERRUPTED);
    }
    return await using(statements.prepare(statements.count - 1), async (statement) => {
      // Only rows that may be many are worth streaming, which a COPY pays for with a tenth of its time.
      const many = statement.statementType === StatementType.SELECT;
      const reader = many ? await statement.streamAndReadUntil(limit + 1) : await statement.runAndReadAll();
      const rows = reader.getRowObjectsJson() as Row[];
      const types = reader.columnTypes();
      const columns = reader.deduplicatedColumnNames().map((name, index) => ({ name, type: String(types[index]) }));
      return { columns, rows: rows.slice(0, limit), truncated: rows.length > limit };
    });
  } finally {
    clearInterval(ticker);
  }
}

async function closeSession(name: string): Promise<void> {
  const opening = sessions.get(name);
  if (opening === undefined) return;
  sessions.delete(name);
  const session = await opening;
  session.connection.closeSync();
  session.instance.closeSync();
}

async function handle(request: EngineRequest): Promise<QueryResult | undefined> {
  switch (request.type) {
    case 'open': {
      const opening = openSession(request.settings);
      sessions.set(request.session, opening);
      await opening.catch((error: unknown) => {
        sessions.delete(request.session);
        throw error;
      });
      return undefined;
    }
    case 'close':
      await closeSession(request.session);
      return undefined;
    case 'query': {
      const session = await sessions.get(request.session);
      if (queries.get(request.id) === 'stopped') throw new Error(INTERRUPTED);
      if (session === undefined) throw new Error(`no session ${request.session}`);
      return await query(session, request.id, request.sql, request.limit);
    }
    case 'interrupt': {
      const state = queries.get(request.query);
      if (state === undefined) return undefined;
      queries.set(request.query, 'stopped');
      if (typeof state === 'object') state.interrupt();
      return undefined;
    }
  }
}

// Instants are told in UTC: by default it would be the zone of the machine, and of today.
DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0;

/** One query at a time with all threads: two side by side win nothing and double the memory. */
let queue: Promise<unknown> = Promise.resolve();

process.on('message', (request: EngineRequest) => {
  const answer = async () => {
    try {
      const result = await handle(request);
      reply({ type: 'done', id: request.id, ...(result === undefined ? {} : { result }) });
    } catch (error) {
      reply({ type: 'failed', id: request.id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      queries.delete(request.id);
    }
  };
  if (request.type === 'query') queries.set(request.id, 'waiting');
  if (request.type === 'interrupt') void answer();
  else queue = queue.then(answer);
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole process group; the worker decides when the engine ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
reply({ type: 'ready' });
