/** What comes of runs that meet each other, that repeat each other, and that nobody can understand. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPayloadConverter } from '@temporalio/client';
import { filesStore } from '../../src/adapters/stores/files';
import type { RunRecord } from '../../src/domain/watch/record';
import { type WatchNews, watchId } from '../../src/domain/watch/settings';
import { makeSample, TABLES } from '../../src/sample';
import { addDays } from '../../src/domain/window';
import { eventually, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { definitionOf, openSession } from '../pipelines/models';
import { mergeDeliveries, readDeliveries } from '../sample/deliveries';
import { fetchHistory } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { SHIPPED } from '../support/shop';
import { openSite, type Site, withSite } from '../support/site';
import { folderOf, tinyPipeline } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

let server: TestServer;
/** With a worker, for tests that do not mind each other. */
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await openSite(server);
  await site.worker();
});
afterAll(async () => {
  await site?.close();
  await server?.stop();
  await removeTemporaryFolders();
});

test('input typed by hand fails once, with every problem in it', async () => {
  const handle = await server.client.workflow.start('customerAnalytics', {
    args: [{ pipelin: 'shop', from: 'yesterday', to: 20_260_301, full: 'yes', parameters: { top: [1] } }],
    taskQueue: site.taskQueue,
    workflowId: 'typed-by-hand',
  });
  const result = await site.client.result({ workflowId: handle.workflowId });
  expect(result).toMatchObject({ outcome: 'failed', failure: { step: 'planRun', kind: 'BadRequest' } });
  for (const place of ['pipelin', 'from', 'to', 'full', 'parameters.top'])
    expect(result.failure?.message).toMatch(new RegExp(`^ .*\\b${place}\\b`, 'm'));
  const { events } = await fetchHistory(server.client, handle);
  const starts = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started ?? []);
  // The plan, and the last verb, which tells that there is none.
  expect(starts.map(({ attempt }) => attempt)).toEqual([1, 1]);
});

test('every problem of a definition is told at once', async () => {
  const pipeline = folderOf({
    'pipeline.yaml': `name: Not A Name
zone: Europe/Atlantis
sources:
  numbers:
    type: cvs
    path: numbers.csv
    columns: {id: BIGINT}
`,
    'models/total.sql': '-- publish: true\nSELECT 1 AS one\n',
  });
  const { outcome, failure } = await site.run({ pipeline });
  expect({ outcome, kind: failure?.kind }).toEqual({ outcome: 'failed', kind: 'BadDefinition' });
  for (const place of [':1:7 name', ':2:7 zone', ':5:11 sources.numbers.type'])
    expect(failure?.message).toContain(`pipeline.yaml${place}`);
});

test('started twice at once, one run does the work and the other is its duplicate', async () => {
  const pipeline = tinyPipeline('twice');
  const numbers = join(pipeline, 'numbers.csv');
  const rows = readFileSync(numbers);
  // The one that does the work is at it, waiting for its file, until the other has ended.
  appendFileSync(join(pipeline, 'pipeline.yaml'), '    wait: 1h\n');
  rmSync(numbers);
  await withSite(server, async (site) => {
    // Both wait for the worker, so that they are planned at the same time.
    const request = { pipeline, to: '2026-03-01' };
    const runs = await Promise.all([site.client.start(request), site.client.start(request)]);
    await site.worker();
    const results = runs.map(async (run) => await site.client.result(run));
    const duplicate = await Promise.race(results);
    expect(duplicate).toMatchObject({ outcome: 'duplicate' });
    writeFileSync(numbers, rows);
    const published = (await Promise.all(results)).find(({ runId }) => runId !== duplicate.runId);
    expect(published).toMatchObject({ outcome: 'published' });
    expect(duplicate.duplicateOf).toEqual({ workflowId: published?.workflowId, runId: published?.runId });
    expect(await site.client.editions(pipeline)).toHaveLength(1);
  });
});

test('a run again is unchanged, an older window is kept aside, and new data are published', async () => {
  const pipeline = tinyPipeline('again');
  const request = { pipeline, to: '2026-03-02' };
  const first = await site.run(request);
  expect(first).toMatchObject({ outcome: 'published', live: first.edition, previousEdition: null });
  const page = await server.client.workflow.getHandle(first.workflowId).describe();
  expect(await page.staticDetails()).toContain(`daybreak status ${first.workflowId}`);

  const again = await site.run(request);
  expect(again).toMatchObject({ outcome: 'unchanged', live: first.edition, models: [], tables: first.tables });

  const full = await site.run({ ...request, full: true });
  expect(full).toMatchObject({ outcome: 'unchanged', live: first.edition, edition: first.edition });
  expect(full.models).toMatchObject([{ name: 'total', reused: false }]);

  const older = await site.run({ pipeline, to: '2026-03-01' });
  expect(older).toMatchObject({ outcome: 'kept', live: first.edition });
  expect(older.edition).not.toBe(first.edition);

  appendFileSync(join(pipeline, 'numbers.csv'), '4,40\n');
  const newer = await site.run(request);
  expect(newer).toMatchObject({ outcome: 'published', previousEdition: first.edition, live: newer.edition });
});

/** The shop of two nights, merged from its deliveries: mornings, and the data folder of each. */
async function twoNights(): Promise<[morning: string, data: string][]> {
  const deliveries = join(temporaryFolder(), 'deliveries');
  await makeSample({ folder: deliveries, seed: 3, lines: 5_000, until: '2026-11-25', days: 2 });
  const definition = definitionOf(SHIPPED);
  const session = await openSession('UTC');
  await readDeliveries(session, definition, deliveries);
  const nights: [string, string][] = [];
  for (const morning of ['2026-11-24', '2026-11-25']) {
    const data = temporaryFolder();
    await mergeDeliveries(session, definition, morning);
    for (const table of TABLES) {
      mkdirSync(join(data, table));
      const file = join(data, table, 'merged.csv');
      await session.run(`COPY ${table} TO '${file}' (TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ')`);
    }
    nights.push([morning, data]);
  }
  session.close();
  return nights;
}

test('two nights of a shop are published in a row, each with what was known by then', async () => {
  const nights = await twoNights();
  let live: string | null = null;
  for (const [to, data] of nights) {
    const night = await site.run({ pipeline: SHIPPED, to, parameters: { data } });
    expect(night.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(night).toMatchObject({ outcome: 'published', previousEdition: live, live: night.edition });
    const newest = 'SELECT max(day)::VARCHAR AS day, arg_max(orders, day) > 0 AS sold FROM daily_revenue';
    expect(await site.client.query(newest, { pipeline: SHIPPED })).toMatchObject({
      edition: night.edition,
      rows: [{ day: addDays(to, -1), sold: true }],
    });
    live = night.edition;
  }
});

/** What the watch of a pipeline was told, in the order of its history. */
async function toldOf(pipeline: string): Promise<WatchNews[]> {
  const { events } = await fetchHistory(server.client, { workflowId: watchId(site.taskQueue, pipeline) });
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    (signal?.input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload<WatchNews>(payload)),
  );
}

test('however a run ends, its record is kept and the watch is told', async () => {
  const watched = (name: string, more = '') => {
    const folder = tinyPipeline(name);
    appendFileSync(join(folder, 'pipeline.yaml'), `    wait: 1h\ndeadline: '07:30'\n${more}`);
    return folder;
  };
  const gate = 'checks: [{type: row_count, on: total, max: 0}]\n';
  const spoilt = watched('ends-failed');
  writeFileSync(
    join(spoilt, 'models', 'total.sql'),
    "-- publish: true\nSELECT error('spoilt 17') AS total FROM numbers\n",
  );
  writeFileSync(join(spoilt, 'models', 'after.sql'), '-- publish: true\nSELECT count(*) AS n FROM total\n');
  const waits = watched('ends-cancelled');
  rmSync(join(waits, 'numbers.csv'));

  const run = await site.client.start({ pipeline: waits, to: '2026-03-02' });
  const others = [watched('ends-published'), watched('ends-blocked', gate), spoilt];
  const results = await Promise.all(others.map(async (pipeline) => await site.run({ pipeline, to: '2026-03-02' })));
  await eventually('the plan says for what it waits', async () =>
    JSON.stringify((await site.client.look(run)).pending).includes('waiting for a file of numbers until '),
  );
  await site.client.cancel(run);
  results.push(await site.client.result(run));
  expect(results.map(({ outcome }) => outcome)).toEqual(['published', 'blocked', 'failed', 'cancelled']);

  const store = await filesStore(join(site.home, 'store'));
  const records: (RunRecord | undefined)[] = [];
  for (const { outcome, runId } of results) {
    const [key] = await store.list(`history/ends-${outcome}`);
    expect(key).toMatch(new RegExp(`/\\d{17}-${runId}$`));
    records.push(await store.get<RunRecord>(key ?? ''));
    const news = await toldOf(`ends-${outcome}`);
    const planned =
      outcome === 'cancelled' ? [] : [{ kind: 'planned', run: { runId, asOf: '2026-03-02', expected: [] } }];
    expect(news).toMatchObject([...planned, { kind: 'ended', run: { runId, outcome }, told: [] }]);
  }
  const [published, blocked, failed, cancelled] = records;
  const steps = (record: RunRecord | undefined) => record?.steps.map(({ step }) => step);
  const begun = ['planRun', 'extract_numbers', 'validate_sources', 'transform_total'];
  expect(steps(published)).toEqual([...begun, 'validate_data_quality', 'publishEdition', 'update_dashboard']);
  expect(published).toMatchObject({
    ...{ pipeline: 'ends-published', asOf: '2026-03-02', planned: [{ name: 'numbers', records: 3 }], failure: null },
    // 07:30 in Auckland, in summer.
    deadline: { at: '2026-03-01T18:30:00.000Z' },
  });
  expect(published?.steps[1]).toMatchObject({ rows: 3, reused: false });
  for (const { seconds } of published?.steps ?? []) expect(seconds).toBeGreaterThanOrEqual(0);
  expect(steps(blocked)).toEqual([...begun, 'validate_data_quality']);
  expect(blocked?.failedChecks).toHaveLength(1);
  expect(steps(failed)).toEqual(begun);
  expect(failed?.steps.at(-1)).toMatchObject({ failed: true });
  expect(failed?.failure).toMatchObject({ step: 'transform_total', kind: 'ModelFailed' });
  expect(failed?.failure?.message).toContain('spoilt #');
  expect(cancelled).toMatchObject({
    pipeline: 'ends-cancelled',
    asOf: null,
    steps: [{ step: 'planRun', failed: true }],
  });

  // The next night knows what this one took.
  appendFileSync(join(others[0] ?? '', 'numbers.csv'), '4,40\n');
  await site.run({ pipeline: others[0] ?? '', to: '2026-03-03' });
  const [, , next] = await toldOf('ends-published');
  const expected = next?.kind === 'planned' ? next.run.expected.map(({ step }) => step) : [];
  expect(expected).toEqual(steps(published)?.slice(1));
});
