/** What CLI and users' own code call: start runs, follow them, read what they published. */
import { randomUUID } from 'node:crypto';
import {
  type Client,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { type Incidents, incidents } from './client/incidents';
import { type Schedules, schedules } from './client/schedules';
import { type Config, loadConfig } from './config';
import { DaybreakError } from './domain/failure';
import { DEFAULT_PIPELINE, type RunRequest, type RunResult } from './domain/run';
import { WATCH_EVERY_MS } from './domain/watch/settings';
import { type Published, published } from './published';
import { isAway } from './temporal/away';
import { connectClient } from './temporal/connection';
import {
  inputOf,
  look,
  type ProgressUpdate,
  resultOf,
  type RunRef,
  type RunSummary,
  summaryOf,
  unknownRun,
} from './temporal/look';
import { ARE_RUNS } from './temporal/runs';

export type { IncidentAnswer, IncidentAnswered, IncidentFound, IncidentListed, Incidents } from './client/incidents';
export type { ScheduleApplied, Schedules } from './client/schedules';
export type { PendingStep, ProgressUpdate, RunRef, RunSummary } from './temporal/look';

export interface StartOptions {
  readonly workflowId?: string;
  /** A cron expression: the run repeats, each for its own day. */
  readonly cron?: string;
}

export interface Daybreak extends Published {
  /** What the night watch found wrong, and answers to it. */
  readonly incidents: Incidents;
  /** Temporal Schedules from the declarations of pipelines. */
  readonly schedules: Schedules;
  start(request: RunRequest, options?: StartOptions): Promise<Required<RunRef>>;
  /** Waits for the end. A failed or cancelled run is a result too; what throws is not being able to know it. */
  result(run: RunRef): Promise<RunResult>;
  /** Updates until the run has ended. */
  progress(run: RunRef, options?: { readonly everyMs?: number }): AsyncIterable<ProgressUpdate>;
  look(run: RunRef): Promise<ProgressUpdate & { readonly summary: RunSummary }>;
  /** What it was asked for, as it was given; nobody has looked at it. */
  input(run: RunRef): Promise<unknown>;
  /** Temporal's own cancellation; resolves when it is asked for. */
  cancel(run: RunRef): Promise<void>;
  /** Newest first. */
  runs(limit?: number): Promise<RunSummary[]>;
  close(): Promise<void>;
}

const POLL_MS = 500;
/** A server that is away for longer is given up. */
const AWAY_LIMIT_MS = 300_000;

/** Connects with the given or the environment's configuration. Throws `UnreachableError`. */
export async function connectDaybreak(config: Config = loadConfig()): Promise<Daybreak> {
  return daybreak(await connectClient(config), config);
}

/** `environment` serves `${env:…}` of declarations that are read here. */
type Connected = Pick<Config, 'home' | 'taskQueue'> & Partial<Pick<Config, 'environment' | 'watchEveryMs'>>;

/** A client over an existing connection; `close` closes it. */
export function daybreak(client: Client, config: Connected): Daybreak {
  return {
    ...published(config),
    incidents: incidents(client, config),
    schedules: schedules(client, { environment: {}, watchEveryMs: WATCH_EVERY_MS, ...config }),
    async start(request, { workflowId, cron } = {}) {
      const pipeline = request.pipeline ?? DEFAULT_PIPELINE;
      const shown = pipeline.split('/').findLast((piece) => piece !== '') ?? pipeline;
      const window =
        request.from === undefined && request.to === undefined
          ? 'the last midnight back'
          : `${request.from ?? '…'} to ${request.to ?? '…'}`;
      const id = workflowId ?? `${shown}-${randomUUID().slice(0, 8)}`;
      const type = pipeline === DEFAULT_PIPELINE ? 'customerAnalytics' : 'runPipeline';
      const options = {
        args: [request],
        taskQueue: config.taskQueue,
        workflowId: id,
        staticSummary: `${shown}, ${window}${request.full === true ? ', everything anew' : ''}`,
        staticDetails: `\`daybreak status ${id}\` shows the same as this page. Request:\n\n\`\`\`json\n${JSON.stringify(request, null, 2)}\n\`\`\``,
        ...(cron === undefined ? {} : { cronSchedule: cron }),
      };
      const handle = await client.workflow.start(type, options).catch((error: unknown) => {
        throw notStarted(error, id, cron);
      });
      return { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    },
    result: async (run) => await resultOf(client, run),
    look: async (run) => await look(client, run),
    input: async (run) => await inputOf(client, run),
    async *progress(run, { everyMs = POLL_MS } = {}) {
      let lastSeen = Date.now();
      for (;;) {
        const update = await look(client, run).catch((error: unknown) => {
          // A server that is started again goes on where it was; so do we.
          if (!isAway(error) || Date.now() - lastSeen > AWAY_LIMIT_MS) throw error;
          return { progress: null, pending: [], status: 'UNREACHABLE' };
        });
        yield update;
        if (update.status !== 'UNREACHABLE') {
          lastSeen = Date.now();
          if (update.status !== 'RUNNING') return;
        }
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    },
    async cancel({ workflowId, runId }) {
      const handle = client.workflow.getHandle(workflowId, runId);
      await handle.cancel().catch((error: unknown) => {
        throw error instanceof WorkflowNotFoundError ? unknownRun(workflowId, error) : error;
      });
    },
    async runs(limit = 20) {
      const found: RunSummary[] = [];
      for await (const execution of client.workflow.list({ query: ARE_RUNS, pageSize: limit })) {
        found.push(summaryOf(execution));
        if (found.length >= limit) break;
      }
      return found;
    },
    close: async () => await client.connection.close(),
  };
}

/** Why Temporal did not take a run, as far as it says so. */
function notStarted(error: unknown, workflowId: string, cron: string | undefined): unknown {
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new DaybreakError(
      'BadRequest',
      {
        where: `workflow id ${workflowId}`,
        what: 'a run with this id is going on',
        expected: 'an id that no open run has',
        next: `follow it with \`daybreak status ${workflowId} --follow\`, or choose another id`,
      },
      { cause: error },
    );
  }
  const said =
    error instanceof ServiceError ? (error.cause as { code?: number; details?: string } | undefined) : undefined;
  const INVALID_ARGUMENT = 3;
  if (said?.code !== INVALID_ARGUMENT) return error;
  return new DaybreakError(
    'BadRequest',
    {
      ...(cron === undefined ? {} : { where: `cron ${JSON.stringify(cron)}` }),
      what: `Temporal does not take the run: ${said.details ?? ''}`,
      ...(cron === undefined
        ? {}
        : { expected: "five fields such as '0 2 * * *', in UTC, or CRON_TZ=Europe/Berlin before them" }),
      next: 'correct it and start again',
    },
    { cause: error },
  );
}
