/** A worker: configuration → adapters → activities → polling, until it is told to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createActivities } from './activities';
import { connect } from './adapters/connect';
import { armFailpoint } from './adapters/failpoint';
import { type Config, loadConfig } from './config';
import { DaybreakError } from './domain/failure';
import { installRuntime, workerLogger } from './log';
import { connectClient, UnreachableError } from './temporal/connection';
import { livePollers, workerIdentity } from './temporal/pollers';
import { describeRun } from './temporal/runs';
import { ensureSearchAttributes } from './temporal/search-attributes';
import { quietStop } from './temporal/stop';

const RECONNECT_MS = 2_000;
const SHUTDOWN_GRACE = '15s';
const ORPHAN_LIMIT_MS = 18_000;

/** Prebuilt by `npm run build`; from source the SDK bundles it. */
function workflows(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: require.resolve('./workflows') };
}

/** A server that is away is waited for; a worker has nothing better to do. */
async function waitForServer(config: Config, logger: Logger, stopping: AbortSignal): Promise<Client> {
  for (;;) {
    try {
      return await connectClient(config);
    } catch (error) {
      if (!(error instanceof UnreachableError) || stopping.aborted) throw error;
      logger.warn(`${error.message.split('\n')[0]}; trying again every ${RECONNECT_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }
}

/** Workers of another store on our queue would plan runs that we cannot see: better to say so than to share. */
async function refuseForeignStore(client: Client, config: Config, storeId: string): Promise<void> {
  const foreign = (await livePollers(client, config.taskQueue)).find(({ store }) => store !== storeId);
  if (foreign === undefined) return;
  throw new DaybreakError('BadRequest', {
    where: `task queue ${config.taskQueue}`,
    what: `a worker of another store is at it (${foreign.identity})`,
    expected: 'workers of one queue to share DAYBREAK_HOME',
    next: 'stop that worker, use its DAYBREAK_HOME, or set another DAYBREAK_TASK_QUEUE',
  });
}

/** Runs until `stopping` aborts; parts that are being written are finished or handed back, nothing is lost. */
export async function runWorker(
  config: Config,
  logger: Logger,
  stopping: AbortSignal,
  onReady: () => void = () => undefined,
): Promise<void> {
  if (config.failpoint !== undefined) armFailpoint(config.failpoint, join(config.home, 'failpoint.fired'));
  const client = await waitForServer(config, logger, stopping);
  const connected = await connect(
    config,
    {
      describeRun: async (workflowId, runId) => await describeRun(client, workflowId, runId),
      searchAttributes: await ensureSearchAttributes(client),
    },
    (reason) => logger.warn({ reason }, 'the engine process ended; a new one starts with the next query'),
  );
  const { services } = connected;
  let connection: NativeConnection | undefined;
  try {
    await refuseForeignStore(client, config, services.store.id);
    connected.startEngine();
    connection = await NativeConnection.connect(config.temporal.connection as NativeConnectionOptions);
    const quiet = quietStop();
    const common: WorkerOptions = {
      connection,
      namespace: config.temporal.namespace,
      identity: workerIdentity(services.store.id),
      taskQueue: config.taskQueue,
      activities: createActivities(services),
      interceptors: { activity: [quiet.interceptor] },
      shutdownGraceTime: SHUTDOWN_GRACE,
      // For so long the runs of a worker that died wait for it before others get them; ten seconds, if not said.
      stickyQueueScheduleToStartTimeout: '2s',
      // Cancellation arrives with a heartbeat's answer, and the last part with its heartbeat.
      maxHeartbeatThrottleInterval: '1s',
      defaultHeartbeatThrottleInterval: '1s',
    };
    const workers = [
      // Plans may wait for files for hours, and must not keep others from being made.
      await Worker.create({ ...common, ...workflows(), maxConcurrentActivityTaskExecutions: 100 }),
      await Worker.create({
        ...common,
        taskQueue: `${config.taskQueue}-${services.store.id}`,
        maxConcurrentActivityTaskExecutions: 8,
      }),
    ];
    const stop = () => quiet.stop(workers);
    stopping.addEventListener('abort', stop, { once: true });
    const running = Promise.all(workers.map(async (worker) => await worker.run().finally(stop)));
    if (stopping.aborted) stop();
    logger.info(
      { taskQueue: config.taskQueue, store: services.store.id, address: config.temporal.address },
      'the worker is ready',
    );
    onReady();
    await running;
  } finally {
    await connected.close();
    await connection?.close();
    await client.connection.close();
  }
}

/** The process: SIGTERM and SIGINT drain it; so does the end of the process that started it. */
async function main(): Promise<void> {
  const config = loadConfig();
  const logger = workerLogger(config);
  installRuntime(logger);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => {
    stopping.abort();
    // The server may have gone with our parent, and draining would wait for it.
    setTimeout(() => process.exit(1), ORPHAN_LIMIT_MS).unref();
  });
  await runWorker(config, logger, stopping.signal, () => process.send?.('ready'));
  logger.info('the worker has stopped');
}

if (require.main === module) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(error instanceof UnreachableError ? 4 : 1);
    },
  );
}
