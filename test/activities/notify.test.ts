/** What becomes of a run's end: kept, told, and with findings for teams; real store and engine, no server. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastRecords, sweepHistory } from '../../src/activities/history';
import { type Ending, notify } from '../../src/activities/notify';
import { planRun } from '../../src/activities/plan';
import type { Outcome } from '../../src/domain/run';
import type { RunRecord } from '../../src/domain/watch/record';
import { removeTemporaryFolders } from '../dev/temporary';
import { runOffline } from '../support/offline';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(async () => await workshop.close());
afterAll(removeTemporaryFolders);

const DECLARED = `deadline: '07:30'
notify:
  insights:
    - {owner: buyers, to: [log], money: 15}
`;
const INSIGHTS = `-- publish: true
SELECT 'large' AS kind, 'warning' AS severity, 'number' AS subject_type, id::VARCHAR AS subject_id, value AS money,
  'Number ' || id || ' is large.' AS title, '{}' AS evidence, '' AS recommendation, 'buyers' AS owner
FROM numbers
`;
const pipeline = (declared = DECLARED, insights = INSIGHTS) =>
  folderOf({
    'pipeline.yaml': `name: tiny
zone: Europe/Berlin
window: 3d
${declared}sources:
  numbers:
    type: csv
    path: numbers.csv
    columns: {id: BIGINT, value: BIGINT}
`,
    'models/insights.sql': insights,
    'numbers.csv': 'id,value\n1,10\n2,20\n3,30\n',
  });

const record = (runId: string, change: Partial<RunRecord> = {}): RunRecord => ({
  pipeline: 'tiny',
  workflowId: `workflow of ${runId}`,
  runId,
  asOf: '2026-03-10',
  outcome: 'published',
  startedAt: '2026-03-10T01:00:00.000Z',
  endedAt: '2026-03-10T01:05:00.000Z',
  edition: null,
  planned: [{ name: 'numbers', records: 3 }],
  steps: [{ step: 'extract_numbers', at: '2026-03-10T01:00:00.000Z', seconds: 4, rows: 3 }],
  failure: null,
  failedChecks: [],
  deadline: null,
  ...change,
});

const ending = (asked: string, runId: string, outcome: Outcome, change: Partial<RunRecord> = {}): Ending => ({
  asked,
  plan: change.pipeline === '' ? '' : `plans/tiny/${runId}`,
  result: {
    workflowId: `workflow of ${runId}`,
    runId,
    pipeline: change.pipeline ?? 'tiny',
    outcome,
    edition: change.edition ?? null,
    previousEdition: null,
    live: null,
    window: change.asOf === null ? null : { from: '2026-03-07', to: '2026-03-10', asOf: '2026-03-10' },
    sources: [],
    models: [],
    checks: [],
    tables: [],
    resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
    seconds: 300,
  },
  record: record(runId, { outcome, ...change }),
});

const act = async (runId: string, end: Ending) =>
  await workshop.act(runId, async () => await notify(workshop.services, end));

/** A night up to its edition, and its end. */
async function night(folder: string, runId: string): Promise<Ending> {
  const { publication } = await runOffline(workshop, runId, { pipeline: folder, to: '2026-03-10' });
  return ending(folder, runId, 'published', { edition: publication?.edition ?? null });
}

test('a published run is kept once, and its findings are told with its end; nothing of the reading is left', async () => {
  const end = await night(pipeline(), 'one');
  workshop.told.length = 0;
  await act('one', end);
  await act('one', end);
  const kept = await workshop.services.store.list('history');
  expect(kept).toEqual(['history/tiny/20260310010000000-one']);
  expect(await workshop.services.store.get(kept[0] ?? '')).toEqual(end.record);
  expect(await workshop.services.store.listScratch()).toEqual([]);
  // Its end at once, and its findings when they are read; and all of it twice.
  expect(workshop.told).toHaveLength(4);
  const [, { settings, news } = { settings: undefined, news: undefined }] = workshop.told;
  expect(settings).toMatchObject({ pipeline: 'tiny', zone: 'Europe/Berlin', taskQueue: 'workshop', deadline: '07:30' });
  expect(news).toMatchObject({
    kind: 'ended',
    run: { runId: end.result.runId, outcome: 'published', asOf: '2026-03-10' },
  });
  const told = news?.kind === 'ended' ? news.told : [];
  expect(told).toMatchObject([
    {
      to: ['log'],
      message: {
        kind: 'insights',
        title: 'tiny 2026-03-10: 1 finding for buyers',
        sections: [{ text: '- Number 3 is large. (30.00 EUR)\n- Number 2 is large. (20.00 EUR)' }],
      },
    },
  ]);
});

test('a table of other columns is no failure, and what is expected of it is said', async () => {
  const end = await night(pipeline(DECLARED, '-- publish: true\nSELECT id, value AS money FROM numbers\n'), 'one');
  await act('one', end);
  expect(workshop.told.at(-1)?.news).toMatchObject({ kind: 'ended', told: [] });
});

test('a pipeline that nobody watches is kept, and nobody is told', async () => {
  const folder = pipeline('');
  await act('one', await night(folder, 'one'));
  expect(workshop.told).toEqual([]);
  expect(await workshop.services.store.list('history')).toHaveLength(1);
});

test('a run that cannot be planned is told by the settings that were read last', async () => {
  const folder = pipeline();
  await night(folder, 'one');
  appendFileSync(join(folder, 'pipeline.yaml'), 'nonsense: true\n');
  const planning = async () =>
    await workshop.act('two', async () => await planRun(workshop.services, { pipeline: folder }));
  await expect(planning()).rejects.toThrow('nonsense');
  workshop.told.length = 0;
  await act('two', ending(folder, 'two', 'failed', { pipeline: '', asOf: null, planned: [], steps: [] }));
  expect(workshop.told).toMatchObject([
    { settings: { pipeline: 'tiny' }, news: { kind: 'ended', run: { runId: 'two', outcome: 'failed', asOf: null } } },
  ]);
  expect((await workshop.services.store.list('history')).map((key) => key.split('/')[1])).toEqual(['tiny']);
});

test('settings are known from the declaration alone, when a file that it names is not there', async () => {
  const folder = pipeline();
  rmSync(join(folder, 'numbers.csv'));
  const planning = async () =>
    await workshop.act('one', async () => await planRun(workshop.services, { pipeline: folder }));
  await expect(planning()).rejects.toThrow('numbers.csv');
  await act('one', ending(folder, 'one', 'failed', { pipeline: '', asOf: null }));
  expect(workshop.told).toMatchObject([{ settings: { pipeline: 'tiny' }, news: { kind: 'ended' } }]);
});

test('a watch that is left ends, and hears of it from the next run where it could not be told', async () => {
  const folder = pipeline();
  await night(folder, 'one');
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('name: tiny', 'name: small'));
  const plan = async (runId: string, services = workshop.services) =>
    await workshop.act(runId, async () => await planRun(services, { pipeline: folder, to: '2026-03-11' }));
  await plan('two', { ...workshop.services, tellWatch: async () => await Promise.reject(new Error('nobody there')) });
  for (const [runId, left] of [
    ['three', ['tiny']],
    ['four', []],
  ] as const) {
    workshop.told.length = 0;
    await plan(runId);
    const told = workshop.told.filter(({ news }) => news.kind === 'unwatched');
    expect(told.map(({ settings }) => settings.pipeline)).toEqual(left);
  }
});

test('of what was never read nothing is kept and nobody is told', async () => {
  await act('one', ending('nowhere', 'one', 'failed', { pipeline: '', asOf: null }));
  await act('two', { ...ending('', 'two', 'failed', { pipeline: '', asOf: null }), asked: null });
  expect(workshop.told).toEqual([]);
  expect(await workshop.services.store.list('history')).toEqual([]);
});

test('a plan knows what its steps took, when its data are needed, and tells the watch; a deaf one is no failure', async () => {
  const folder = pipeline();
  const { services } = workshop;
  await act('earlier', ending(folder, 'earlier', 'published'));
  expect(await services.store.list('history')).toHaveLength(1);
  const { brief } = await runOffline(workshop, 'one', { pipeline: folder, to: '2026-03-29' }, 'plan');
  const expected = [{ step: 'extract_numbers', p50: 4, p90: 4, runs: 1 }];
  expect(brief).toMatchObject({
    expected,
    // The night in which clocks go forward.
    deadline: { at: '2026-03-29T05:30:00.000Z', text: '07:30 Europe/Berlin' },
  });
  expect(workshop.told).toMatchObject([
    { news: { kind: 'planned', settings: { pipeline: 'tiny' }, run: { runId: 'one', asOf: '2026-03-29', expected } } },
  ]);
  const deaf = { ...services, tellWatch: async () => await Promise.reject(new Error('nobody there')) };
  const planned = await workshop.act('two', async () => await planRun(deaf, { pipeline: folder, to: '2026-03-30' }));
  expect(planned.plan).toBe('plans/tiny/two');
});

test('a store that takes nothing keeps nobody from being told', async () => {
  const end = await night(pipeline(), 'one');
  const { services } = workshop;
  const putIfAbsent = async () => await Promise.reject(new Error('read-only file system'));
  const broken = { ...services, store: { ...services.store, putIfAbsent } };
  workshop.told.length = 0;
  await workshop.act('one', async () => await notify(broken, { ...end, result: { ...end.result, outcome: 'failed' } }));
  expect(workshop.told).toMatchObject([{ news: { kind: 'ended', run: { outcome: 'failed' } } }]);
});

test('a damaged record costs the estimate and nothing else', async () => {
  const { store } = workshop.services;
  await workshop.act('one', async () => {
    await store.putIfAbsent('history/tiny/1-a', record('a'));
    expect(await lastRecords(workshop.services, 'tiny')).toHaveLength(1);
    appendFileSync(join(workshop.home, 'store', 'documents', 'history', 'tiny', '1-a.json'), '}');
    expect(await lastRecords(workshop.services, 'tiny')).toEqual([]);
  });
});

test('so many records stay, the newest ones, and of settings the newest', async () => {
  const { store } = workshop.services;
  for (let number = 0; number < 405; number += 1)
    await store.putIfAbsent(`history/tiny/${String(number).padStart(4, '0')}-run`, number);
  for (const key of ['history/other/1-run', 'watched/a/00000001', 'watched/a/00000002', 'watched/b/00000001'])
    await store.putIfAbsent(key, key);
  await sweepHistory(workshop.services, 'tiny');
  const left = await store.list('history/tiny');
  expect([left.length, left[0]]).toEqual([400, 'history/tiny/0005-run']);
  expect(await store.list('history/other')).toHaveLength(1);
  expect(await store.list('watched')).toEqual(['watched/a/00000002', 'watched/b/00000001']);
});
