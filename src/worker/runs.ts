/** The worker of runs: configuration → adapters → activities → polling; it watches as well. */
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, Worker } from '@temporalio/worker';
import { createActivities } from '../activities';
import { connect } from '../adapters/connect';
import { armFailpoint } from '../adapters/failpoint';
import { watchedPipelines } from '../adapters/watched';
import type { Config } from '../config';
import { DaybreakError } from '../domain/failure';
import { livePollers, workerIdentity } from '../temporal/pollers';
import { describeRun } from '../temporal/runs';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { quietStop } from '../temporal/stop';
import { tellWatch } from '../temporal/watch';
import { guardWatches } from './watching';
import { commonOptions, serve, type Serving, waitForServer } from './serving';
import { watchWorker } from './watch';

const TELL_LIMIT_MS = 10_000;

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
export async function runWorker(serving: Serving): Promise<void> {
  const { config, logger, stopping, workflows, onReady } = serving;
  if (config.failpoint !== undefined) armFailpoint(config.failpoint, join(config.home, 'failpoint.fired'));
  const client = await waitForServer(serving);
  const tracing = config.traces ? await import('../tracing/index.js') : undefined;
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
      await Worker.create(watchWorker(serving, client, common)),
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
