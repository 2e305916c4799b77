/** What commands need of Temporal: a server and, for runs, a worker; started for as long as they last when there is none. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Daybreak, daybreak } from '../client';
import { type Config, DEFAULT_ADDRESS } from '../config';
import { databaseOf, DEFAULT_UI_PORT, type DevServer, reachable, startDevServer } from '../dev/dev-server';
import { findTemporal } from '../dev/temporal-binary';
import { startWorkerProcess, type WorkerHandle } from '../dev/worker-process';
import { DaybreakError } from '../domain/failure';
import { anotherStore, newStoreText, shownPath } from '../published/store';
import { connectClient } from '../temporal/connection';
import { livePollers } from '../temporal/pollers';
import type { Output } from './output';

export interface Session {
  readonly client: Daybreak;
  readonly address: string;
  /** Where the Web UI shows a run, if we know one. */
  link(run: { workflowId: string; runId?: string }): string | null;
  /** The server is ours: it ends with us, and its runs pause until it is there again. */
  readonly ownServer: boolean;
  /** The worker is ours, and ends with us. */
  readonly ownWorker: boolean;
  /** Whether a worker, ours or not, is there for runs. */
  isServed(): Promise<boolean>;
  close(): Promise<void>;
}

export interface SessionNeeds {
  /** `when none`: a worker of our own where nobody polls for our store. */
  readonly worker: 'none' | 'when none';
}

/** Why no run can be known, where no server is there or configured and none of ours was: none is started to find that out. */
export async function withoutRuns({ temporal, home }: Config): Promise<DaybreakError | undefined> {
  if (temporal.configured || existsSync(databaseOf(home)) || (await reachable(temporal.address))) return undefined;
  return new DaybreakError('BadRequest', {
    what: `no run yet: no Temporal server is at ${temporal.address}, and none was started in ${shownPath(home)}`,
    next: `start a run with \`daybreak run\`; ${anotherStore({ home })}`,
  });
}

async function ownServer(config: Config, output: Output): Promise<DevServer | undefined> {
  const binary = await findTemporal({
    cacheDir: config.cache,
    onProgress: (line) => output.say(output.paint.dim(line)),
  });
  output.say(output.paint.dim('starting a Temporal dev server with its Web UI …'));
  return await startDevServer({ binary, home: config.home }).catch(async (error: unknown) => {
    // Another command may have been quicker; then its server serves both.
    if (await reachable(config.temporal.address)) return undefined;
    throw error;
  });
}

interface Stoppable {
  stop(): Promise<void>;
}
const RESTART_MS = 1_000;
const RESTART_LIMIT_MS = 30_000;

/** Starts a worker, and another one whenever it dies: its runs would stand still. Rejects when the first does not start. */
export async function keepWorker(config: Config, address: string, output: Output): Promise<Stoppable> {
  const logFile = join(config.home, 'worker.log');
  let stopped = false;
  let wasReady = false;
  let pause = RESTART_MS;
  let timer: NodeJS.Timeout | undefined;
  let current: WorkerHandle | undefined;
  async function start(): Promise<void> {
    const started = await startWorkerProcess({
      env: { ...config.environment, TEMPORAL_ADDRESS: address },
      logFile,
      onExit: ({ reason, asked }) => {
        if (asked || stopped || !wasReady) return;
        output.say(output.paint.red(`the worker ended (${reason}), and is started again; see ${logFile}`));
        timer = setTimeout(() => void start().catch(() => undefined), pause);
        pause = Math.min(2 * pause, RESTART_LIMIT_MS);
      },
    });
    current = started;
    await started.ready;
    wasReady = true;
    if (stopped) await started.stop();
  }
  await start();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current?.stop();
    },
  };
}

/**
 * Opens a session, with a server of our own when no address is configured and the default one is not there. Throws
 * `UnreachableError` when a configured server is not there.
 */
export async function openSession(config: Config, output: Output, needs: SessionNeeds): Promise<Session> {
  const { temporal } = config;
  const isThere = temporal.configured || (await reachable(temporal.address));
  const server = isThere ? undefined : await ownServer(config, output);
  if (isThere && !temporal.configured && needs.worker === 'when none')
    output.say(output.paint.dim(`using the Temporal server at ${temporal.address}`));
  const address = server?.address ?? temporal.address;
  const connected: Config = {
    ...config,
    temporal: { ...temporal, address, connection: { ...temporal.connection, address } },
  };
  let worker: Stoppable | undefined;
  try {
    const client = await connectClient(connected);
    const pollers = async () => await livePollers(client, config.taskQueue);
    // A worker of another store on our queue is no use to us; the one that we start says so, and what to do.
    const daybreakClient = daybreak(client, config);
    if (needs.worker === 'when none') {
      const id = await daybreakClient.storeId();
      if (!(await pollers()).some(({ store }) => store === id)) {
        if (id === '') output.say(output.paint.dim(newStoreText(config.home)));
        output.say(output.paint.dim('starting a worker …'));
        worker = await keepWorker(config, address, output);
      }
    }
    const ui = server?.uiUrl ?? (address === DEFAULT_ADDRESS ? `http://localhost:${DEFAULT_UI_PORT}` : undefined);
    return {
      client: daybreakClient,
      address,
      link: ({ workflowId, runId }) =>
        ui === undefined
          ? null
          : `${ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}${runId === undefined ? '' : `/${runId}`}`,
      ownServer: server !== undefined,
      ownWorker: worker !== undefined,
      isServed: async () => (await pollers()).length > 0,
      async close() {
        await client.connection.close();
        await worker?.stop();
        await server?.stop();
      },
    };
  } catch (error) {
    await worker?.stop();
    await server?.stop();
    throw error;
  }
}
