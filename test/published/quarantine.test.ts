/** What a run set aside, read without Temporal, out of its plan and the ledger. */
import { csvText } from '../../src/cli/csv';
import { published } from '../../src/published';
import { removeTemporaryFolders } from '../dev/temporary';
import { runOffline } from '../support/offline';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';

jest.setTimeout(120_000);

const yaml = (name: string) => `name: ${name}
zone: UTC
window: 3d
sources:
  orders:
    {type: csv, path: "orders*.csv", max_quarantined: 0.9, accept: ["amount <> 0"], columns: {id: BIGINT, amount: BIGINT, note: VARCHAR}}
  users: {type: csv, path: users.csv, max_quarantined: 0.9, columns: {id: BIGINT}}
`;
const MODEL = { 'models/total.sql': '-- publish: true\nSELECT count(*) AS n FROM orders, users\n' };
const folder = (name: string, files: Readonly<Record<string, string>> = {}) =>
  folderOf({
    'pipeline.yaml': yaml(name),
    ...MODEL,
    'orders-1.csv': 'id,amount,note\n1,10,good\nx,10,=1+1\n2,0,"a, b"\n',
    'orders-2.csv': 'id,amount,note\n3,y,c\n4,many,"two\nlines"\n5,50,good\n',
    'users.csv': 'id\n1\nnobody\n',
    ...files,
  });

let workshop: Workshop;
const pipeline = folder('shop');
const clean = folder('clean', {
  'orders-1.csv': 'id,amount,note\n1,10,good\n',
  'orders-2.csv': 'id,amount,note\n',
  'users.csv': 'id\n1\n',
});
const look = async (options: { run?: string; source?: string; limit?: number; pipeline?: string } = { pipeline }) =>
  await published({ home: workshop.home }).quarantined(options);

beforeAll(async () => {
  workshop = await openWorkshop();
  await runOffline(workshop, 'old', { pipeline });
  await runOffline(workshop, 'clean', { pipeline: clean });
  await runOffline(workshop, 'new', { pipeline, to: '2026-03-12' });
});
afterAll(async () => {
  await workshop.close();
  await removeTemporaryFolders();
});

test('the latest run of a pipeline: its sources, its reasons, its records in order', async () => {
  const found = await look();
  expect(found).toMatchObject({
    ...{ pipeline: 'shop', workflowId: 'workflow of new', runId: 'new', truncated: false },
    sources: [
      { source: 'orders', read: 6, quarantined: 4, unknownParts: 0 },
      { source: 'users', read: 2, quarantined: 1, unknownParts: 0 },
    ],
  });
  // Values are left out, so that the two amounts are one reason.
  expect(found.reasons.map(({ source, records }) => [source, records])).toEqual([
    ['orders', 2],
    ['orders', 1],
    ['orders', 1],
    ['users', 1],
  ]);
  expect(found.reasons[0]?.reason).toMatch(/^amount: … /);
  expect(found.reasons.map(({ reason }) => reason)).toContain('not accepted: amount <> 0');
  expect(found.rows.map(({ source, record, raw }) => [source, record, raw])).toEqual([
    ['orders', '2', 'x,10,=1+1'],
    ['orders', '3', '2,0,"a, b"'],
    ['orders', '1', '3,y,c'],
    ['orders', '2', '4,many,"two\nlines"'],
    ['users', '2', 'nobody'],
  ]);
  expect(found.rows[2]).toMatchObject({ file: 'orders-2.csv', reason: expect.stringMatching(/^amount: "y" /) });
  const { store } = workshop.services;
  expect(await store.list('leases')).toEqual([]);
  expect((await store.listScratch()).filter((name) => name.startsWith('query'))).toEqual([]);
});

test('as CSV, exact and without formulas', async () => {
  const { columns, rows } = await look({ pipeline, limit: 2 });
  expect(csvText(columns, [...rows, { source: '=cmd', file: '@a', record: '-1', reason: null, raw: '+1' }])).toMatch(
    /^source,file,record,reason,raw\norders,orders-1.csv,2,"id: ""x"" [^\n]*","x,10,=1\+1"\norders,orders-1.csv,3,not accepted: amount <> 0,"2,0,""a, b"""\n'=cmd,'@a,-1,,'\+1$/,
  );
});

test('one source, a few records', async () => {
  expect(await look({ pipeline, source: 'users' })).toMatchObject({
    sources: [{ source: 'users' }],
    rows: [{ raw: 'nobody' }],
  });
  expect(await look({ pipeline, limit: 2 })).toMatchObject({ truncated: true, rows: [{}, {}] });
  await expect(look({ pipeline, source: 'user' })).rejects.toThrow('there is no source user; did you mean users?');
});

test('a run by workflow or run id, of whatever pipeline; one that set nothing aside', async () => {
  expect(await look({ run: 'old' })).toMatchObject({ runId: 'old' });
  expect(await look({ run: 'workflow of old', pipeline })).toMatchObject({ runId: 'old' });
  expect(await look({ run: 'workflow of clean' })).toMatchObject({
    pipeline: 'clean',
    reasons: [],
    rows: [],
    truncated: false,
  });
});

test('runs that are not there, that planned nothing, and that were swept', async () => {
  await expect(look({ run: 'nobody' })).rejects.toThrow('there is no run nobody in the store ');
  await expect(look({ run: 'old', pipeline: clean })).rejects.toThrow('the run old has no plan of clean');
  const { brief } = await runOffline(workshop, 'again', { pipeline: clean });
  expect(brief.settled?.outcome).toBe('unchanged');
  await expect(look({ run: 'again' })).rejects.toThrow('the run again has no plan: it ended as unchanged');
  await expect(look({ pipeline: folder('never') })).rejects.toThrow('no run of never is planned in the store ');
  const half = folder('half');
  await runOffline(workshop, 'half', { pipeline: half }, 'plan');
  expect(await look({ pipeline: half })).toMatchObject({
    rows: [],
    sources: [{ read: 0, unknownParts: 2 }, { unknownParts: 1 }],
  });
  const { store, ledger } = workshop.services;
  const quarantine = (await ledger.all()).find(
    ({ name, part }) => name === 'users' && part?.file.startsWith(pipeline),
  )?.quarantine;
  await store.removeData(String(quarantine?.uri));
  await expect(look()).rejects.toMatchObject({
    kind: 'Damaged',
    message: expect.stringContaining('the data file is gone'),
  });
});
