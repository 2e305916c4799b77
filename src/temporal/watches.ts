/** Whether the watches are there that should be. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { watchId } from '../domain/watch/settings';
import { listSchedules, type ScheduleListed } from './schedules';

export interface Watches {
  /** All that start runs on the queue. */
  readonly schedules: readonly ScheduleListed[];
  /** Pipelines that should be watched, with whether they are. */
  readonly watches: readonly { readonly pipeline: string; readonly isRunning: boolean }[];
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** `declared` are pipelines that are known to be watched; those that we made a Schedule of are watched too. */
export async function lookAtWatches(client: Client, taskQueue: string, declared: readonly string[]): Promise<Watches> {
  const schedules = await listSchedules(client, taskQueue);
  const scheduled = schedules.flatMap(({ pipeline }) => (pipeline === null ? [] : [pipeline]));
  const pipelines = [...new Set([...declared, ...scheduled])].toSorted();
  const watches = pipelines.map(async (pipeline) => ({
    pipeline,
    isRunning: await isRunning(client, watchId(taskQueue, pipeline)),
  }));
  return { schedules, watches: await Promise.all(watches) };
}

/** How a watch that is not there comes back. */
export const startWatch = (pipeline: string): string =>
  `\`daybreak schedule apply\` in the folder of ${pipeline} starts it; so does the next run`;
