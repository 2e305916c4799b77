/** What Temporal knows of runs. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunDescription } from '../activities/services';

/** Types of workflows that are runs of pipelines. */
export const RUN_TYPES = ['customerAnalytics', 'runPipeline'];
/** For lists of them. */
export const ARE_RUNS = `WorkflowType IN (${RUN_TYPES.map((type) => `'${type}'`).join(', ')})`;

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** Describes a run, without a run id the newest one; `undefined` when the server does not know it (any more). */
export async function describeRun(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<RunDescription | undefined> {
  try {
    const description = await client.workflow.getHandle(workflowId, runId).describe();
    // A run of --cron has no scheduled time, and its start is the end of the run before: executionTime is when it was due.
    const logicalTime =
      description.typedSearchAttributes.get(scheduledStart) ?? description.executionTime ?? description.startTime;
    return { running: description.status.name === 'RUNNING', logicalTime };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** How many runs of a task queue have not ended. */
export async function openRuns(client: Client, taskQueue: string): Promise<number> {
  const query = `${ARE_RUNS} AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  return (await client.workflow.count(query)).count;
}
