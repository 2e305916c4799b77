/** The product's side: a worker of the built program against a dev server, and a run with all that it used. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type Daybreak, daybreak } from '../src/client';
import type { DevServer } from '../src/dev/dev-server';
import { startWorkerProcess, type WorkerHandle } from '../src/dev/worker-process';
import type { RunRequest, RunResult } from '../src/domain/run';
import { childrenOf, peakMb, resetPeak, type Sample, watch } from './processes';

/** When an activity was at it, in milliseconds. */
export interface Step {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface ProductRun {
  readonly result: RunResult;
  /** The plan as JSON. */
  readonly planFile: string;
  readonly wall: number;
  /** CPU seconds. */
  readonly worker: number;
  readonly engine: number;
  readonly server: number;
  /** Megabytes at the highest, each on its own and both at the same time. */
  readonly workerPeak: number;
  readonly enginePeak: number;
  readonly samples: readonly Sample[];
  readonly from: number;
  readonly steps: readonly Step[];
  readonly events: number;
}

export interface Product {
  readonly home: string;
  /** Runs a pipeline; with the given parameters everything is anew. */
  run(request: RunRequest): Promise<ProductRun>;
  stop(): Promise<void>;
}

let serial = 0;

/** A worker with an empty store of its own. */
export async function startProduct(entry: string, server: DevServer, folder: string): Promise<Product> {
  serial += 1;
  const home = join(folder, `home-${serial}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const taskQueue = `bench-${process.pid}-${serial}`;
  const worker: WorkerHandle = await startWorkerProcess({
    entry,
    env: {
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      DAYBREAK_HOME: home,
      DAYBREAK_TASK_QUEUE: taskQueue,
      DAYBREAK_LOG_LEVEL: 'warn',
    },
    logFile: join(home, 'worker.log'),
    onExit: () => undefined,
  });
  await worker.ready;
  const connection = await Connection.connect({ address: server.address });
  const temporal = new Client({ connection, namespace: server.namespace });
  const client = daybreak(temporal, { home, taskQueue });
  return {
    home,
    run: async (request) => await run(temporal, client, worker.pid, server.pid, home, request),
    async stop() {
      await client.close();
      await worker.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function run(
  temporal: Client,
  client: Daybreak,
  worker: number,
  server: number,
  home: string,
  request: RunRequest,
): Promise<ProductRun> {
  // Before the first run the worker has no engine yet.
  const engines = childrenOf(worker);
  const pids = [worker, ...engines];
  for (const pid of pids) resetPeak(pid);
  const end = watch([worker, server, ...engines], pids);
  const from = Date.now();
  const started = await client.start(request);
  const result = await client.result(started);
  const wall = (Date.now() - from) / 1000;
  const samples = end();
  if (result.outcome !== 'published')
    throw new Error(`the run ended as ${result.outcome}: ${JSON.stringify(result.failure ?? result.checks, null, 2)}`);
  const [first, second] = [engines[0], childrenOf(worker)[0]];
  if (first !== undefined && first !== second) throw new Error('the engine was restarted during the run');
  const used = samples.at(-1)?.cpu ?? [];
  const { steps, events } = await stepsOf(temporal, started);
  return {
    result,
    planFile: join(home, 'store', 'documents', 'plans', result.pipeline, `${result.runId}.json`),
    wall,
    worker: used[0] ?? 0,
    server: used[1] ?? 0,
    engine: used[2] ?? 0,
    workerPeak: peakMb(worker),
    enginePeak: second === undefined ? 0 : peakMb(second),
    samples,
    from,
    steps,
    events,
  };
}

/** When each activity began and ended, out of the run's history. */
async function stepsOf(temporal: Client, run: { workflowId: string; runId: string }) {
  const { events } = await temporal.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
  const milliseconds = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
    Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
  const names = new Map<string, string>();
  const begun = new Map<string, number>();
  const steps: Step[] = [];
  for (const event of events ?? []) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
    if (scheduled) names.set(String(event.eventId), scheduled.activityType?.name ?? '');
    if (started) begun.set(String(started.scheduledEventId), milliseconds(event.eventTime));
    const completed = event.activityTaskCompletedEventAttributes;
    if (!completed) continue;
    const id = String(completed.scheduledEventId);
    steps.push({ name: names.get(id) ?? '', from: begun.get(id) ?? 0, to: milliseconds(event.eventTime) });
  }
  return { steps, events: events?.length ?? 0 };
}
