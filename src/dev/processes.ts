/** Small things that starting and ending processes of our own needs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One of our own files as the entry of a process: compiled, or as source through tsx where TypeScript itself runs. */
export function ownEntry(pathWithoutExtension: string): { path: string; execArgv: string[] } {
  const source = `${pathWithoutExtension}.ts`;
  if (__filename.endsWith('.ts') && existsSync(source)) {
    return { path: source, execArgv: ['--require', require.resolve('tsx/cjs')] };
  }
  return { path: `${pathWithoutExtension}.js`, execArgv: [] };
}

export const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

/** Resolves when the process has ended; at once when it already has. */
function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

export const howItEnded = (child: ChildProcess) => child.signalCode ?? `exit code ${child.exitCode}`;

/** Signals a whole process group; false when there is none any more. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** SIGTERM or what ends it in order, then, after the grace, SIGKILL for the process and all that it started. */
export async function terminate(
  child: ChildProcess,
  graceMs: number,
  signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' = 'SIGTERM',
): Promise<void> {
  if (child.pid === undefined) return;
  const end = ended(child);
  // Whoever waits here wants to be kept alive until it is over.
  child.ref();
  if (!hasEnded(child)) child.kill(signal);
  const timer = setTimeout(() => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }, graceMs);
  try {
    await end;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends a server of ours when our process is gone, also by `kill -9`: the system closes the pipe that this shell reads
 * from. Without a shell (Windows) there is no guard.
 */
export function guard(server: ChildProcess, signal: 'TERM' | 'INT' | 'QUIT'): void {
  const script =
    'cat >/dev/null; kill -"$1" "$0" 2>/dev/null || exit 0; ' +
    'for _ in 1 2 3 4 5; do sleep 1; kill -0 "$0" 2>/dev/null || exit 0; done; kill -KILL "$0"';
  const child = spawn('sh', ['-c', script, String(server.pid), signal], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  // It watches us; it must not keep us alive.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  server.once('exit', () => {
    if (child.pid !== undefined && !hasEnded(child)) signalGroup(child.pid, 'SIGKILL');
  });
}

const TAIL_BYTES = 8_192;

/** Opens a log for appending; one that has grown large starts anew. Gives the place where this start's lines begin. */
export function openLog(path: string, limitBytes = 10_000_000): { fd: number; from: number } {
  const fd = openSync(path, 'a');
  const { size } = fstatSync(fd);
  if (size <= limitBytes) return { fd, from: size };
  closeSync(fd);
  return { fd: openSync(path, 'w'), from: 0 };
}

/** The last lines that were written to a log since a place in it. */
function lastLines(path: string, from: number, count = 10): string[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(from, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const read = readSync(fd, buffer, 0, buffer.length, start);
    const lines = buffer.subarray(0, read).toString('utf8').split(/\r?\n/);
    return lines.filter((line) => line.trim() !== '').slice(-count);
  } finally {
    closeSync(fd);
  }
}

/** The last lines of a log as part of a message: what a program said before it ended. */
export function saidLast(path: string, from: number): string {
  const lines = lastLines(path, from);
  return lines.length === 0 ? `; ${path} says nothing` : `; its last lines in ${path}:\n  ${lines.join('\n  ')}`;
}
