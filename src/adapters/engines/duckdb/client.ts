/** The worker's side of the engine process: starts it, restarts it when it died, and turns its errors into failures. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { DaybreakError, type FailureKind } from '../../../domain/failure';
import type { EngineReply, EngineRequest, QueryResult, SessionSettings } from './protocol';

export type { SessionSettings };

/** Room for a query that is asked to stop before its process is killed. */
const INTERRUPT_GRACE_MS = 2_500;

export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** After so many milliseconds the query is stopped and fails as `DeadlineExceeded`. */
  readonly deadlineMs?: number;
  /** Share of the query that is done, in [0, 1], as far as the engine knows. */
  readonly onProgress?: (fraction: number) => void;
  /** Rows returned at most. */
  readonly limit?: number;
}

/** One isolated database of the engine process. */
export interface Session {
  readonly name: string;
  /** Runs one or several statements and gives the rows of the last. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
  close(): Promise<void>;
}

export interface DuckDb {
  /**
   * Gives the session of this name, or makes one when there is none with these settings. Its database is opened by the
   * first query: not everything that may ask does.
   */
  session(name: string, settings: SessionSettings): Promise<Session>;
  /** Closes a session by name, if it is open. */
  closeSession(name: string): Promise<void>;
  /** Process id of the running engine process, for those who watch it. */
  pid(): number | undefined;
  /** Starts the engine process before the first query does. */
  start(): void;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (result: QueryResult | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress?: (fraction: number) => void;
}

/** Which failure an error text of DuckDB is; anything else is the SQL's own fault. */
export function classify(message: string): FailureKind {
  if (/^(Out of Memory Error|OutOfMemoryException)/i.test(message) && !/max_temp_directory_size/i.test(message))
    return 'OutOfMemory';
  if (/No space left on device|disk quota|max_temp_directory_size/i.test(message)) return 'DiskFull';
  if (/Read-only file system/i.test(message)) return 'StoreReadOnly';
  // A session that was lost with its process: the step opens a new one when it is tried again.
  if (message.startsWith('no session ')) return 'EngineCrashed';
  if (/^(INTERNAL Error|FATAL Error)|database has been invalidated/i.test(message)) return 'EngineCrashed';
  return 'ModelFailed';
}

/** The engine's entry, compiled or as source: a test that runs TypeScript itself forks the same file through tsx. */
function entry(): { path: string; execArgv: string[] } {
  const extension = __filename.endsWith('.ts') ? '.ts' : '.js';
  const path = join(__dirname, `process${extension}`);
  return { path, execArgv: extension === '.ts' ? ['--require', require.resolve('tsx/cjs')] : [] };
}

/** Waits for something that others may need as well, so that it goes on when we do not want it any more. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await work);
  let leave: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (leave !== undefined) signal.removeEventListener('abort', leave);
  }
}

/** A handle on one engine process; started at the first query, if not before. */
export function duckDb(options: { readonly onRestart?: (reason: string) => void } = {}): DuckDb {
  let child: { process: ChildProcess; ready: Promise<void> } | undefined;
  let nextId = 1;
  let closed = false;
  const pending = new Map<number, Pending>();
  const sessions = new Map<string, { settings: string; session: Session }>();
  /** How many engine processes there were; a session lives and dies with its own. */
  let processes = 0;

  function died(reason: string): void {
    child = undefined;
    processes += 1;
    sessions.clear();
    for (const [id, waiting] of pending) {
      pending.delete(id);
      waiting.reject(
        new DaybreakError('EngineCrashed', {
          what: `the engine process ended (${reason}) while a query was running`,
          next: 'nothing: the step is tried again on a new engine process; if it keeps dying, give it more memory or make the model smaller',
        }),
      );
    }
    if (!closed) options.onRestart?.(reason);
  }

  function start(): { process: ChildProcess; ready: Promise<void> } {
    const { path, execArgv } = entry();
    const started = fork(path, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let isReady: () => void;
    let failed: (error: Error) => void;
    const ready = new Promise<void>((resolve, reject) => {
      isReady = resolve;
      failed = reject;
    });
    ready.catch(() => undefined);
    started.on('message', (message: EngineReply) => {
      if (message.type === 'ready') return isReady();
      const waiting = pending.get(message.id);
      if (waiting === undefined) return;
      if (message.type === 'progress') return waiting.onProgress?.(message.fraction);
      pending.delete(message.id);
      if (message.type === 'done') waiting.resolve(message.result);
      else waiting.reject(new Error(message.message));
    });
    started.on('exit', (code, signal) => {
      const reason = signal ?? `exit code ${code}`;
      failed(new DaybreakError('EngineCrashed', { what: `the engine process did not start (${reason})` }));
      if (child?.process === started) died(reason);
    });
    started.on('error', (error) => {
      failed(new DaybreakError('EngineCrashed', { what: `the engine process cannot be started (${error.message})` }));
      // No exit follows when the process never was.
      if (child?.process === started) died(error.message);
    });
    return { process: started, ready };
  }

  async function send(
    request: (id: number) => EngineRequest,
    onProgress?: (fraction: number) => void,
    onSent?: (id: number, engine: ChildProcess) => void,
  ): Promise<QueryResult | undefined> {
    if (closed) throw new DaybreakError('EngineCrashed', { what: 'the engine is closed: the worker is stopping' });
    child ??= start();
    const current = child;
    await current.ready;
    const id = nextId++;
    return await new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject, ...(onProgress === undefined ? {} : { onProgress }) });
      current.process.send(request(id), (error) => {
        if (error !== null && pending.delete(id)) {
          reject(new DaybreakError('EngineCrashed', { what: `the engine process is gone (${error.message})` }));
        }
      });
      onSent?.(id, current.process);
    });
  }

  /** Gives up a query that only waits: what runs before it is somebody else's, and goes on. */
  function forget(id: number): void {
    const waiting = pending.get(id);
    pending.delete(id);
    waiting?.reject(new Error('stopped before it began'));
  }

  async function query(session: string, sql: string, settings: QueryOptions): Promise<QueryResult> {
    settings.signal?.throwIfAborted();
    let late = false;
    let begun = false;
    let stop: (() => void) | undefined;
    let deadline: NodeJS.Timeout | undefined;
    let kill: NodeJS.Timeout | undefined;
    try {
      const result = await send(
        (id) => ({
          type: 'query',
          id,
          session,
          sql,
          ...(settings.limit === undefined ? {} : { limit: settings.limit }),
        }),
        (fraction) => {
          // The first report says that the query left the queue: only now its time runs.
          begun = true;
          if (settings.deadlineMs !== undefined) {
            deadline ??= setTimeout(() => {
              late = true;
              stop?.();
            }, settings.deadlineMs);
          }
          settings.onProgress?.(fraction);
        },
        (id, engine) => {
          stop = () => {
            engine.send({ type: 'interrupt', id: nextId++, query: id } satisfies EngineRequest, () => undefined);
            if (begun) kill ??= setTimeout(() => engine.kill('SIGKILL'), INTERRUPT_GRACE_MS);
            else forget(id);
          };
          if (settings.signal?.aborted === true) stop();
          else settings.signal?.addEventListener('abort', stop, { once: true });
        },
      );
      if (result === undefined) throw new Error('the engine gave no result');
      return result;
    } catch (error) {
      settings.signal?.throwIfAborted();
      if (late) {
        throw new DaybreakError('DeadlineExceeded', {
          what: `the query ran longer than its ${Math.round((settings.deadlineMs ?? 0) / 1000)} s`,
          next: 'make the model smaller, or raise deadline_per_model in pipeline.yaml',
        });
      }
      if (error instanceof DaybreakError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new DaybreakError(classify(message), { what: message.trim() });
    } finally {
      clearTimeout(deadline);
      clearTimeout(kill);
      if (stop !== undefined) settings.signal?.removeEventListener('abort', stop);
    }
  }

  function make(name: string, settings: SessionSettings): Session {
    const process = processes;
    let opened: Promise<unknown> | undefined;
    async function open(signal?: AbortSignal): Promise<void> {
      if (process !== processes) throw new DaybreakError('EngineCrashed', { what: 'the engine process was restarted' });
      opened ??= send((id) => ({ type: 'open', id, session: name, settings })).catch((error: unknown) => {
        opened = undefined;
        if (error instanceof DaybreakError) throw error;
        const what = error instanceof Error ? error.message : String(error);
        const kind = classify(what);
        throw new DaybreakError(kind === 'ModelFailed' ? 'EngineCrashed' : kind, { what }, { cause: error });
      });
      await unlessAborted(opened, signal);
    }
    return {
      name,
      async query(sql, queryOptions = {}) {
        await open(queryOptions.signal);
        return await query(name, sql, queryOptions);
      },
      async close() {
        sessions.delete(name);
        if (opened !== undefined && process === processes) await send((id) => ({ type: 'close', id, session: name }));
      },
    };
  }

  return {
    async session(name, settings) {
      const wanted = JSON.stringify(settings);
      const known = sessions.get(name);
      if (known !== undefined && known.settings === wanted) return known.session;
      if (known !== undefined) await known.session.close();
      const session = make(name, settings);
      sessions.set(name, { settings: wanted, session });
      return session;
    },
    closeSession: async (name) => await sessions.get(name)?.session.close(),
    pid: () => child?.process.pid,
    start() {
      child ??= start();
    },
    async close() {
      closed = true;
      const current = child;
      if (current === undefined) return;
      const ended = new Promise((resolve) => current.process.once('exit', resolve));
      current.process.disconnect();
      const kill = setTimeout(() => current.process.kill('SIGKILL'), INTERRUPT_GRACE_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}
