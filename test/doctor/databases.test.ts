/** What the doctor sees of a pipeline's databases; each look is made to fail in a real Postgres. */
import { examine } from '../../src/doctor';
import { checkDatabases } from '../../src/doctor/databases';
import type { Finding } from '../../src/doctor/finding';
import { clockFinding } from '../../src/doctor/databases/server';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { ordersFolder } from '../support/orders-folder';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(120_000);

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startTestPostgres({ max_connections: 20 });
  await postgres.run(`
    CREATE TABLE orders (order_id bigint PRIMARY KEY, user_id int, note text, total numeric(12,2), updated_at timestamptz NOT NULL);
    CREATE INDEX ON orders (updated_at);
    CREATE TABLE order_items (line_no int, order_id bigint, quantity numeric(9,3), label text, PRIMARY KEY (line_no, order_id))`);
  await postgres.reader('reader', ['orders']);
  await postgres.run('GRANT SELECT (order_id, line_no, quantity) ON order_items TO reader');
  folder = ordersFolder('watched');
});
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

const look = async (url: string): Promise<Finding[]> => await checkDatabases(folder, '/', { SHOP: url });
const only = (findings: readonly Finding[], state: Finding['state']) =>
  findings.filter((finding) => finding.state === state).map(({ check, says, next }) => [check, says, next ?? '']);

test('all is as it should but for an index, and it says which statement makes it', async () => {
  const found = await look(postgres.url());
  expect(only(found, 'good').map(([check, says]) => `${check}: ${says}`)).toEqual([
    expect.stringMatching(
      /^database: 127\.0\.0\.1:\d+\/postgres: Postgres \d+\.\d+, as postgres; \d+ of 17 connections in use; read by COPY$/,
    ),
    expect.stringMatching(/^database clock: .* from ours$/),
    expect.stringMatching(/^cut: .*: nights begin where the database's clock says$/),
    'table: orders: as declared, and ours to read',
    'table: order_items: as declared, and ours to read',
  ]);
  expect(only(found, 'warn')).toEqual([
    [
      'index',
      "order_items: none begins with order_id, its parent's key: each part reads the whole table",
      'CREATE INDEX CONCURRENTLY ON order_items ("order_id")',
    ],
  ]);
  expect(only(found, 'bad')).toEqual([]);
});

test('a reader without the grants: which they are', async () => {
  expect(only(await look(postgres.url({ user: 'reader' })), 'bad')).toEqual([
    [
      'cut',
      expect.stringContaining('the user reader may not see since when'),
      expect.stringContaining('GRANT pg_read_all_stats TO "reader"'),
    ],
    ['grants', 'order_items: reader may not read it', 'GRANT SELECT ON order_items TO "reader"'],
  ]);
});

test('a table that hides rows from us, unless a policy lets us see all', async () => {
  await postgres.run(
    'GRANT pg_read_all_data, pg_read_all_stats TO reader; ALTER TABLE orders ENABLE ROW LEVEL SECURITY',
  );
  const hidden = async (options: { user?: string } = { user: 'reader' }) =>
    only(await look(postgres.url(options)), 'warn').filter(([check]) => check === 'rows');
  const warned = [
    [
      'rows',
      expect.stringMatching(/^orders: row-level security shows us only some/),
      expect.stringMatching(/BYPASSRLS/),
    ],
  ];
  expect(await hidden()).toEqual(warned);
  expect(await hidden({})).toEqual([]);
  await postgres.run(
    'CREATE POLICY own ON orders USING (user_id = 1); CREATE POLICY write ON orders FOR INSERT WITH CHECK (true)',
  );
  expect(await hidden()).toEqual(warned);
  await postgres.run('CREATE POLICY other ON orders FOR SELECT TO pg_monitor USING (true)');
  expect(await hidden()).toEqual(warned);
  await postgres.run('CREATE POLICY every ON orders FOR SELECT TO reader USING (true)');
  expect(await hidden()).toEqual([]);
  await postgres.run('CREATE POLICY less ON orders AS RESTRICTIVE USING (user_id > 1)');
  expect(await hidden()).toEqual(warned);
  await postgres.run(`ALTER TABLE orders DISABLE ROW LEVEL SECURITY; REVOKE pg_read_all_data, pg_read_all_stats FROM reader;
    DROP POLICY own ON orders; DROP POLICY write ON orders; DROP POLICY other ON orders; DROP POLICY every ON orders;
    DROP POLICY less ON orders`);
});

test('few connections left, a table that drifted, one that is gone', async () => {
  const many = await Promise.all(Array.from({ length: 14 }, async () => await postgres.session()));
  expect(only(await look(postgres.url()), 'warn')).toContainEqual([
    'connections',
    expect.stringMatching(/: [0-3] are free, and up to 4 are asked for/),
    expect.stringContaining('max_connections'),
  ]);
  await Promise.all(
    many.map(async (session) => await session('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => [])),
  );
  await postgres.run('ALTER TABLE orders RENAME total TO amount; ALTER TABLE order_items RENAME TO lines');
  expect(only(await look(postgres.url()), 'bad')).toEqual([
    [
      'table',
      expect.stringMatching(/^orders: column "total" is gone.*renamed/),
      expect.stringContaining('pipeline.yaml'),
    ],
    ['table', 'there is no table order_items', expect.stringContaining('pipeline.yaml')],
  ]);
  await postgres.run('ALTER TABLE orders RENAME amount TO total; ALTER TABLE lines RENAME TO order_items');
});

test('a replica needs a lag; its clock and ours', async () => {
  const replica = await postgres.standby();
  const found = await look(replica.url());
  expect(only(found, 'bad').map(([check, says]) => [check, says])).toContainEqual([
    'cut',
    expect.stringContaining('the database is a replica'),
  ]);
  expect(only(found, 'warn').map(([check, says]) => `${check}: ${says}`)).toContainEqual(
    expect.stringMatching(
      /^replica: .*: a replica, (whose last transaction is \d+ s old|which has replayed nothing yet)$/,
    ),
  );
  const facts = { clock: 60_000_000n } as Parameters<typeof clockFinding>[1];
  expect(clockFinding('db', facts, 30_000, 30_010)).toMatchObject({
    state: 'warn',
    says: expect.stringContaining('30.0 s ahead of ours'),
  });
  expect(clockFinding('db', facts, 50_000, 70_000).state).toBe('good');
});

test('nobody there, a wrong password, no variable: what is said, and never the URL', async () => {
  expect(only(await look('postgres://reader:secret@127.0.0.1:1/shop'), 'bad')).toEqual([
    ['database', expect.stringMatching(/^SHOP, 127\.0\.0\.1:1\/shop: /), expect.any(String)],
  ]);
  const [[, says = ''] = []] = only(await look(postgres.url({ password: 'wrong' })), 'bad');
  expect(says).toContain('does not accept the password');
  expect(says).not.toContain('wrong');
  expect(await checkDatabases(folder, '/', {})).toEqual([
    {
      ...{ check: 'database', state: 'bad' },
      says: 'SHOP is not set here, so that orders, order_items cannot be read',
      next: expect.stringContaining('export SHOP='),
    },
  ]);
});

test('with a pipeline it is looked at besides all else; one of files has no database', async () => {
  const environment = { DAYBREAK_HOME: temporaryFolder(), SHOP: postgres.url() };
  const found = await examine(environment, { named: folder, base: '/' });
  expect(found.map(({ check }) => check)).toEqual(expect.arrayContaining(['node', 'database', 'cut', 'table']));
  expect(await checkDatabases(tinyPipeline('tiny'), '/', {})).toEqual([]);
});
