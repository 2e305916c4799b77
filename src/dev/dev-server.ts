/**
 * The Temporal dev server as a child of ours: its database and log in the project's folder, up when its frontend answers
 * and knows our search attributes, and never left behind: when our process is gone, however it ended, the server goes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DaybreakError } from '../domain/failure';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes';
import { guard, hasEnded, howItEnded, openLog, saidLast, sleep, terminate } from './processes';

export const DEFAULT_PORT = 7233;
export const DEFAULT_UI_PORT = 8233;
const LOOPBACK = '127.0.0.1';
const KEYWORDS = Object.values(SEARCH_ATTRIBUTES);
const START_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 5_000;

export interface DevServerOptions {
  /** The `temporal` to run. */
  readonly binary: string;
  /** The project's `.daybreak` folder; the database and the log are in it. */
  readonly home: string;
  /** 0 picks a free one. */
  readonly port?: number;
  /** 0 picks a free one; so does leaving it out where the usual one is in use. */
  readonly uiPort?: number;
  readonly namespace?: string;
}

export interface DevServer {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  readonly pid: number;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** What a server of a home remembers; there once one was started. */
export const databaseOf = (home: string): string => join(home, 'temporal.db');

function hostAndPort(address: string): { host: string; port: number } {
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** Whether something accepts connections there. */
export function accepts(address: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(hostAndPort(address));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Whether a Temporal server answers there, without TLS. A refused connection is known within milliseconds. */
export async function reachable(address: string, timeoutMs = 2_000): Promise<boolean> {
  if (!(await accepts(address, timeoutMs))) return false;
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({ address, connectTimeout: timeoutMs });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => resolve(server));
  });
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));
const portOf = (server: Server) => (server.address() as { port: number }).port;

/** Whether a server of ours could listen there; it is held for a moment only. */
export async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch {
    return false;
  }
}

async function portInUse(port: number, key: string): Promise<DaybreakError> {
  const address = `${LOOPBACK}:${port}`;
  const temporal = await reachable(address);
  return new DaybreakError('BadRequest', {
    what: temporal
      ? `a Temporal server is already running on port ${port}`
      : `port ${port}, for Temporal's ${key}, is in use by another program`,
    where: address,
    expected: 'a free port',
    next: temporal
      ? `use that server: set TEMPORAL_ADDRESS=${address}; or stop it`
      : `stop that program (find it with: lsof -i :${port}), or set TEMPORAL_ADDRESS to a server that runs elsewhere`,
  });
}

/** Holds a port for a moment, to know that it is free; ports asked for together are different ones. */
async function takePort(port: number, key: string): Promise<Server> {
  try {
    return await listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw await portInUse(port, key);
    throw error;
  }
}

async function choosePorts(options: DevServerOptions): Promise<{ port: number; uiPort: number }> {
  const frontend = await takePort(options.port ?? DEFAULT_PORT, 'frontend');
  try {
    const ui =
      options.uiPort === undefined
        ? await listen(DEFAULT_UI_PORT).catch(() => listen(0))
        : await takePort(options.uiPort, 'Web UI');
    const uiPort = portOf(ui);
    await close(ui);
    return { port: portOf(frontend), uiPort };
  } finally {
    await close(frontend);
  }
}

/** The server is to be as it is declared here, whatever the environment says about other servers. */
function withoutTemporalSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

/** Whether the server has finished its start: it registers namespaces and search attributes after it opens its port. */
async function isReady(address: string, namespace: string): Promise<boolean> {
  if (!(await accepts(address, 1_000))) return false;
  const { Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 });
    try {
      await connection.workflowService.describeNamespace({ namespace });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return KEYWORDS.every((name) => Object.hasOwn(customAttributes, name));
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

async function becomesReady(child: ChildProcess, address: string, namespace: string): Promise<boolean> {
  const until = Date.now() + START_LIMIT_MS;
  while (!hasEnded(child) && Date.now() < until) {
    if (await isReady(address, namespace)) return !hasEnded(child);
    await sleep(25);
  }
  return false;
}

/**
 * Journal of the database: a third less of the server's work, and of the wait for it. It survives kill -9; where power
 * fails, the last moments may be done again.
 */
const PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

function argumentsOf(server: { database: string; port: number; uiPort: number; namespace: string }): string[] {
  const flags = {
    'db-filename': server.database,
    ip: LOOPBACK,
    port: String(server.port),
    'ui-port': String(server.uiPort),
    namespace: server.namespace,
    'log-level': 'error',
  };
  return [
    'server',
    'start-dev',
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...KEYWORDS.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

/** Starts the server and waits until it can be used. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { binary, home, namespace = 'default' } = options;
  mkdirSync(home, { recursive: true });
  const { port, uiPort } = await choosePorts(options);
  const address = `${LOOPBACK}:${port}`;
  const logFile = join(home, 'temporal.log');
  const log = openLog(logFile);
  const failed = (why: string, cause?: unknown) =>
    new DaybreakError(
      'Transient',
      {
        what: `the Temporal dev server did not start: ${why}${saidLast(logFile, log.from)}`,
        where: address,
        next: `look at the lines above; if its database is damaged, move ${databaseOf(home)} away and try again`,
      },
      { cause },
    );
  let child: ChildProcess;
  try {
    // A process group of its own: Ctrl-C in the terminal must not take the server from under the worker.
    child = spawn(binary, argumentsOf({ database: databaseOf(home), port, uiPort, namespace }), {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: withoutTemporalSettings(process.env),
    });
    await once(child, 'spawn');
  } catch (error) {
    throw failed(`${binary} cannot be run (${(error as NodeJS.ErrnoException).code})`, error);
  } finally {
    closeSync(log.fd);
  }
  const pid = child.pid as number;
  guard(child, 'TERM');
  child.unref();

  if (!(await becomesReady(child, address, namespace))) {
    const why = hasEnded(child) ? `it ended with ${howItEnded(child)}` : `no answer within ${START_LIMIT_MS / 1000} s`;
    await terminate(child, STOP_GRACE_MS);
    throw failed(why);
  }
  let stopped: Promise<void> | undefined;
  return {
    address,
    uiUrl: `http://${LOOPBACK}:${uiPort}`,
    namespace,
    pid,
    logFile,
    stop: () => {
      stopped ??= terminate(child, STOP_GRACE_MS);
      return stopped;
    },
  };
}
