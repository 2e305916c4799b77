/** `validate` over a pipeline that reads a database: what is written is judged everywhere, the tables where they are known. */
import { validatePipeline } from '../../../src/adapters/definition/validate';
import { removeTemporaryFolders } from '../../dev/temporary';
import { ordersFolder } from '../../support/orders-folder';
import { startTestPostgres, type TestPostgres } from '../../support/postgres';

jest.setTimeout(60_000);

let postgres: TestPostgres;
let folder: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run(`
    CREATE TABLE orders (order_id bigint PRIMARY KEY, user_id int, note text, total numeric(12,2), updated_at timestamptz NOT NULL);
    CREATE TABLE order_items (order_id bigint, line_no int, quantity numeric(9,3), label text, PRIMARY KEY (order_id, line_no))`);
  await postgres.reader('reader', ['orders', 'order_items']);
  folder = ordersFolder('looked-at');
});
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

async function seen(environment: Record<string, string>) {
  const options = { base: '/', parameters: {}, environment };
  const { pipeline, problems, tables, data } = await validatePipeline(folder, options);
  const told = data.map(({ severity, line, source, about, message }) => [
    severity,
    line,
    `${source}.${about}`,
    message,
  ]);
  return { isGood: pipeline !== undefined, problems, tables: tables.map(({ name, seen: is }) => [name, is]), told };
}

test('as declared; and where the connection is not known, that is only said', async () => {
  expect(await seen({ SHOP: postgres.url() })).toEqual({
    isGood: true,
    problems: [],
    tables: [
      ['orders', true],
      ['order_items', true],
    ],
    told: [],
  });
  expect(await seen({})).toEqual({
    isGood: true,
    problems: [],
    tables: [
      ['orders', false],
      ['order_items', false],
    ],
    told: [['warn', 6, 'orders.connection', 'its database is not looked at, as SHOP is not set here']],
  });
});

test('a table that hides rows from us is told, and stops nothing', async () => {
  await postgres.run('ALTER TABLE order_items ENABLE ROW LEVEL SECURITY; GRANT pg_read_all_stats TO reader');
  const { isGood, told } = await seen({ SHOP: postgres.url({ user: 'reader' }) });
  expect(isGood).toBe(true);
  expect(told).toEqual([['warn', 14, 'order_items.table', expect.stringMatching(/^row-level security .* BYPASSRLS/)]]);
  await postgres.run('ALTER TABLE order_items DISABLE ROW LEVEL SECURITY; REVOKE pg_read_all_stats FROM reader');
});

test('a table that its user may not read', async () => {
  await postgres.run(`REVOKE SELECT ON order_items FROM reader; GRANT SELECT (order_id, line_no) ON order_items TO reader;
    GRANT pg_read_all_stats TO reader`);
  expect((await seen({ SHOP: postgres.url({ user: 'reader' }) })).told).toEqual([
    ['error', 14, 'order_items.table', expect.stringMatching(/may not read .* GRANT SELECT ON order_items/)],
  ]);
  await postgres.run('GRANT SELECT (quantity, label) ON order_items TO reader');
  expect((await seen({ SHOP: postgres.url({ user: 'reader' }) })).told).toEqual([]);
  await postgres.run('REVOKE pg_read_all_stats FROM reader');
});

test('what a run would be stopped by, at its place; what may pass only warns', async () => {
  const [lag] = (await seen({ SHOP: postgres.url({ user: 'reader' }) })).told;
  expect(lag?.slice(0, 3)).toEqual(['error', 9, 'orders.cursor']);
  expect(lag?.[3]).toMatch(/may not see since when .* GRANT pg_read_all_stats/);
  const [away] = (await seen({ SHOP: 'postgres://reader@127.0.0.1:1/shop' })).told;
  expect(away?.slice(0, 3)).toEqual(['warn', 6, 'orders.connection']);

  await postgres.run('ALTER TABLE orders RENAME total TO amount; DROP TABLE order_items');
  expect((await seen({ SHOP: postgres.url() })).told).toEqual([
    ['error', 10, 'orders.columns', expect.stringMatching(/^column "total" is gone; .*renamed/)],
    ['error', 14, 'order_items.table', 'there is no table order_items'],
  ]);
});
