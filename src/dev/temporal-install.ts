/** The two ways to get a Temporal CLI onto a machine that has none: the SDK's own download, and Go. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ownEntry } from './processes';

/** Server 1.29.1. Later versions of the CLI cannot be installed by Go: their module has replace directives. */
export const CLI_VERSION = 'v1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`;

/** A download that brings nothing for so long is given up. */
const STALLED_AFTER_MS = 20_000;
const DOWNLOAD_LIMIT_MS = 15 * 60_000;
const GO_LIMIT_MS = 20 * 60_000;
const REPORT_EVERY_MS = 15_000;

export interface InstallOptions {
  /** An empty folder on the cache's own device. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

const executableName = (name: string) => (process.platform === 'win32' ? `${name}.exe` : name);

/** Where a command is on a PATH, all places of it, in order. */
export function onPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, executableName(name)))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** What lies in a folder: names and bytes. */
function contents(folder: string): { names: string[]; bytes: number } {
  const names = readdirSync(folder);
  const bytes = names.reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return { names, bytes };
}

/** Waits for a process to succeed; a failure is told in its own last words. */
async function succeeds(child: ChildProcess): Promise<void> {
  let words = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-4_000);
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    // Not `exit`: the words are complete only now.
    child.once('close', (...end) => resolve(end));
  });
  if (code === 0) return;
  const last = words.trim().split('\n').slice(-3).join('; ');
  throw new Error(last === '' ? `it ended with ${signal ?? `exit code ${code}`}` : last);
}

/** Has the SDK download the CLI; gives the file's path. */
export async function download({ folder, env, onProgress }: InstallOptions): Promise<string> {
  const { path, execArgv } = ownEntry(join(__dirname, 'temporal-download'));
  onProgress(`downloading the Temporal CLI ${CLI_VERSION}, once`);
  const child = fork(path, [folder, CLI_VERSION], { execArgv, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const started = Date.now();
  let bytes = 0;
  let grew = started;
  let reported = started;
  let gaveUp: string | undefined;
  const watch = setInterval(() => {
    const now = Date.now();
    const present = contents(folder).bytes;
    if (present !== bytes) grew = now;
    bytes = present;
    const soFar = `${Math.round(bytes / 1e6)} MB after ${duration(now - started)}`;
    if (now - grew > STALLED_AFTER_MS || now - started > DOWNLOAD_LIMIT_MS) {
      gaveUp = `gave up: ${soFar}`;
      child.kill('SIGKILL');
    } else if (now - reported >= REPORT_EVERY_MS) {
      reported = now;
      onProgress(`downloading the Temporal CLI: ${soFar}`);
    }
  }, 500);
  try {
    await succeeds(child);
  } catch (error) {
    throw gaveUp === undefined ? error : new Error(gaveUp);
  } finally {
    clearInterval(watch);
  }
  const [name, ...others] = contents(folder).names;
  if (name === undefined || others.length > 0) throw new Error('the download left no single file behind');
  return join(folder, name);
}

/** Builds the CLI with the machine's Go; gives the file's path. */
export async function goInstall({ folder, env, onProgress }: InstallOptions): Promise<string> {
  const [go] = onPath('go', env);
  if (go === undefined) throw new Error('there is no Go on the PATH');
  onProgress(`building the Temporal CLI ${CLI_VERSION} with Go, once: takes 4 to 5 minutes on 2 cores`);
  // A cross-compiling environment would build for another machine, and Go refuses GOBIN then.
  const { GOOS: _os, GOARCH: _arch, ...goEnv } = env;
  const child = spawn(go, ['install', '-trimpath', '-ldflags=-s -w', GO_PACKAGE], {
    env: { ...goEnv, GOBIN: folder, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const started = Date.now();
  const report = setInterval(() => {
    onProgress(`building the Temporal CLI: ${duration(Date.now() - started)} of about 5 min`);
  }, REPORT_EVERY_MS);
  const limit = setTimeout(() => child.kill('SIGKILL'), GO_LIMIT_MS);
  try {
    await succeeds(child);
  } finally {
    clearInterval(report);
    clearTimeout(limit);
  }
  return join(folder, executableName('temporal'));
}
