/** The command line as people and cron meet it: a real process, its streams and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { temporaryFolder } from '../dev/temporary';

export const BIN = resolve(__dirname, '..', '..', 'bin', 'daybreak.js');
export const LIMIT_MS = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  seen(): string;
}

const clean = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|DAYBREAK_|(NO|FORCE)_COLOR$)/.test(name)),
);

/** Starts a command; what it prints is in the answer's promise, and while it runs in `seen`. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}, bin = BIN, limitMs = LIMIT_MS): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: temporaryFolder(),
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve_({ code, stdout, stderr }));
  });
  return { child, ended, seen: () => stdout + stderr };
}

export const cli = async (args: readonly string[], env: NodeJS.ProcessEnv = {}, bin = BIN): Promise<Ended> =>
  await startCli(args, env, bin).ended;

export const json = ({ stdout }: Ended): unknown => JSON.parse(stdout);
