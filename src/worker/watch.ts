/** The worker of watches, incidents and their messages; it may be the only one of its process. */
import type { Client } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, Worker, type WorkerOptions } from '@temporalio/worker';
import { createWatchActivities } from '../activities/watch';
import { watchQueue } from '../domain/watch/settings';
import { workerIdentity } from '../temporal/pollers';
import { quietStop } from '../temporal/stop';
import { guardWatches, watchServices } from './watching';
import { commonOptions, serve, type Serving, waitForServer } from './serving';

export const watchWorker = (
  { config, logger, workflows }: Serving,
  client: Client,
  common: ReturnType<typeof commonOptions> & { readonly identity: string },
): WorkerOptions => ({
  ...common,
  ...workflows(false),
  taskQueue: watchQueue(config.taskQueue),
  activities: createWatchActivities(watchServices(client, config, logger)),
  maxConcurrentActivityTaskExecutions: 50,
});

/** Watches and tells, and does nothing else: it needs neither store nor engine, and sees from elsewhere that a worker is gone. */
export async function runWatchWorker(serving: Serving): Promise<void> {
  const { config, logger, stopping, onReady } = serving;
  const client = await waitForServer(serving);
  let connection: NativeConnection | undefined;
  try {
    connection = await NativeConnection.connect(config.temporal.connection as NativeConnectionOptions);
    const quiet = quietStop();
    const common = { ...commonOptions(config, connection, quiet), identity: workerIdentity('watch') };
    await serve([await Worker.create(watchWorker(serving, client, common))], quiet, stopping, () => {
      logger.info({ taskQueue: watchQueue(config.taskQueue), address: config.temporal.address }, 'the watch is ready');
      guardWatches(client, config, logger, stopping, async () => []);
      onReady();
    });
  } finally {
    await connection?.close();
    await client.connection.close();
  }
}
