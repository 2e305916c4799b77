/** What a run would do: nothing is changed by asking, and what a run then does is what was said. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger } from '../src/adapters/ledger';
import { releases } from '../src/adapters/releases';
import { readingStore } from '../src/adapters/stores/files';
import { createOutput } from '../src/cli/output';
import { planText, whyText } from '../src/cli/render/plan';
import { loadConfig } from '../src/config';
import type { RunPreview } from '../src/domain/preview';
import type { RunRequest } from '../src/domain/run';
import { sharesName } from '../src/published/lookup';
import { previewRun, previewWith } from '../src/preview';
import { removeTemporaryFolders, temporaryFolder } from './dev/temporary';
import { runOffline } from './support/offline';
import { LOGICAL_TIME, openWorkshop, type Workshop } from './support/workshop';
import { folderOf } from './workflows/folders';

// A busy machine takes its time.
jest.setTimeout(120_000);

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(async () => {
  await workshop.close();
  await removeTemporaryFolders();
});

/** Two files of one source, a view, a heavy model that reads no day, and a thin one that does. */
const shop = (name: string): string =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: Pacific/Auckland
window: 3d
parameters: {floor: {type: integer, default: 0}}
sources:
  numbers: {type: csv, path: "numbers*.csv", key: [id], columns: {id: BIGINT, value: BIGINT}}
  extra: {type: csv, path: extra.csv, optional: true, columns: {id: BIGINT}}
`,
    'models/positive.sql': "SELECT * FROM numbers WHERE value > getvariable('floor')\n",
    'models/heavy.sql': '-- publish: true\n-- key: id\nSELECT id, value * 2 AS twice FROM positive\n',
    'models/thin.sql':
      "-- publish: true\nSELECT count(*) AS n, getvariable('as_of') AS as_of FROM heavy, (SELECT count(*) FROM extra)\n",
    'numbers-1.csv': 'id,value\n1,10\n2,20\n',
    'numbers-2.csv': 'id,value\n3,30\n',
  });

/** With the workshop's engine, which takes half a second to start, over a store that cannot be changed. */
async function preview(request: RunRequest, services = workshop.services): Promise<RunPreview> {
  const { home } = workshop;
  const store = await readingStore(join(home, 'store'), temporaryFolder());
  return await previewWith(
    { ...services, store, ledger: ledger(store), releases: (pipeline) => releases(store, pipeline) },
    request,
    { now: LOGICAL_TIME },
  );
}

/** Every path below a folder with its bytes, permissions and times. */
function treeOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, size, mtimeNs, ino } = statSync(path, { bigint: true });
      const hash = entry.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [path, mode, entry.isFile() ? size : '', mtimeNs, ino, hash].join(' ');
    })
    .toSorted();
}

const doing = ({ models }: RunPreview) => Object.fromEntries(models.map(({ name, does }) => [name, does]));
const why = ({ models, sources }: RunPreview) =>
  Object.fromEntries(
    [...sources, ...models].flatMap(({ name, reasons }) => (reasons.length > 0 ? [[name, reasons]] : [])),
  );
const said = (shown: RunPreview) => planText(shown, createOutput({ color: false }, {}));

/** What was said would be read and built is what a run then reads and builds. */
async function expectAgreement(runId: string, request: RunRequest): Promise<RunPreview> {
  const before = treeOf(workshop.home);
  const shown = await preview(request);
  expect(treeOf(workshop.home)).toEqual(before);
  const run = await runOffline(workshop, runId, request);
  expect(run.brief.settled?.outcome === 'unchanged').toBe(shown.outcome === 'unchanged');
  const built = run.models.map(({ name, reused }) => [name, reused ? 'reuse' : 'build']);
  const told = shown.models.filter(({ does }) => does === 'build' || does === 'reuse');
  expect(told.map(({ name, does }) => [name, does])).toEqual(built);
  for (const { source, parts, resumedParts } of run.lanes) {
    const { inLedger, ...of } = shown.sources.find(({ name }) => name === source) as RunPreview['sources'][number];
    expect({ parts: of.parts, inLedger: inLedger.parts }).toEqual({ parts, inLedger: resumedParts });
  }
  return shown;
}

test('where nothing is yet, everything is built, and still nothing is there afterwards', async () => {
  const home = join(workshop.home, '..', 'nowhere', 'home');
  const pipeline = shop('first');
  const { TMPDIR } = process.env;
  const temporary = temporaryFolder();
  process.env.TMPDIR = temporary;
  const shown = await previewRun({ pipeline }, loadConfig({ DAYBREAK_HOME: home }), { now: LOGICAL_TIME });
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  expect(readdirSync(temporary)).toEqual([]);
  expect(existsSync(join(home, '..'))).toBe(false);
  expect(shown).toMatchObject({
    pipeline: 'first',
    window: { from: '2026-03-08', to: '2026-03-11', asOf: '2026-03-11' },
    outcome: 'publish',
    live: null,
    since: null,
    published: ['heavy', 'thin'],
    gone: [],
    checks: 2,
    destination: join(home, 'published', 'first'),
    expected: { seconds: null, unknown: ['numbers', 'heavy', 'thin'] },
  });
  expect(doing(shown)).toEqual({ positive: 'view', heavy: 'build', thin: 'build' });
  expect(shown.sources[0]).toMatchObject({
    name: 'numbers',
    parts: 2,
    records: 3,
    bytes: 15,
    files: [{ records: 2 }, { file: join(pipeline, 'numbers-2.csv'), parts: 1, records: 1 }],
    inLedger: { parts: 0, records: 0, bytes: 0 },
    reasons: [{ kind: 'new' }],
    seconds: null,
  });
  expect(said(shown)).toContain('readers have no edition to go on with');
  expect(said(shown)).toContain('unknown: no earlier run tells');
});

test('a plan and the run after it agree, night after night, and each reason is named', async () => {
  const pipeline = shop('nights');
  const file = (name: string) => join(pipeline, name);
  const first = await expectAgreement('night-1', { pipeline });
  expect(doing(first)).toEqual({ positive: 'view', heavy: 'build', thin: 'build' });

  const quiet = await expectAgreement('night-2', { pipeline });
  expect(quiet).toMatchObject({ outcome: 'unchanged', expected: { seconds: 0 }, since: { runId: 'night-1' } });
  expect(doing(quiet)).toEqual({ positive: 'none', heavy: 'none', thin: 'none' });
  expect(said(quiet)).toContain('nothing to do');

  const asOf = { kind: 'parameter', name: 'as_of', before: '2026-03-11', after: '2026-03-12' };
  const moved = await expectAgreement('night-3', { pipeline, to: '2026-03-12' });
  expect(doing(moved)).toEqual({ positive: 'view', heavy: 'reuse', thin: 'build' });
  expect(why(moved)).toEqual({ thin: [asOf] });
  expect(moved.live).toBe(moved.since?.edition);
  expect(moved.models.find(({ name }) => name === 'heavy')?.made).toMatchObject({ runId: 'night-1', rows: 3 });
  expect(moved.expected).toMatchObject({ seconds: expect.any(Number), unknown: [] });
  expect(said(moved)).toMatch(/thin +build +yes +[\d.]+ s +as_of 2026-03-11 → 2026-03-12/);
  const older = await preview({ pipeline, to: '2026-03-10' });
  expect(older.outcome).toBe('keep');

  writeFileSync(
    file('models/heavy.sql'),
    '-- publish: true\n-- key: id\nSELECT id, value * 3 AS twice FROM positive\n',
  );
  const edited = await expectAgreement('night-4', { pipeline, to: '2026-03-12' });
  expect(doing(edited)).toEqual({ positive: 'view', heavy: 'build', thin: 'build' });
  expect(why(edited)).toEqual({ heavy: [{ kind: 'sql' }], thin: [{ kind: 'input', name: 'heavy' }] });

  const raised = await expectAgreement('night-5', { pipeline, to: '2026-03-12', parameters: { floor: 15 } });
  expect(why(raised)).toEqual({
    positive: [{ kind: 'parameter', name: 'floor', before: '0', after: '15' }],
    heavy: [{ kind: 'input', name: 'positive' }],
    thin: [{ kind: 'input', name: 'heavy' }],
  });
  expect(said(raised)).toMatch(/heavy +build .* positive changed/);

  const back = await expectAgreement('night-6', { pipeline, to: '2026-03-12' });
  expect(doing(back)).toEqual({ positive: 'view', heavy: 'reuse', thin: 'reuse' });
  expect(said(back)).toMatch(/heavy +reuse .* 3 rows, by an earlier run with all as it is now; though positive/);

  rmSync(file('numbers-2.csv'));
  writeFileSync(file('numbers-3.csv'), 'id,value\n4,40\n');
  utimesSync(file('numbers-1.csv'), 1, 1);
  const delivered = await expectAgreement('night-7', { pipeline, to: '2026-03-12' });
  expect(why(delivered).numbers).toEqual([
    { kind: 'file', change: 'changed', file: file('numbers-1.csv') },
    { kind: 'file', change: 'new', file: file('numbers-3.csv') },
    { kind: 'file', change: 'gone', file: file('numbers-2.csv') },
  ]);
  expect(said(delivered)).toContain('new file numbers-3.csv; changed file numbers-1.csv; gone file numbers-2.csv');

  const anew = await expectAgreement('night-8', { pipeline, to: '2026-03-12', full: true });
  expect(why(anew).numbers).toEqual([{ kind: 'full', by: 'this' }]);
  expect(doing(anew)).toEqual({ positive: 'view', heavy: 'build', thin: 'build' });
});

test('what was planned and not finished, and what lost its data, is built; what was extracted is not read again', async () => {
  const pipeline = shop('broken-off');
  await runOffline(workshop, 'broken-off', { pipeline }, 'extract');
  const shown = await preview({ pipeline });
  expect(shown).toMatchObject({ since: { runId: 'broken-off', edition: null }, live: null });
  expect(shown.sources[0]).toMatchObject({ parts: 2, inLedger: { parts: 2, records: 3 }, reasons: [], seconds: 0 });
  expect(why(shown)).toEqual({ heavy: [{ kind: 'missing' }], thin: [{ kind: 'missing' }] });
  expect(said(shown)).toContain('planned before, but its data are not in the store');

  await runOffline(workshop, 'finished', { pipeline });
  const { store, ledger } = workshop.services;
  const heavy = (await ledger.all()).find(
    ({ name, runId, data }) => `${name} ${runId}` === 'heavy finished' && data.uri.includes('models'),
  );
  await store.removeData(String(heavy?.data.uri));
  const request = { pipeline, to: '2026-03-12' };
  expect(doing(await expectAgreement('mended', request))).toMatchObject({ heavy: 'build' });
});

test('another engine makes everything anew, and says so', async () => {
  const pipeline = shop('upgraded');
  const { services } = workshop;
  const older = { ...services, engine: { ...services.engine, version: 'duckdb v0.9' } };
  await runOffline({ ...workshop, services: older }, 'upgraded', { pipeline });
  const shown = await preview({ pipeline });
  const engine = { kind: 'engine', before: 'duckdb v0.9', after: services.engine.version };
  expect(why(shown)).toMatchObject({ numbers: [engine], heavy: [{ kind: 'input', name: 'positive' }, engine] });
  expect(doing(shown)).toMatchObject({ heavy: 'build', thin: 'build' });
});

test('another folder of the same name is told, as the next run would replace what it made; one that moved is none', async () => {
  const first = shop('shared');
  const second = shop('shared');
  expect((await preview({ pipeline: first })).otherFolder).toBeNull();
  await runOffline(workshop, 'shared', { pipeline: first });
  expect((await preview({ pipeline: first })).otherFolder).toBeNull();
  const shown = await preview({ pipeline: second });
  expect(shown.otherFolder).toBe(first);
  expect(said(shown)).toContain(
    `  careful   the live edition of shared comes from ${first}: folders of one name replace`,
  );
  expect(await sharesName(workshop.home, second)).toEqual({ name: 'shared', folder: first });
  expect(await sharesName(workshop.home, first)).toBeUndefined();
  expect(await sharesName(workshop.home, 'nowhere')).toBeUndefined();

  const declaration = join(first, 'pipeline.yaml');
  writeFileSync(declaration, readFileSync(declaration, 'utf8').replace('name: shared', 'name: renamed'));
  expect(await sharesName(workshop.home, second)).toBeUndefined();
  rmSync(first, { recursive: true });
  expect((await preview({ pipeline: second })).otherFolder).toBeNull();
});

test('another zone is said to be a reason for every step', () => {
  const zone = { kind: 'zone', before: 'UTC', after: 'Asia/Tokyo' } as const;
  expect(whyText([zone, { kind: 'input', name: 'orders' }], '/')).toBe(
    'zone UTC → Asia/Tokyo, in which every step is computed; orders changed',
  );
});

test('it fails as the run would, and waits for no file', async () => {
  const pipeline = shop('wrong');
  await expect(preview({ pipeline, from: '2026-03-11', to: '2026-03-10' })).rejects.toMatchObject({
    kind: 'BadRequest',
  });
  await expect(preview({ pipeline, parameters: { flor: 1 } })).rejects.toMatchObject({ kind: 'BadDefinition' });
  const path = join(pipeline, 'pipeline.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"numbers*.csv"', 'nothing.csv, wait: 1h'));
  await expect(preview({ pipeline })).rejects.toMatchObject({ kind: 'MissingFile' });
});

test('a model that follows changes is said to, unless a change may reach every row', async () => {
  const name = 'followed';
  const pipeline = folderOf({
    'pipeline.yaml': `name: ${name}
zone: UTC
window: 3d
sources:
  numbers: {type: csv, path: "numbers*.csv", key: [id], columns: {id: BIGINT, value: BIGINT}}
  words: {type: csv, path: words.csv, columns: {value: BIGINT, word: VARCHAR}}
`,
    'models/named.sql': `-- incremental: id
-- publish: true
SELECT n.id, w.word, (SELECT count(*) FROM words) AS words FROM numbers AS n LEFT JOIN words AS w ON w.value = n.value
`,
    'numbers-1.csv': `id,value\n${Array.from({ length: 9 }, (_, id) => `${id},10`).join('\n')}\n`,
    'words.csv': 'value,word\n10,ten\n',
  });
  const services = { ...workshop.services, followFromRows: 0 };
  const doesOf = async () => doing(await preview({ pipeline }, services)).named;
  expect(await doesOf()).toBe('build');
  await runOffline(workshop, 'followed-1', { pipeline });
  expect(await doesOf()).toBe('none');
  writeFileSync(join(pipeline, 'numbers-2.csv'), 'id,value\n9,10\n');
  expect(await doesOf()).toBe('follow');
  expect(said(await preview({ pipeline }, services))).toMatch(/compute +1 of 1 model, 1 of them only what changed;/);
  // Too small to be worth it.
  expect(doing(await preview({ pipeline })).named).toBe('build');
  expect(doing(await preview({ pipeline, full: true }, services)).named).toBe('build');
  const { models } = await runOffline({ ...workshop, services }, 'followed-2', { pipeline });
  expect(models).toEqual([expect.objectContaining({ name: 'named', rows: 10, followed: 1 })]);
  writeFileSync(join(pipeline, 'words.csv'), 'value,word\n10,zehn\n');
  expect(await doesOf()).toBe('build');
  const third = await runOffline({ ...workshop, services }, 'followed-3', { pipeline });
  expect(third.models).toEqual([expect.objectContaining({ rows: 10, whole: 'a change in words may reach every row' })]);
});
