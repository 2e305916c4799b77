/** A worker as a child process of ours: for `demo`, `dev` and every command that needs one for as long as it runs. */
import { fork } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaybreakError } from '../domain/failure';
import { hasEnded, howItEnded, openLog, ownEntry, saidLast, terminate } from './processes';

/** More than a part or a model takes to come to a place where it can stop. */
const DRAIN_MS = 20_000;

export interface WorkerEnd {
  /** `exit code 1`, `SIGKILL`, … */
  readonly reason: string;
  /** Whether `stop` had been called. */
  readonly asked: boolean;
}

export interface WorkerProcessOptions {
  /** The worker's whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly onExit: (end: WorkerEnd) => void;
  /** Gets what the worker prints. */
  readonly logFile: string;
  /** Another program than our worker, with the same manners. */
  readonly entry?: string;
}

export interface WorkerHandle {
  readonly pid: number;
  /** Resolves when the worker polls; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** SIGTERM, and SIGKILL for it and its engine when it has not finished within 20 s. */
  stop(): Promise<void>;
}

/**
 * Starts `worker.ts`, compiled or as source. The worker says `ready` over the channel once it polls, drains and exits on
 * SIGTERM, and does the same when the channel closes: then we are gone.
 */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerHandle> {
  const { path, execArgv } =
    options.entry === undefined ? ownEntry(join(__dirname, '..', 'worker')) : { path: options.entry, execArgv: [] };
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openLog(options.logFile);
  const child = fork(path, [], {
    env: options.env,
    execArgv,
    // Ctrl-C in the terminal is ours to answer: the worker is asked to stop when it may.
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'ipc'],
  });
  closeSync(log.fd);
  let stopped: Promise<void> | undefined;
  const failed = (why: string, cause?: unknown) =>
    new DaybreakError(
      'Transient',
      {
        what: `the worker did not start: ${why}${saidLast(options.logFile, log.from)}`,
        where: options.logFile,
        next: 'look at the lines above',
      },
      { cause },
    );

  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    });
    child.once('error', (error) => reject(failed(error.message, error)));
    child.once('exit', () => {
      reject(failed(`it ended with ${howItEnded(child)}`));
      options.onExit({ reason: howItEnded(child), asked: stopped !== undefined });
    });
  });
  // Whoever does not wait for it hears of the end through onExit.
  ready.catch(() => undefined);

  if (child.pid === undefined) await ready;
  return {
    pid: child.pid as number,
    ready,
    stop: () => {
      stopped ??= hasEnded(child) ? Promise.resolve() : terminate(child, DRAIN_MS);
      return stopped;
    },
  };
}
