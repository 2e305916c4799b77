/** What Temporal tells of a run: where it is, what it waits for, and how it ended. */
import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  defineSearchAttributeKey,
  SearchAttributeType,
  type Workflow,
} from '@temporalio/common';
import { DaybreakError } from '../domain/failure';
import { type Beat, NOTHING_DONE, type Progress, type RunResult } from '../domain/run';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes';
import { RUN_TYPES } from './runs';

export interface RunRef {
  readonly workflowId: string;
  readonly runId?: string;
}

/** A step that is running or waiting to be tried again, as Temporal sees it. */
export interface PendingStep {
  /** Activity type: `extract_orders`. */
  readonly step: string;
  readonly attempt: number;
  /** `STARTED`, `SCHEDULED`: waiting for a worker or for its next attempt. */
  readonly state: string;
  readonly lastFailure: string | null;
  readonly beat: Beat | null;
  /** When it was asked for first, and when its next attempt is due, as long as that is waited for. */
  readonly since: Date | null;
  readonly nextAttempt: Date | null;
}

export interface ProgressUpdate {
  /** `null` while no worker answers. */
  readonly progress: Progress | null;
  readonly pending: readonly PendingStep[];
  /** Temporal's status: `RUNNING`, `COMPLETED`, …; `UNREACHABLE` while the server does not answer. */
  readonly status: string;
}

export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  /** Out of the search attributes, where the server knows them. */
  readonly pipeline: string | null;
  readonly stage: string | null;
  readonly outcome: string | null;
  readonly startTime: Date;
  /** When it is due: later than now for a run of a cron expression that waits for its time. */
  readonly dueTime: Date;
  readonly closeTime: Date | null;
}

/** Queries need a worker; one that does not answer within this is done without. */
const ANSWER_MS = 2_000;
const DESCRIBE_MS = 10_000;

/** A run that the server does not know. */
export const unknownRun = (workflowId: string, cause: unknown) =>
  new DaybreakError(
    'BadRequest',
    { what: `Temporal knows no run ${workflowId}`, next: 'choose one that `daybreak status` lists' },
    { cause },
  );
/** A workflow of ours that is none, or of somebody else. */
const noRun = (workflowId: string, type: string) =>
  new DaybreakError('BadRequest', {
    what: `${workflowId} is no run: it is a workflow of type ${type}`,
    next:
      type === 'incident'
        ? '`daybreak incidents` shows incidents'
        : 'choose one that `daybreak status` lists; the Web UI shows others',
  });
const keyword = (execution: Pick<WorkflowExecutionDescription, 'typedSearchAttributes'>, name: string): string | null =>
  execution.typedSearchAttributes.get(defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)) ?? null;

export const summaryOf = (
  execution: Pick<
    WorkflowExecutionDescription,
    'workflowId' | 'runId' | 'type' | 'status' | 'startTime' | 'executionTime' | 'closeTime' | 'typedSearchAttributes'
  >,
): RunSummary => ({
  workflowId: execution.workflowId,
  runId: execution.runId,
  type: execution.type,
  status: execution.status.name,
  pipeline: keyword(execution, SEARCH_ATTRIBUTES.pipeline),
  stage: keyword(execution, SEARCH_ATTRIBUTES.stage),
  outcome: keyword(execution, SEARCH_ATTRIBUTES.outcome),
  startTime: execution.startTime,
  dueTime: execution.executionTime ?? execution.startTime,
  closeTime: execution.closeTime ?? null,
});

/** What a workflow itself answers; `null` while no worker does. */
export async function ask<T>(client: Client, handle: WorkflowHandle<Workflow>, query: string): Promise<T | null> {
  return await client.withDeadline(Date.now() + ANSWER_MS, async () => await handle.query<T>(query)).catch(() => null);
}

/** How a run stands. Fails as `BadRequest` when Temporal does not know it. */
export async function look(client: Client, run: RunRef): Promise<ProgressUpdate & { readonly summary: RunSummary }> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const described = client.withDeadline(Date.now() + DESCRIBE_MS, async () => await handle.describe());
  const description = await described.catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError ? unknownRun(run.workflowId, error) : error;
  });
  if (!RUN_TYPES.includes(description.type)) throw noRun(run.workflowId, description.type);
  return {
    progress: await ask<Progress>(client, handle, 'progress'),
    pending: pendingSteps(description),
    status: description.status.name,
    summary: summaryOf(description),
  };
}

const STATES = ['UNSPECIFIED', 'SCHEDULED', 'STARTED', 'CANCEL_REQUESTED', 'PAUSED', 'PAUSE_REQUESTED'];

/** A pending activity as the server tells it. */
export interface PendingActivity extends Omit<PendingStep, 'lastFailure'> {
  readonly taskQueue: string;
  readonly failure: { readonly kind: string; readonly message: string } | null;
}

export const dateOf = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): Date | null =>
  time === null || time === undefined
    ? null
    : new Date(Number(time.seconds) * 1000 + Math.floor((time.nanos ?? 0) / 1e6));

export function pendingActivities(description: WorkflowExecutionDescription): PendingActivity[] {
  return (description.raw.pendingActivities ?? []).map((activity) => {
    const payload = activity.heartbeatDetails?.payloads?.[0];
    const { lastFailure } = activity;
    const isNone = lastFailure === undefined || lastFailure === null;
    return {
      step: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      state: STATES[activity.state ?? 0] ?? 'UNSPECIFIED',
      since: dateOf(activity.scheduledTime),
      nextAttempt: dateOf(activity.nextAttemptScheduleTime),
      beat: payload === undefined || payload === null ? null : defaultPayloadConverter.fromPayload<Beat>(payload),
      taskQueue: activity.activityOptions?.taskQueue?.name ?? description.taskQueue,
      failure: isNone
        ? null
        : { kind: lastFailure.applicationFailureInfo?.type ?? 'TimedOut', message: lastFailure.message ?? '' },
    };
  });
}

const pendingSteps = (description: WorkflowExecutionDescription): PendingStep[] =>
  pendingActivities(description).map(({ taskQueue: _, failure, ...step }) => ({
    ...step,
    lastFailure: failure?.message ?? null,
  }));

/** The input of a run as it was given; nobody has looked at it. Fails as `BadRequest` when Temporal does not know the run. */
export async function inputOf(client: Client, { workflowId, runId }: RunRef): Promise<unknown> {
  const { namespace } = client.options;
  const asked = { namespace, execution: { workflowId, runId }, maximumPageSize: 1 };
  const { history } = await client.workflowService.getWorkflowExecutionHistory(asked);
  const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return input === undefined ? undefined : defaultPayloadConverter.fromPayload(input);
}

/** Waits for the end of a run. A failed or cancelled one is a result too. */
export async function resultOf(client: Client, run: RunRef): Promise<RunResult> {
  // A run of --cron is followed by the next one, which is not asked for.
  const followRuns = run.runId === undefined;
  const handle = client.workflow.getHandle(run.workflowId, run.runId, { followRuns });
  try {
    return (await handle.result()) as RunResult;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknownRun(run.workflowId, error);
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const told = cause instanceof ApplicationFailure ? (cause.details?.[0] as RunResult | undefined) : undefined;
    if (told?.outcome !== undefined) return told;
    const cancelled = cause instanceof CancelledFailure;
    const known = cancelled ? await ask<Omit<RunResult, 'outcome'>>(client, handle, 'account') : null;
    return known === null
      ? await endedOtherwise(handle, cancelled, cause?.message ?? error.message)
      : { ...known, outcome: 'cancelled' };
  }
}

/** Of a run that could not tell its result: it was terminated, ran out of time, or no worker is there to ask. */
async function endedOtherwise(
  handle: WorkflowHandle<Workflow>,
  cancelled: boolean,
  message: string,
): Promise<RunResult> {
  const { workflowId, runId, closeTime, startTime, ...described } = summaryOf(await handle.describe());
  return {
    workflowId,
    runId,
    pipeline: described.pipeline ?? '',
    outcome: cancelled ? 'cancelled' : 'failed',
    ...NOTHING_DONE,
    seconds: ((closeTime?.getTime() ?? Date.now()) - startTime.getTime()) / 1000,
    ...(cancelled ? {} : { failure: { step: 'run', kind: 'Ended', message } }),
  };
}
