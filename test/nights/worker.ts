/**
 * A worker whose steps do what the night's script says, as a process that can be killed. The workflows are the real ones.
 * Environment: NIGHT_ADDRESS, NIGHT_QUEUE for runs (none: it only does steps), NIGHT_STEPS for steps.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';
import { classified } from '../../src/activities/failures';
import { DaybreakError } from '../../src/domain/failure';
import type { RunBrief } from '../../src/domain/plan';
import type { CheckResult, RunResult } from '../../src/domain/run';
import { endedOf } from '../../src/domain/watch/ended';
import { workerIdentity } from '../../src/temporal/pollers';
import { tellWatch } from '../../src/temporal/watch';
import { actOf, expectedOf, modelsOf, msOf, type NightScript, sourcesOf } from './script';

const BEAT_MS = 250;
/** Of a source, so that a dead worker is noticed soon; models have their ten seconds. */
const HEARTBEAT_MS = 1_500;
const HOUR_MS = 3_600_000;
const sleep = (ms: number) => new Promise((resolve_) => setTimeout(resolve_, ms));
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as NightScript;

/** Does what the script says of the step, and tells how far it is while it does. */
async function act(plan: string, step: string): Promise<void> {
  const { info, heartbeat, cancelled } = Context.current();
  const { fail, hang, ...rest } = actOf(read(plan).acts, step);
  const ms = msOf(rest);
  const started = Date.now();
  const isIn = ({ times = Number.POSITIVE_INFINITY }: { readonly times?: number }) => info.attempt <= times;
  const hangs = hang !== undefined && isIn(hang);
  const until = hangs ? Number.POSITIVE_INFINITY : started + ms;
  while (Date.now() < until) {
    await Promise.race([sleep(Math.min(BEAT_MS, until - Date.now())), cancelled]);
    if (!hangs) heartbeat({ step, fraction: (Date.now() - started) / ms, seconds: 1 });
    else if (hang.heart === 'beating') heartbeat({ step, fraction: 0.5, seconds: (Date.now() - started) / 1000 });
  }
  if (fail !== undefined && isIn(fail)) throw new DaybreakError(fail.kind, { what: fail.message });
}

/** What the checks of a gate found. */
async function gate(plan: string, step: string): Promise<{ passed: boolean; results: CheckResult[] }> {
  await act(plan, step);
  const blocks = actOf(read(plan).acts, step).blocks === true;
  const found = { name: 'rows', subject: 'sales', severity: 'error', expected: 'at least 1 row' } as const;
  const result = { ...found, outcome: blocks ? 'fail' : 'pass', observed: blocks ? '0 rows' : '7 rows' } as const;
  return { passed: !blocks, results: [result] };
}

/** Which run the step is of. */
const runOf = () => {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution === undefined) throw new Error('no run asked for this');
  return workflowExecution;
};

const publication = (outcome: 'published' | 'kept') => {
  const edition = `edition-${runOf().runId.slice(0, 8)}`;
  return {
    outcome,
    edition,
    previous: 'edition-before',
    live: outcome === 'kept' ? 'edition-before' : edition,
    tables: [],
  };
};

const acts = {
  default: classified(async (plan: string) => {
    const { activityType: step } = Context.current().info;
    await act(plan, step);
    if (step.startsWith('transform_'))
      return { name: step.slice('transform_'.length), rows: 7, seconds: 1, reused: false };
    return { rows: 7, quarantined: 0, parts: 1, resumedParts: 0, resumedRows: 0, seconds: 1 };
  }),
  validate_sources: classified(async (plan: string) => ({
    ...(await gate(plan, 'validate_sources')),
    resumed: { lost: 0, duplicated: 0 },
  })),
  validate_data_quality: classified(async (plan: string) => await gate(plan, 'validate_data_quality')),
  publishEdition: classified(async (plan: string) => {
    await act(plan, 'publishEdition');
    return publication('published');
  }),
  keepCandidate: classified(async () => publication('kept')),
  update_dashboard: classified(async (plan: string) => {
    await act(plan, 'update_dashboard');
    return { uri: 'report.html' };
  }),
  sweepStore: classified(async () => undefined),
};

/** Plans and ends: what the real ones tell the watch, these tell it too. */
const ends = (client: Client) => ({
  planRun: classified(async ({ script: path }: { script: string }): Promise<RunBrief> => {
    const { pipeline, asOf, settings, queue, acts: given } = read(path);
    const expected = expectedOf(given);
    await tellWatch(client, settings, { kind: 'planned', settings, run: { ...runOf(), asOf, expected } });
    const models = modelsOf(given);
    return {
      ...{ pipeline, plan: path, window: { from: asOf, to: asOf, asOf }, taskQueue: queue, expected },
      sources: sourcesOf(given).map((name) => ({
        ...{ name, lanes: 1, parts: 1, records: 7, bytes: 7, cut: null },
        ...{ timeout: HOUR_MS, heartbeat: HEARTBEAT_MS },
      })),
      models: models.map((name, index) => ({ name, after: models.slice(0, index), timeout: HOUR_MS })),
      ...{ published: models, live: 'edition-before', searchAttributes: false },
    };
  }),
  notify: classified(async ({ plan, result }: { plan: string; result: RunResult }) => {
    if (plan === '') return;
    await tellWatch(client, read(plan).settings, { kind: 'ended', run: endedOf(result), told: [] });
  }),
});

async function main(): Promise<void> {
  const { NIGHT_ADDRESS: address = '', NIGHT_QUEUE: queue, NIGHT_STEPS: steps = '' } = process.env;
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const common = {
    ...{ connection, identity: workerIdentity('night'), shutdownGraceTime: '1s' as const },
    maxHeartbeatThrottleInterval: BEAT_MS,
    defaultHeartbeatThrottleInterval: BEAT_MS,
    stickyQueueScheduleToStartTimeout: '1s' as const,
  };
  const codePath = resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js');
  const workers = [
    await Worker.create({ ...common, taskQueue: steps, activities: { ...acts, notify: ends(client).notify } }),
    ...(queue === undefined
      ? []
      : [
          await Worker.create({
            ...common,
            taskQueue: queue,
            activities: ends(client),
            workflowBundle: { codePath },
          }),
        ]),
  ];
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', () => process.exit(1));
  const running = Promise.all(workers.map(async (worker) => await worker.run()));
  process.send?.('ready');
  await running;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
