/** What a run would read of tables of a database: said as it then is read, and the store stays as it is. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledger } from '../src/adapters/ledger';
import { releases } from '../src/adapters/releases';
import { snapshots } from '../src/adapters/snapshots';
import { readingStore } from '../src/adapters/stores/files';
import { createOutput } from '../src/cli/output';
import { planText } from '../src/cli/render/plan';
import type { RunPreview } from '../src/domain/preview';
import { previewWith } from '../src/preview';
import { removeTemporaryFolders, temporaryFolder } from './dev/temporary';
import { ordersFolder } from './support/orders-folder';
import { runOffline } from './support/offline';
import { startTestPostgres, type TestPostgres } from './support/postgres';
import { LOGICAL_TIME, openWorkshop, type Workshop } from './support/workshop';

jest.setTimeout(120_000);

let postgres: TestPostgres;
let workshop: Workshop;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run(`
    CREATE TABLE orders (order_id bigint PRIMARY KEY, user_id int, note text, total numeric(12,2), updated_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE order_items (order_id bigint, line_no int, quantity numeric(9,3), label text, PRIMARY KEY (order_id, line_no));
    INSERT INTO orders (order_id, total, updated_at) SELECT n, n, now() - interval '1 hour' FROM generate_series(1, 500) AS n;
    INSERT INTO order_items SELECT n, 1, 1, 'x' FROM generate_series(1, 500) AS n`);
  await postgres.run('ANALYZE');
  await postgres.reader('reader', ['orders', 'order_items']);
  await postgres.run('GRANT pg_read_all_stats TO reader');
  workshop = await openWorkshop({ SHOP: postgres.url(), READER: postgres.url({ user: 'reader' }) });
});
afterAll(async () => {
  await workshop.close();
  await postgres.remove();
  await removeTemporaryFolders();
});

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .toSorted();

async function preview(pipeline: string, full = false, now = LOGICAL_TIME): Promise<RunPreview> {
  const { services, home } = workshop;
  const store = await readingStore(join(home, 'store'), temporaryFolder());
  const before = filesOf(home);
  const looking = {
    ...services,
    store,
    ledger: ledger(store),
    snapshots: (name: string) => snapshots(store, name),
    releases: (name: string) => releases(store, name),
  };
  const shown = await previewWith(looking, { pipeline, full }, { now });
  expect(filesOf(home)).toEqual(before);
  return shown;
}
const tablesOf = ({ sources }: RunPreview) =>
  sources.map(({ name, table }) => [name, table?.reads, table?.rows, table?.known]);
const said = (shown: RunPreview) => planText(shown, createOutput({ color: false }, {}));

test('everything, then nothing, then what changed; with how many rows, why, and how long by earlier runs', async () => {
  const pipeline = ordersFolder('tables');
  const first = await preview(pipeline);
  expect(tablesOf(first)).toEqual([
    ['orders', 'everything', 500, null],
    ['order_items', 'everything', null, null],
  ]);
  expect(said(first)).toMatch(/extract +2 tables: everything of 2\n/);
  expect(said(first)).toMatch(/orders +everything +500 +unknown +not planned before\n/);
  expect(said(first)).toMatch(/order_items +everything, with orders +not planned before\n/);
  await runOffline(workshop, 'first', { pipeline });

  const quiet = await preview(pipeline);
  expect(quiet.outcome).toBe('unchanged');
  expect(tablesOf(quiet)).toEqual([
    ['orders', 'nothing', 0, 500],
    ['order_items', 'nothing', null, 500],
  ]);
  expect(said(quiet)).toMatch(/orders +nothing +500 +as before\n/);

  await postgres.run('UPDATE orders SET total = total + 1, updated_at = now() WHERE order_id <= 7');
  const changed = await preview(pipeline);
  expect(tablesOf(changed)).toEqual([
    ['orders', 'changes', 7, 500],
    ['order_items', 'changes', null, 500],
  ]);
  expect(changed.sources[0]?.seconds).toEqual(expect.any(Number));
  expect(said(changed)).toMatch(/orders +changes +7 +500 +\S.* +7 rows written since \d{4}-\d\d-\d\dT\d\d:\d\d/);
  expect(said(changed)).toMatch(/order_items +changes, with orders +500 +orders changed\n/);
  const run = await runOffline(workshop, 'second', { pipeline });
  expect(run.lanes.map(({ source, rows }) => [source, rows])).toEqual([['orders', 7]]);

  // The last second before a cut is read again.
  await postgres.run(
    `UPDATE orders SET updated_at = updated_at - interval '1 hour'; DELETE FROM orders WHERE order_id = 500`,
  );
  expect(said(await preview(pipeline))).toMatch(
    /orders +changes +0 +500 .* no row was written since .*, but rows are gone/,
  );
  expect(said(await preview(pipeline, true))).toMatch(
    /orders +everything +\d+ .* everything is made anew \(--full\)\n/,
  );
});

test('a table that hides rows from its reader is told before a run, and by it', async () => {
  const pipeline = ordersFolder('hidden');
  const file = join(pipeline, 'pipeline.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('env:SHOP', 'env:READER'));
  expect(said(await preview(pipeline))).not.toContain('careful');
  await postgres.run('ALTER TABLE order_items ENABLE ROW LEVEL SECURITY');
  const hidden = await preview(pipeline);
  const { publication } = await runOffline(workshop, 'hidden', { pipeline });
  await postgres.run('ALTER TABLE order_items DISABLE ROW LEVEL SECURITY');
  expect(hidden.sources.map(({ table }) => table?.hidesRows)).toEqual([false, true]);
  const edition = await workshop.services.releases('hidden').edition(publication?.edition ?? '');
  expect(edition?.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([
    expect.objectContaining({ name: 'row-level security', subject: 'order_items', outcome: 'warn' }),
  ]);
  expect(said(hidden)).toMatch(/careful +row-level security shows us only some rows of order_items; `daybreak doctor`/);
});

test('hours for full loads are told, and that a run outside of them would be blocked', async () => {
  const pipeline = ordersFolder('hours');
  const declaration = join(pipeline, 'pipeline.yaml');
  const text = readFileSync(declaration, 'utf8');
  writeFileSync(declaration, text.replace('table: orders\n', 'table: orders\n    full_loads: 22:00-06:00\n'));
  const day = await preview(pipeline);
  expect(day).toMatchObject({ outcome: 'blocked', blockedBy: [{ name: 'full_loads', subject: 'orders' }] });
  expect(said(day)).toMatch(
    /would end as blocked.*\n +blocked +orders: there is no snapshot .* it is 12:00 in UTC; expected full loads within 22:00-06:00/,
  );
  const night = await preview(pipeline, false, new Date('2026-03-10T23:00:00Z'));
  expect(night).toMatchObject({ outcome: 'publish', blockedBy: [] });
  expect(said(night)).toMatch(/orders +everything, within 22:00-06:00 +\d+ /);
  expect(said(night)).toMatch(/order_items +everything, with orders +/);
});
