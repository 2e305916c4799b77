/** What watches and incidents work with, put together: Temporal's word, and the ways to people. No store, no engine. */
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { WatchServices } from './activities/watch';
import { callUrl } from './adapters/notifiers/heartbeat';
import { notifierOf } from './adapters/notifiers';
import type { Config } from './config';
import { observe } from './temporal/observe';
import { tellIncident } from './temporal/watch';

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
