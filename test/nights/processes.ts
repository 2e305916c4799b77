/** Processes of a night: workers that can be killed, and are never left behind. */
import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hasEnded, terminate } from '../../src/dev/processes';
import { temporaryFolder } from '../dev/temporary';

const WATCH = resolve(__dirname, '..', '..', 'dist', 'worker.js');
const WORKER = join(__dirname, 'worker.ts');
const GRACE_MS = 3_000;

export interface NightProcess {
  /** kill -9. */
  kill(): void;
  stop(): Promise<void>;
  log(): string;
}

async function start(entry: string, args: readonly string[], env: Record<string, string>): Promise<NightProcess> {
  const logFile = join(temporaryFolder(), 'log');
  const log = openSync(logFile, 'a');
  const clean = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL|DAYBREAK|OTEL)_/.test(name));
  const child = fork(entry, [...args], {
    env: { ...Object.fromEntries(clean), ...env },
    execArgv: entry.endsWith('.ts') ? ['--require', require.resolve('tsx/cjs')] : [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const said = () => readFileSync(logFile, 'utf8');
  await new Promise<void>((ready, reject) => {
    child.on('message', () => ready());
    child.once('exit', () => reject(new Error(`${entry} did not start:\n${said()}`)));
  });
  return {
    kill: () => void child.kill('SIGKILL'),
    stop: async () => {
      if (!hasEnded(child)) await terminate(child, GRACE_MS);
    },
    log: said,
  };
}

/** The product's own: it watches, and has the secrets of channels. */
export const startWatchProcess = async (
  address: string,
  taskQueue: string,
  secrets: Record<string, string>,
): Promise<NightProcess> =>
  await start(WATCH, ['--only', 'watch'], {
    ...secrets,
    TEMPORAL_ADDRESS: address,
    DAYBREAK_TASK_QUEUE: taskQueue,
    DAYBREAK_HOME: join(temporaryFolder(), 'home'),
    DAYBREAK_LOG_LEVEL: 'warn',
  });

/** For runs and steps; without a queue of runs, for steps only. */
export const startNightWorker = async (
  address: string,
  queues: { readonly steps: string; readonly runs?: string },
): Promise<NightProcess> =>
  await start(WORKER, [], {
    NIGHT_ADDRESS: address,
    NIGHT_STEPS: queues.steps,
    ...(queues.runs === undefined ? {} : { NIGHT_QUEUE: queues.runs }),
  });
