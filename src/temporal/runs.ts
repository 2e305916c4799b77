/** What Temporal knows of a run. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunDescription } from '../activities/services';

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
