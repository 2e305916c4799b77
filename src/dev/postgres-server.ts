/**
 * A Postgres server as a child of ours, on this machine only: its database and log in a folder, and never left behind:
 * when our process is gone, however it ended, the server goes.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DaybreakError } from '../domain/failure';
import { postgresPrograms, postgresUser } from './postgres-programs';
import { guard, hasEnded, howItEnded, openLog, saidLast, sleep, terminate } from './processes';

export const SUPERUSER = 'postgres';
const LOOPBACK = '127.0.0.1';
const START_LIMIT_MS = 60_000;
const STOP_GRACE_MS = 10_000;

export interface PostgresServerOptions {
  /** Holds the database and the log; a database that is there from before goes on. */
  readonly home: string;
  /** Of the superuser, for a database that is made. */
  readonly password: string;
  /** By default a free one. */
  readonly port?: number;
  /** As in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface PostgresServer {
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Ends all sessions, then the server. */
  stop(): Promise<void>;
}

export const dataOf = (home: string) => join(home, 'data');

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder that the user who runs the server owns. */
function ownedFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid, gid } = postgresUser();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Makes an empty database in a home that has none: UTF-8, sorted by bytes, nobody let in without a password. */
export async function makeDatabase(home: string, password: string): Promise<void> {
  const { initdb } = await postgresPrograms();
  const user = postgresUser();
  ownedFolder(home);
  const secret = join(home, 'password');
  writeFileSync(secret, `${password}\n`, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(secret, user.uid, user.gid);
  const data = dataOf(home);
  const options = [`--pwfile=${secret}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
  try {
    const args = [`--pgdata=${data}`, `--username=${SUPERUSER}`, ...options];
    await promisify(execFile)(initdb, args, { ...user, cwd: home });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new DaybreakError(
      'Transient',
      {
        what: `a Postgres database could not be made: ${String((error as { stderr?: string }).stderr ?? error).trim()}`,
        where: data,
        next: 'make room, or choose a folder that every user can reach, and try again',
      },
      { cause: error },
    );
  } finally {
    rmSync(secret, { force: true });
  }
}

/** The server writes its state into the file that says that it runs; one that was killed leaves an old file behind. */
function isReady(data: string, pid: number): boolean {
  let lines: string[];
  try {
    lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return false;
  }
  return Number(lines[0]) === pid && /^(ready|standby)/.test(lines[7] ?? '');
}

/** Starts the server, with a database if there is none, and waits until it lets people in. */
export async function startPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  const { home, password, settings = {} } = options;
  const { postgres } = await postgresPrograms();
  const data = dataOf(home);
  if (!existsSync(join(data, 'PG_VERSION'))) await makeDatabase(home, password);
  const port = options.port ?? (await freePort());
  const logFile = join(home, 'postgres.log');
  const log = openLog(logFile);
  const all = { port, listen_addresses: LOOPBACK, unix_socket_directories: '', lc_messages: 'C', ...settings };
  const child: ChildProcess = spawn(
    postgres,
    ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...postgresUser(), cwd: home, detached: true, stdio: ['ignore', log.fd, log.fd] },
  );
  closeSync(log.fd);
  const failed = (why: string) =>
    new DaybreakError('Transient', {
      what: `the Postgres server did not start: ${why}${saidLast(logFile, log.from)}`,
      where: `${LOOPBACK}:${port}`,
      next: 'look at the lines above and try again',
    });
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw failed((error as NodeJS.ErrnoException).code ?? String(error));
  }
  guard(child, 'INT');
  child.unref();
  const pid = child.pid as number;
  const until = Date.now() + START_LIMIT_MS;
  while (!isReady(data, pid)) {
    if (hasEnded(child)) throw failed(`it ended with ${howItEnded(child)}`);
    if (Date.now() > until) {
      await terminate(child, STOP_GRACE_MS, 'SIGQUIT');
      throw failed(`no answer within ${START_LIMIT_MS / 1000} s`);
    }
    await sleep(20);
  }
  return { port, pid, logFile, stop: async () => await terminate(child, STOP_GRACE_MS, 'SIGINT') };
}
