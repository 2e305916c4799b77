/** What watches and incidents work with, put together: Temporal's word, and the ways to people. No store, no engine. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { WatchServices } from '../activities/watch';
import { callUrl } from '../adapters/notifiers/heartbeat';
import { notifierOf } from '../adapters/notifiers';
import type { Config } from '../config';
import { observe } from '../temporal/observe';
import { tellIncident } from '../temporal/watch';
import { lookAtWatches, startWatch } from '../temporal/watches';

export function watchServices(
  client: Client,
  { environment }: Pick<Config, 'environment'>,
  logger: Logger,
): WatchServices {
  return {
    observe: async (request) => await observe(client, request),
    tellIncident: async (settings, key, input) => await tellIncident(client, settings, key, input),
    notifier: (name, channel) => notifierOf(name, channel, environment, logger),
    callHeartbeat: async (reference, signal) => await callUrl(reference, environment, signal),
  };
}

const GUARD_EVERY_MS = 600_000;
const GUARD_LIMIT_MS = 30_000;

/**
 * Who watches the watch: says in the log, at once and then every ten minutes until `stopping` aborts, which pipeline should
 * be watched and is not. `declared` gives those that are known to want it, besides those with a Schedule.
 */
export function guardWatches(
  client: Client,
  { taskQueue }: Pick<Config, 'taskQueue'>,
  logger: Logger,
  stopping: AbortSignal,
  declared: () => Promise<readonly string[]>,
): void {
  async function look(): Promise<void> {
    try {
      const seen = async () => await lookAtWatches(client, taskQueue, await declared());
      const { watches } = await client.withDeadline(Date.now() + GUARD_LIMIT_MS, seen);
      for (const { pipeline, isRunning } of watches)
        if (!isRunning) logger.warn({ pipeline }, `nobody watches ${pipeline}; next: ${startWatch(pipeline)}`);
    } catch (error) {
      if (stopping.aborted) return;
      logger.warn(
        { err: error },
        'whether every pipeline is watched cannot be told; it is looked again in ten minutes',
      );
    }
  }
  void look();
  const timer = setInterval(() => void look(), GUARD_EVERY_MS).unref();
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
}
