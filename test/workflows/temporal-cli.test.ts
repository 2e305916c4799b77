/** Runs that Temporal's own means start: its command line, a cron expression and a schedule. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Progress, RunResult } from '../../src/domain/run';
import { localDay } from '../../src/domain/window';
import { describeRun } from '../../src/temporal/runs';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site, withSite } from '../support/site';
import { tinyPipeline } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const ZONE = 'Pacific/Auckland';
let server: TestServer;
/** With a worker, for pipelines of different names. */
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await openSite(server);
  await site.worker();
});
afterAll(async () => {
  await site.close();
  await server.stop();
  await removeTemporaryFolders();
});

const cli = async (...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(server.binary, [...args, '--address', server.address]);
  return stdout;
};

/** The days that can be today while a test runs, which may cross midnight. */
const todayIn = (since: Date) => [localDay(since, ZONE), localDay(new Date(), ZONE)];

/** What the completed runs show that have an id which begins so, oldest first. */
async function completed(prefix: string): Promise<Progress[]> {
  const query = `WorkflowId STARTS_WITH '${prefix}' AND ExecutionStatus IN ('Completed', 'ContinuedAsNew')`;
  const found: { start: Date; progress: Progress }[] = [];
  for await (const { workflowId, runId, startTime } of server.client.workflow.list({ query })) {
    const progress = await server.client.workflow.getHandle(workflowId, runId).query<Progress>('progress');
    found.push({ start: startTime, progress });
  }
  return found.sort((a, b) => a.start.getTime() - b.start.getTime()).map(({ progress }) => progress);
}

const startArguments = (site: Site, pipeline: string) => [
  ...['--type', 'customerAnalytics', '--task-queue', site.taskQueue],
  ...['--input', JSON.stringify({ pipeline })],
];

test('the temporal command line starts a run, asks it for its progress and gets its result', async () => {
  const pipeline = tinyPipeline('by-hand');
  const since = new Date();
  await cli('workflow', 'start', '--workflow-id', 'by-hand', ...startArguments(site, pipeline));
  const told = JSON.parse(await cli('workflow', 'result', '--workflow-id', 'by-hand', '--output', 'json')) as {
    result: RunResult;
  };
  expect(told.result).toMatchObject({ outcome: 'published', pipeline: 'by-hand' });
  expect(todayIn(since)).toContain(told.result.window?.asOf);
  const answer = await cli('workflow', 'query', '--workflow-id', 'by-hand', '--type', 'progress', '--output', 'json');
  const { queryResult } = JSON.parse(answer) as { queryResult: Progress[] };
  const [progress] = queryResult;
  expect(progress).toMatchObject({ stage: 'done', outcome: 'published', edition: told.result.edition });
  expect(progress?.models).toMatchObject([{ name: 'total', state: 'done', rows: 1 }]);
});

test('a run of a cron expression fires again and again, as of the last local midnight', async () => {
  const pipeline = tinyPipeline('by-cron');
  const since = new Date();
  await cli('workflow', 'start', '--workflow-id', 'by-cron', '--cron', '@every 2s', ...startArguments(site, pipeline));
  let results: Progress[] = [];
  await eventually(
    'two runs have ended',
    async () => {
      results = await completed('by-cron');
      return results.length >= 2;
    },
    90_000,
  );
  await cli('workflow', 'terminate', '--workflow-id', 'by-cron');
  expect(results.slice(0, 2).map(({ outcome }) => outcome)).toEqual(['published', 'unchanged']);
  for (const { window } of results) expect(todayIn(since)).toContain(window?.asOf);
});

test('a run of a cron expression is as of when it was due, not of when it was asked for or is looked at', async () => {
  const pipeline = tinyPipeline('due');
  await withSite(server, async (site) => {
    // Nobody works on it: it is due at the turn of the year.
    const due = ['--cron', '0 0 1 1 *'];
    await cli('workflow', 'start', '--workflow-id', 'due', ...due, ...startArguments(site, pipeline));
    const handle = server.client.workflow.getHandle('due');
    const { runId, startTime } = await handle.describe();
    const described = await describeRun(server.client, 'due', runId);
    await handle.terminate();
    const year = startTime.getUTCFullYear() + 1;
    expect(described?.running).toBe(true);
    // To the second; the server adds the fraction of the one in which it was asked for.
    expect(described?.logicalTime.toISOString()).toMatch(new RegExp(`^${year}-01-01T00:00:00`));
    expect(await describeRun(server.client, 'due', runId)).toEqual({ ...described, running: false });
  });
});

test('a schedule starts runs for the last local midnight: of now when triggered, of then when filled in later', async () => {
  const pipeline = tinyPipeline('by-schedule');
  const since = new Date();
  const id = ['--schedule-id', 'daily'];
  const action = ['--workflow-id', 'by-schedule', ...startArguments(site, pipeline)];
  await cli('schedule', 'create', ...id, '--cron', '0 5 * * *', '--time-zone', ZONE, ...action);
  await cli('schedule', 'trigger', ...id);
  const ended = async (count: number): Promise<Progress[]> => {
    let results: Progress[] = [];
    const enough = async () => {
      results = await completed('by-schedule');
      return results.length >= count;
    };
    await eventually(`${count} runs have ended`, enough, 90_000);
    return results;
  };
  const triggered = await ended(1);
  expect(triggered).toMatchObject([{ outcome: 'published' }]);
  expect(todayIn(since)).toContain(triggered[0]?.window?.asOf);
  // Five in the morning of the tenth, there.
  const then = ['--start-time', '2026-03-09T15:30:00Z', '--end-time', '2026-03-09T16:30:00Z'];
  await cli('schedule', 'backfill', ...id, ...then, '--overlap-policy', 'AllowAll');
  const [, filledIn] = await ended(2);
  await cli('schedule', 'delete', ...id);
  expect(filledIn).toMatchObject({
    outcome: 'kept',
    window: { from: '2026-03-07', to: '2026-03-10', asOf: '2026-03-10' },
  });
});
