/** Speaking to the watch of a pipeline. */
import type { Client } from '@temporalio/client';
import { type WatchNews, type WatchSettings, watchId, watchQueue } from '../domain/watch/settings';

/** Tells the watch, and starts it where there is none. Nobody need be there to work on it. */
export async function tellWatch(client: Client, settings: WatchSettings, news: WatchNews): Promise<void> {
  await client.workflow.signalWithStart('watch', {
    workflowId: watchId(settings.taskQueue, settings.pipeline),
    taskQueue: watchQueue(settings.taskQueue),
    args: [{ settings }],
    signal: 'news',
    signalArgs: [news],
  });
}
