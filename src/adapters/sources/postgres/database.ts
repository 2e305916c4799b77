/** Sessions of a Postgres database that only read, and never wait for ever. */
import { DaybreakError } from '../../../domain/failure';
import type { OnWaiting } from '../../source';
import { type Address, addressOf } from './address';
import { postgresFailure } from './failure';
import { ASKING, heard, inPlace, type Place } from './lease';
import type { Answer } from './pace';
import { NotWritten, openSession, type Session, type TextRow } from './session';

export type { TextRow };

export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** For `$1`, `$2`, …, as text. */
  readonly values?: readonly (string | null)[];
}

export interface Transaction {
  query(sql: string, options?: QueryOptions): Promise<TextRow[]>;
  /** Writes the rows of a SELECT as CSV: without a header, NULL as nothing, all else quoted where it must be. Gives the server's own count. */
  copy(
    select: string,
    path: string,
    options?: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
  ): Promise<{ readonly rows: number; readonly bytes: number }>;
}

/** Each reading has a session to itself: who asks for another one in the middle of it may wait for itself. */
export interface Database {
  /** In a transaction of its own. */
  query(sql: string, options?: QueryOptions): Promise<TextRow[]>;
  /** Everything that `work` asks is answered as of one instant: REPEATABLE READ, READ ONLY. */
  reading<T>(work: (transaction: Transaction) => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /** Tells how it answered; while that is slow, fewer of this process read it at a time. */
  answered(answer: Answer): void;
  /** Ends all sessions, also those that are asked something; that fails then. */
  close(): Promise<void>;
}

export interface DatabaseSettings {
  /** `postgres://…`; without it PGHOST, PGUSER and their like count. Never shown. */
  readonly url: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shown in `pg_stat_activity`: `daybreak orders <run id>`. */
  readonly applicationName: string;
  /** As people know it: `source orders`. */
  readonly where: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  /** Sessions that read this database at a time, over all runs and workers; by default as many as are asked for. */
  readonly maxConnections?: number;
  readonly onWaiting?: OnWaiting;
}

/** A session that nobody wants for so long gives its place to others. */
const IDLE_MS = 1_000;
const IDLE_IN_TRANSACTION_MS = 10 * 60_000;

const settingsOf = ({ applicationName, statementTimeoutMs, lockTimeoutMs }: DatabaseSettings) => ({
  application_name: `'${applicationName.replaceAll("'", "''")}'`,
  statement_timeout: statementTimeoutMs,
  lock_timeout: lockTimeoutMs,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  TimeZone: "'UTC'",
  DateStyle: "'ISO'",
  IntervalStyle: "'iso_8601'",
  extra_float_digits: 1,
  bytea_output: "'hex'",
});

const ANYWHERE: Place = { leave: () => undefined, isWanted: () => false };

/** A server notices in the middle of a statement, and of sending rows, that we are gone; not every server can. */
const NOTICING = {
  client_connection_check_interval: "'2s'",
  tcp_user_timeout: "'60s'",
  tcp_keepalives_idle: "'30s'",
  tcp_keepalives_interval: "'10s'",
  tcp_keepalives_count: 3,
};

/** Statements for a session of our own. */
const forSession = (settings: DatabaseSettings) =>
  [
    'SET default_transaction_read_only = on',
    ...Object.entries(settingsOf(settings)).map(([name, value]) => `SET ${name} = ${value}`),
    ...Object.entries(NOTICING).map(
      ([name, value]) => `DO $$ BEGIN SET ${name} = ${value}; EXCEPTION WHEN OTHERS THEN NULL; END $$`,
    ),
  ].join('; ');

/** Where sessions are shared, what is set holds for a transaction only. */
const begin = (settings: DatabaseSettings, pooled: boolean) =>
  [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    ...(pooled ? Object.entries(settingsOf(settings)).map(([name, value]) => `SET LOCAL ${name} = ${value}`) : []),
  ].join('; ');

/** Fails as `BadRequest` where the connection makes no sense; connects when first asked. Failures are `postgresFailure`'s. */
export function openDatabase(settings: DatabaseSettings): Database {
  const { where, statementTimeoutMs, maxConnections, onWaiting } = settings;
  const address: Address = addressOf(settings.url, settings.environment, where);
  const name = `${address.host}:${address.port}/${address.database}`;
  const sessions = new Map<Session, Place>();
  const idle: { session: Session; timer: NodeJS.Timeout }[] = [];
  const closing = new AbortController();
  const isClosed = () => new DaybreakError('Bug', { what: 'the database was closed', where });

  async function end(session: Session): Promise<void> {
    await session.end();
    sessions.get(session)?.leave();
    sessions.delete(session);
  }

  async function connect(signal: AbortSignal): Promise<{ session: Session; place: Place }> {
    const open = async (applicationName: string) =>
      await openSession(address, { applicationName, statementTimeoutMs, signal });
    if (maxConnections === undefined) return { session: await open(settings.applicationName), place: ANYWHERE };
    return await inPlace(async () => await open(ASKING), {
      database: name,
      limit: maxConnections,
      name: settings.applicationName,
      signal,
      ...(onWaiting === undefined ? {} : { onWaiting }),
    });
  }

  async function take(signal: AbortSignal): Promise<Session> {
    for (let free = idle.pop(); free !== undefined; free = idle.pop()) {
      clearTimeout(free.timer);
      if (free.session.isUsable()) return free.session;
      void end(free.session);
    }
    const { session, place } = await connect(signal);
    sessions.set(session, place);
    try {
      if (!session.pooled) await session.query(forSession(settings), { signal });
    } catch (error) {
      await end(session);
      throw error;
    }
    return session;
  }

  function giveBack(session: Session): void {
    const timer = setTimeout(() => {
      const place = idle.findIndex((other) => other.session === session);
      if (place >= 0) idle.splice(place, 1);
      void end(session);
    }, IDLE_MS);
    timer.unref();
    idle.push({ session, timer });
  }

  /** Errors of the server and of the network become ours; an abort and what a disk says stay as they are. */
  async function told<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (closing.signal.aborted) throw isClosed();
      if (error instanceof NotWritten) throw error.cause;
      throw postgresFailure(error, where);
    }
  }

  const reading: Database['reading'] = async (work, { signal } = {}) => {
    if (closing.signal.aborted) throw isClosed();
    signal?.throwIfAborted();
    const wanted = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
    const session = await told(take(wanted), signal);
    const asking = signal === undefined ? {} : { signal };
    try {
      await told(session.query(begin(settings, session.pooled), asking), signal);
      const result = await work({
        query: async (sql, { values = [], signal: own = signal } = {}) =>
          await told(session.query(sql, { values, ...(own === undefined ? {} : { signal: own }) }), own),
        copy: async (select, path, { signal: own = signal, onBytes } = {}) =>
          await told(
            session.copy(`COPY (${select}) TO STDOUT WITH (FORMAT csv)`, path, {
              ...(own === undefined ? {} : { signal: own }),
              ...(onBytes === undefined ? {} : { onBytes }),
            }),
            own,
          ),
      });
      await told(session.query('COMMIT', asking), signal);
      if (closing.signal.aborted || sessions.get(session)?.isWanted() === true) await end(session);
      else giveBack(session);
      return result;
    } catch (error) {
      // Who aborts waits for nothing; the server is told in the meantime.
      const ended = end(session);
      if (signal?.aborted !== true) await ended;
      throw error;
    }
  };

  return {
    reading,
    query: async (sql, options = {}) =>
      await reading(async (transaction) => await transaction.query(sql, options), options),
    answered: (answer) => {
      if (maxConnections !== undefined) heard(name, maxConnections, answer);
    },
    close: async () => {
      closing.abort();
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      await Promise.all([...sessions.keys()].map(end));
    },
  };
}
