/**
 * One session: every wait in it ends. What is asked of a server that died, fell silent, or is no longer wanted, fails at
 * once, and the session is over then; only what succeeds leaves it usable.
 */
import { createWriteStream } from 'node:fs';
import { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Client, type QueryConfig } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Address } from './address';
import { cancel } from './cancel';

const CONNECT_LIMIT_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/** A server that ends a statement in time says so within this. */
const SAYS_SO_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 200;
const GOODBYE_MS = 1_000;
const BUFFER_BYTES = 1024 * 1024;

/** No byte came for longer than the server may take for anything. */
export class Silence extends Error {}

/** What was asked for could not be written here; `cause` says why. */
export class NotWritten extends Error {}

/** Every value is the text that the database writes, so that nothing is rounded or shifted. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface Session {
  /** Whether it can be asked; after a failure it cannot. */
  isUsable(): boolean;
  /** Sessions of the server are shared with others by a program in between, so nothing can be set for one. */
  readonly pooled: boolean;
  /** One statement, with values; or several without. */
  query(sql: string, options?: Asking & { readonly values?: readonly (string | null)[] }): Promise<TextRow[]>;
  copy(
    sql: string,
    path: string,
    options?: Asking & { readonly onBytes?: (bytes: number) => void },
  ): Promise<{ rows: number; bytes: number }>;
  /** Ends it: with a goodbye when nothing runs, else by having the server stop what does. */
  end(): Promise<void>;
}

interface Asking {
  readonly signal?: AbortSignal;
}

export interface SessionOptions {
  readonly applicationName: string;
  readonly statementTimeoutMs: number;
  readonly signal?: AbortSignal;
}

interface Opened {
  readonly client: Client;
  readonly socket: Socket;
  /** Settles when the connection is over, with why. */
  readonly over: Promise<Error>;
}

function open(address: Address, encrypted: boolean, applicationName: string): Opened {
  const socket = new Socket();
  const client = new Client({
    host: address.host,
    port: address.port,
    user: address.user,
    database: address.database,
    password: () => address.password ?? '',
    application_name: applicationName,
    ssl: encrypted && address.ssl !== false ? { ...address.ssl } : false,
    sslnegotiation: 'postgres',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: { getTypeParser: () => (text: string) => text },
    stream: () => socket,
    ...(address.options === undefined ? {} : { options: address.options }),
  });
  const over = new Promise<Error>((resolve) => {
    client.on('error', resolve);
    client.on('end', () => resolve(new Error('Connection terminated unexpectedly')));
  });
  return { client, socket, over };
}

/** Waits for an answer, for the end of the connection, for an abort, or until nothing has come for too long. */
async function answer<T>(work: Promise<T>, opened: Opened, silentMs: number, signal?: AbortSignal): Promise<T> {
  const { socket, over } = opened;
  let seen = socket.bytesRead;
  let since = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let leave: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (socket.bytesRead !== seen) [seen, since] = [socket.bytesRead, Date.now()];
      else if (Date.now() - since > silentMs) reject(new Silence(`no answer for ${Math.round(silentMs / 1000)} s`));
    }, LOOK_EVERY_MS);
    leave = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', leave, { once: true });
    void over.then(reject);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearInterval(timer);
    if (leave !== undefined) signal?.removeEventListener('abort', leave);
    // Whichever lost the race may still fail, which nobody waits for any more.
    work.catch(() => undefined);
    interrupted.catch(() => undefined);
  }
}

/** What the server says of a statement, in its own words; it waits for the next one then, or ends the session itself. */
const isAnswer = (error: unknown) => typeof error === 'object' && error !== null && 'severity' in error;

/** A server that knows no TLS answers so, where TLS is not insisted on. */
const hasNoTls = (error: unknown) => error instanceof Error && /does not support SSL/.test(error.message);

async function connectTo(address: Address, options: SessionOptions): Promise<Opened & { encrypted: boolean }> {
  const attempt = async (encrypted: boolean) => {
    const opened = open(address, encrypted, options.applicationName);
    try {
      await answer(opened.client.connect(), opened, CONNECT_LIMIT_MS, options.signal);
      return { ...opened, encrypted };
    } catch (error) {
      opened.socket.destroy();
      throw error;
    }
  };
  try {
    return await attempt(address.ssl !== false);
  } catch (error) {
    if (!address.plainWillDo || !hasNoTls(error)) throw error;
    return await attempt(false);
  }
}

/** Connects; fails with what the server or the network says. */
export async function openSession(address: Address, options: SessionOptions): Promise<Session> {
  options.signal?.throwIfAborted();
  const opened = await connectTo(address, options);
  const { client, socket, over, encrypted } = opened;
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
  const silentMs = options.statementTimeoutMs + SAYS_SO_WITHIN_MS;
  let running = 0;
  let gone: Error | undefined;
  let ending: Promise<void> | undefined;
  void over.then((error) => {
    gone = error;
  });

  async function stop(): Promise<void> {
    if (gone === undefined) await cancel(address, encrypted, processID, secretKey);
    socket.destroy();
  }
  async function leave(): Promise<void> {
    const limit = setTimeout(() => socket.destroy(), GOODBYE_MS);
    await client.end().catch(() => undefined);
    clearTimeout(limit);
    socket.destroy();
  }
  const end = async () => {
    ending ??= running > 0 || gone !== undefined ? stop() : leave();
    await ending;
  };

  async function ask<T>(work: () => Promise<T>, { signal }: Asking): Promise<T> {
    signal?.throwIfAborted();
    if (gone !== undefined) throw gone;
    if (ending !== undefined) throw new Error('the session has ended');
    running += 1;
    try {
      return await answer(work(), opened, silentMs, signal);
    } catch (error) {
      // The server may be at it still, and its answer would be taken for that of the next question.
      if (!isAnswer(error)) void end();
      throw error;
    } finally {
      running -= 1;
    }
  }

  const query: Session['query'] = async (sql, { values, ...asking } = {}) => {
    // Only the extended protocol refuses several statements in one text.
    const config: QueryConfig & { queryMode?: 'extended' } =
      values === undefined ? { text: sql } : { text: sql, values: [...values], queryMode: 'extended' };
    const result = (await ask(() => client.query<TextRow>(config), asking)) as unknown as
      | { rows: TextRow[] }
      | { rows: TextRow[] }[];
    return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
  };

  const copy: Session['copy'] = async (sql, path, { onBytes, ...asking } = {}) => {
    const done = new AbortController();
    let bytes = 0;
    const work = async () => {
      const answered = new Promise<void>((resolve) => client.once('drain', resolve));
      const rows = client.query(copyTo(sql));
      const counted = async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          onBytes?.(bytes);
          yield chunk;
        }
      };
      const file = createWriteStream(path, { highWaterMark: BUFFER_BYTES });
      let first: { error: Error; ours: boolean } | undefined;
      rows.once('error', (error) => (first ??= { error, ours: false }));
      file.once('error', (error) => (first ??= { error, ours: true }));
      try {
        await pipeline(rows, counted, file, { signal: done.signal });
      } catch (error) {
        throw first?.ours === true ? new NotWritten(first.error.message, { cause: first.error }) : error;
      }
      // The count comes after the last row.
      await answered;
      return { rows: rows.rowCount, bytes };
    };
    try {
      return await ask(work, asking);
    } finally {
      done.abort();
    }
  };

  try {
    const [first] = await query(
      'SELECT pg_backend_pid()::text AS pid',
      options.signal === undefined ? {} : { signal: options.signal },
    );
    const pooled = first?.pid !== String(processID);
    return { isUsable: () => gone === undefined && ending === undefined, pooled, query, copy, end };
  } catch (error) {
    await end();
    throw error;
  }
}
