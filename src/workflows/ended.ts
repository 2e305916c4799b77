/** What a run tells when it has ended: to the watch, and for the nights to come. */
import { workflowInfo } from '@temporalio/workflow';
import type { RunResult } from '../domain/run';
import { stops } from '../domain/verdict';
import { normalised } from '../domain/watch/cause';
import type { RunRecord } from '../domain/watch/record';
import type { Account } from './run';

/** What is kept of it. A run that ends has no step that goes on. */
export function recordOf({ brief, timings }: Account, result: RunResult): RunRecord {
  const now = Date.now();
  const { failure, checks } = result;
  const deadline = brief?.deadline;
  return {
    pipeline: result.pipeline,
    workflowId: result.workflowId,
    runId: result.runId,
    asOf: result.window?.asOf ?? null,
    outcome: result.outcome,
    startedAt: workflowInfo().startTime.toISOString(),
    endedAt: new Date(now).toISOString(),
    edition: result.edition,
    planned: (brief?.sources ?? []).map(({ name, records }) => ({ name, records })),
    steps: timings.all().map((step) => ({ ...step, seconds: step.seconds ?? (now - Date.parse(step.at)) / 1000 })),
    failure: failure === undefined ? null : { ...failure, message: normalised(failure.message) },
    failedChecks: checks.filter(stops).map(({ subject, name }) => `${subject}: ${name}`),
    deadline:
      deadline === undefined
        ? null
        : { at: deadline.at, slackSeconds: Math.round((Date.parse(deadline.at) - now) / 1000) },
  };
}
