/** What CLI and users' own code call: start runs, follow them, read what they published. */
import { randomUUID } from 'node:crypto';
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
import { type Config, loadConfig } from './config';
import { SEARCH_ATTRIBUTES } from './domain/search-attributes';
import { DaybreakError } from './domain/failure';
import {
  DEFAULT_PIPELINE,
  type LaneBeat,
  type Progress,
  type QueryBeat,
  type RunRequest,
  type RunResult,
} from './domain/run';
import { type Published, published } from './published';
import { connectClient } from './temporal/connection';

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
  readonly beat: LaneBeat | QueryBeat | null;
}

export interface ProgressUpdate {
  /** `null` while no worker answers. */
  readonly progress: Progress | null;
  readonly pending: readonly PendingStep[];
  /** Temporal's status: `RUNNING`, `COMPLETED`, … */
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
  readonly closeTime: Date | null;
}

export interface StartOptions {
  readonly workflowId?: string;
  /** A cron expression: the run repeats, each for its own day. */
  readonly cron?: string;
}

export interface Daybreak extends Published {
  start(request: RunRequest, options?: StartOptions): Promise<Required<RunRef>>;
  /** Waits for the end. A failed or cancelled run is a result too; what throws is not being able to know it. */
  result(run: RunRef): Promise<RunResult>;
  /** Updates until the run has ended. */
  progress(run: RunRef, options?: { readonly everyMs?: number }): AsyncIterable<ProgressUpdate>;
  look(run: RunRef): Promise<ProgressUpdate & { readonly summary: RunSummary }>;
  /** Temporal's own cancellation; resolves when it is asked for. */
  cancel(run: RunRef): Promise<void>;
  /** Newest first. */
  runs(limit?: number): Promise<RunSummary[]>;
  close(): Promise<void>;
}

const WORKFLOW_TYPES = ['customerAnalytics', 'runPipeline'];
const POLL_MS = 500;

/** Connects with the given or the environment's configuration. Throws `UnreachableError`. */
export async function connectDaybreak(config: Config = loadConfig()): Promise<Daybreak> {
  return daybreak(await connectClient(config), config);
}

/** A client over an existing connection; `close` closes it. */
export function daybreak(client: Client, config: Pick<Config, 'home' | 'taskQueue'>): Daybreak {
  const handleOf = ({ workflowId, runId }: RunRef) => client.workflow.getHandle(workflowId, runId);

  async function look(run: RunRef): Promise<ProgressUpdate & { summary: RunSummary }> {
    const handle = handleOf(run);
    const description = await handle.describe().catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) throw unknownRun(run.workflowId, error);
      throw error;
    });
    const progress = await queryProgress(handle);
    return {
      progress,
      pending: pendingSteps(description),
      status: description.status.name,
      summary: summaryOf(description),
    };
  }

  return {
    ...published(config),
    async start(request, { workflowId, cron } = {}) {
      const pipeline = request.pipeline ?? DEFAULT_PIPELINE;
      const shown = pipeline.split('/').findLast((piece) => piece !== '') ?? pipeline;
      const window =
        request.from === undefined && request.to === undefined
          ? 'the last midnight back'
          : `${request.from ?? '…'} to ${request.to ?? '…'}`;
      const id = workflowId ?? `${shown}-${randomUUID().slice(0, 8)}`;
      const handle = await client.workflow.start(pipeline === DEFAULT_PIPELINE ? 'customerAnalytics' : 'runPipeline', {
        args: [request],
        taskQueue: config.taskQueue,
        workflowId: id,
        staticSummary: `${shown}, ${window}${request.full === true ? ', everything anew' : ''}`,
        staticDetails: `\`daybreak status ${id}\` shows the same as this page. Request:\n\n\`\`\`json\n${JSON.stringify(request, null, 2)}\n\`\`\``,
        ...(cron === undefined ? {} : { cronSchedule: cron }),
      });
      return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    },
    result: async (run) => await resultOf(handleOf(run)),
    look,
    async *progress(run, { everyMs = POLL_MS } = {}) {
      for (;;) {
        const update = await look(run);
        yield update;
        if (update.status !== 'RUNNING') return;
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    cancel: async (run) => {
      await handleOf(run)
        .cancel()
        .catch((error: unknown) => {
          if (error instanceof WorkflowNotFoundError) throw unknownRun(run.workflowId, error);
          throw error;
        });
    },
    async runs(limit = 20) {
      const found: RunSummary[] = [];
      const types = WORKFLOW_TYPES.map((type) => `'${type}'`).join(', ');
      for await (const execution of client.workflow.list({ query: `WorkflowType IN (${types})`, pageSize: limit })) {
        found.push(summaryOf(execution));
        if (found.length >= limit) break;
      }
      return found;
    },
    close: async () => await client.connection.close(),
  };
}

const unknownRun = (workflowId: string, cause: unknown) =>
  new DaybreakError(
    'BadRequest',
    { what: `Temporal knows no run ${workflowId}`, next: 'choose one that `daybreak status` lists' },
    { cause },
  );

const keyword = (execution: Pick<WorkflowExecutionDescription, 'typedSearchAttributes'>, name: string): string | null =>
  execution.typedSearchAttributes.get(defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)) ?? null;

const summaryOf = (
  execution: Pick<
    WorkflowExecutionDescription,
    'workflowId' | 'runId' | 'type' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
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
  closeTime: execution.closeTime ?? null,
});

/** Queries need a worker; without one the rest of the picture must do. */
async function queryProgress(handle: WorkflowHandle<Workflow>): Promise<Progress | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, 2_000, null).unref());
  return await Promise.race([handle.query<Progress>('progress').catch(() => null), late]);
}

function pendingSteps(description: WorkflowExecutionDescription): PendingStep[] {
  const states = ['UNSPECIFIED', 'SCHEDULED', 'STARTED', 'CANCEL_REQUESTED', 'PAUSED', 'PAUSE_REQUESTED'];
  return (description.raw.pendingActivities ?? []).map((activity) => {
    const payload = activity.heartbeatDetails?.payloads?.[0];
    return {
      step: activity.activityType?.name ?? '',
      attempt: activity.attempt ?? 1,
      state: states[activity.state ?? 0] ?? 'UNSPECIFIED',
      lastFailure: activity.lastFailure?.message ?? null,
      beat:
        payload === undefined || payload === null
          ? null
          : defaultPayloadConverter.fromPayload<LaneBeat | QueryBeat>(payload),
    };
  });
}

async function resultOf(handle: WorkflowHandle<Workflow>): Promise<RunResult> {
  try {
    return (await handle.result()) as RunResult;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const told = cause instanceof ApplicationFailure ? (cause.details?.[0] as RunResult | undefined) : undefined;
    if (told?.outcome !== undefined) return told;
    const description = await handle.describe();
    const progress = await queryProgress(handle);
    const cancelled = cause instanceof CancelledFailure;
    const seconds = ((description.closeTime?.getTime() ?? Date.now()) - description.startTime.getTime()) / 1000;
    return {
      workflowId: description.workflowId,
      runId: description.runId,
      pipeline: progress?.pipeline ?? '',
      outcome: cancelled ? 'cancelled' : 'failed',
      edition: null,
      previousEdition: null,
      live: null,
      window: progress?.window ?? null,
      sources: [],
      models: [],
      checks: progress?.checks ?? [],
      tables: [],
      resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
      seconds,
      ...(cancelled ? {} : { failure: { step: 'run', kind: 'Ended', message: cause?.message ?? error.message } }),
    };
  }
}
