/** Whether the watches are there that should be. */
import type { Client } from '@temporalio/client';
import { watchId } from '../domain/watch/settings';
import { describeRun } from './runs';
import { listSchedules, type ScheduleListed } from './schedules';

export interface Watches {
  /** All that start runs on the queue. */
  readonly schedules: readonly ScheduleListed[];
  /** Pipelines that are watched or should be, with whether they are. */
  readonly watches: readonly { readonly pipeline: string; readonly isRunning: boolean }[];
}

/** Pipelines whose watches are there, whether anybody works on them or not. */
async function watched(client: Client, taskQueue: string): Promise<string[]> {
  const begin = watchId(taskQueue, '');
  const query = `WorkflowType = 'watch' AND WorkflowId STARTS_WITH '${begin}' AND ExecutionStatus = 'Running'`;
  const found: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId.slice(begin.length));
  return found;
}

/** `declared` are pipelines that are known to be watched; those that we made a Schedule of are watched too. */
export async function lookAtWatches(client: Client, taskQueue: string, declared: readonly string[]): Promise<Watches> {
  const schedules = await listSchedules(client, taskQueue);
  const scheduled = schedules.flatMap(({ pipeline }) => (pipeline === null ? [] : [pipeline]));
  const pipelines = [...new Set([...declared, ...scheduled, ...(await watched(client, taskQueue))])].toSorted();
  const watches = pipelines.map(async (pipeline) => ({
    pipeline,
    isRunning: (await describeRun(client, watchId(taskQueue, pipeline)))?.running === true,
  }));
  return { schedules, watches: await Promise.all(watches) };
}

/** How a watch that is not there comes back. */
export const startWatch = (pipeline: string): string =>
  `\`daybreak schedule apply\` in the folder of ${pipeline} starts it; so does the next run`;
