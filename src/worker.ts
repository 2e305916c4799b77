/** A worker: configuration → adapters → activities → polling, until it is told to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createActivities } from './activities';
import { createWatchActivities } from './activities/watch';
import { connect } from './adapters/connect';
import { armFailpoint } from './adapters/failpoint';
import { watchedPipelines } from './adapters/watched';
import { type Config, loadConfig } from './config';
import { DaybreakError } from './domain/failure';
import { watchQueue } from './domain/watch/settings';
import { installRuntime, workerLogger } from './log';
import { fewLabels } from './metrics';
import { connectClient, UnreachableError } from './temporal/connection';
import { livePollers, workerIdentity } from './temporal/pollers';
import { describeRun } from './temporal/runs';
import { ensureSearchAttributes } from './temporal/search-attributes';
import { quietStop } from './temporal/stop';
import { tellWatch } from './temporal/watch';
import { guardWatches, watchServices } from './watching';

const RECONNECT_MS = 2_000;
const TELL_LIMIT_MS = 10_000;
const SHUTDOWN_GRACE = '15s' as const;
const ORPHAN_LIMIT_MS = 18_000;
/** Arguments of a worker that only watches. */
const ONLY_WATCH = '--only watch';

/** Prebuilt by `npm run build`. From source, and with more than is in there, the SDK bundles it, which takes seconds. */
function workflows(traces: boolean): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  const isBuilt = !traces && existsSync(codePath);
  return isBuilt ? { workflowBundle: { codePath } } : { workflowsPath: require.resolve('./workflows') };
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

/** Polls with these workers until `stopping` aborts. */
async function serve(
  workers: readonly Worker[],
  quiet: ReturnType<typeof quietStop>,
  stopping: AbortSignal,
  onReady: () => void,
): Promise<void> {
  const stop = () => quiet.stop(workers);
  stopping.addEventListener('abort', stop, { once: true });
  const running = Promise.all(workers.map(async (worker) => await worker.run().finally(stop)));
  if (stopping.aborted) stop();
  onReady();
  await running;
}

const commonOptions = (config: Config, connection: NativeConnection, quiet: ReturnType<typeof quietStop>) => ({
  connection,
  namespace: config.temporal.namespace,
  interceptors: { activity: [quiet.interceptor, fewLabels] },
  shutdownGraceTime: SHUTDOWN_GRACE,
  // For so long the runs of a worker that died wait for it before others get them; ten seconds, if not said.
  stickyQueueScheduleToStartTimeout: '2s' as const,
  // Cancellation arrives with a heartbeat's answer, and the last part with its heartbeat.
  maxHeartbeatThrottleInterval: '1s' as const,
  defaultHeartbeatThrottleInterval: '1s' as const,
});

/** For watches, incidents and their messages. */
const watchWorker = (
  config: Config,
  client: Client,
  logger: Logger,
  common: ReturnType<typeof commonOptions> & { readonly identity: string },
): WorkerOptions => ({
  ...common,
  ...workflows(false),
  taskQueue: watchQueue(config.taskQueue),
  activities: createWatchActivities(watchServices(client, config, logger)),
  maxConcurrentActivityTaskExecutions: 50,
});

/** Runs until `stopping` aborts; parts that are being written are finished or handed back, nothing is lost. */
export async function runWorker(
  config: Config,
  logger: Logger,
  stopping: AbortSignal,
  onReady: () => void = () => undefined,
): Promise<void> {
  if (config.failpoint !== undefined) armFailpoint(config.failpoint, join(config.home, 'failpoint.fired'));
  const client = await waitForServer(config, logger, stopping);
  const tracing = config.traces ? await import('./tracing/index.js') : undefined;
  const traces = tracing?.startTracing(logger);
  const connected = await connect(
    config,
    {
      describeRun: async (workflowId, runId) => await describeRun(client, workflowId, runId),
      searchAttributes: await ensureSearchAttributes(client),
      tellWatch: async (settings, news) =>
        await client.withDeadline(Date.now() + TELL_LIMIT_MS, async () => await tellWatch(client, settings, news)),
    },
    (reason) => logger.warn({ reason }, 'the engine process ended; a new one starts with the next query'),
  );
  const services = tracing === undefined ? connected.services : tracing.tracedServices(connected.services);
  let connection: NativeConnection | undefined;
  try {
    await refuseForeignStore(client, config, services.store.id);
    connected.startEngine();
    connection = await NativeConnection.connect(config.temporal.connection as NativeConnectionOptions);
    const quiet = quietStop();
    const common = { ...commonOptions(config, connection, quiet), identity: workerIdentity(services.store.id) };
    const plugins = traces === undefined ? [] : [traces.plugin];
    const own = { ...common, plugins, activities: createActivities(services) };
    const workers = [
      // Plans may wait for files for hours, and must not keep others from being made.
      await Worker.create({
        ...own,
        ...workflows(config.traces),
        taskQueue: config.taskQueue,
        maxConcurrentActivityTaskExecutions: 100,
      }),
      await Worker.create({
        ...own,
        taskQueue: `${config.taskQueue}-${services.store.id}`,
        maxConcurrentActivityTaskExecutions: 8,
      }),
      await Worker.create(watchWorker(config, client, logger, common)),
    ];
    await serve(workers, quiet, stopping, () => {
      logger.info(
        { taskQueue: config.taskQueue, store: services.store.id, address: config.temporal.address },
        'the worker is ready',
      );
      guardWatches(client, config, logger, stopping, async () => await watchedPipelines(services.store));
      onReady();
    });
  } finally {
    await connected.close();
    await traces?.close();
    await connection?.close();
    await client.connection.close();
  }
}

/** Watches and tells, and does nothing else: it needs neither store nor engine, and sees from elsewhere that a worker is gone. */
export async function runWatchWorker(
  config: Config,
  logger: Logger,
  stopping: AbortSignal,
  onReady: () => void = () => undefined,
): Promise<void> {
  const client = await waitForServer(config, logger, stopping);
  let connection: NativeConnection | undefined;
  try {
    connection = await NativeConnection.connect(config.temporal.connection as NativeConnectionOptions);
    const quiet = quietStop();
    const common = { ...commonOptions(config, connection, quiet), identity: workerIdentity('watch') };
    await serve([await Worker.create(watchWorker(config, client, logger, common))], quiet, stopping, () => {
      logger.info({ taskQueue: watchQueue(config.taskQueue), address: config.temporal.address }, 'the watch is ready');
      guardWatches(client, config, logger, stopping, async () => []);
      onReady();
    });
  } finally {
    await connection?.close();
    await client.connection.close();
  }
}

/** The process: SIGTERM and SIGINT drain it; so does the end of the process that started it. */
async function main(): Promise<void> {
  const config = loadConfig();
  const logger = workerLogger(config);
  installRuntime(logger, config);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => {
    stopping.abort();
    // The server may have gone with our parent, and draining would wait for it.
    setTimeout(() => process.exit(1), ORPHAN_LIMIT_MS).unref();
  });
  const run = process.argv.slice(2).join(' ') === ONLY_WATCH ? runWatchWorker : runWorker;
  await run(config, logger, stopping.signal, () => process.send?.('ready'));
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
