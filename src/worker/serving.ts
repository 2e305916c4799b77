/** What all workers have in common: waiting for their server, their options, and polling until they are told to stop. */
import type { Client } from '@temporalio/client';
import type { NativeConnection, Worker, WorkerOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { fewLabels } from '../metrics';
import { connectClient, UnreachableError } from '../temporal/connection';
import type { quietStop } from '../temporal/stop';

const RECONNECT_MS = 2_000;
const SHUTDOWN_GRACE = '15s' as const;

/** Where workflows come from; with what traces need, where that is asked for. */
export type Workflows = (traces: boolean) => Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'>;

/** Of one process. */
export interface Serving {
  readonly config: Config;
  readonly logger: Logger;
  readonly workflows: Workflows;
  readonly stopping: AbortSignal;
  onReady(): void;
}

/** A server that is away is waited for; a worker has nothing better to do. */
export async function waitForServer({ config, logger, stopping }: Serving): Promise<Client> {
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

/** Polls with these workers until `stopping` aborts. */
export async function serve(
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

export const commonOptions = (config: Config, connection: NativeConnection, quiet: ReturnType<typeof quietStop>) => ({
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
