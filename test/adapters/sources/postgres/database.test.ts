import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../../src/adapters/sources/postgres/database';
import { faultProxy } from '../../../support/fault-proxy';
import { startTestPostgres, type TestPostgres } from '../../../support/postgres';
import { eventually } from '../../../dev/temporary';

const folder = mkdtempSync(join(tmpdir(), 'daybreak-copy-'));
let postgres: TestPostgres;
const opened: Database[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run(`
    CREATE TABLE cups (id bigint PRIMARY KEY, note text, price numeric(18,4), at timestamptz, raw bytea, tags text[]);
    INSERT INTO cups VALUES
      (9007199254740993, 'a, "b"', 1.1000, '2026-03-29 02:30:00.123456+02', '\\x00ff', '{a,NULL,"x y"}'),
      (2, '', NULL, 'infinity', NULL, NULL), (3, NULL, 'NaN', NULL, NULL, '{}')`);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await eventually('no session is left', async () => (await postgres.backends()).length === 0, 5_000);
});
afterAll(async () => {
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
});

function database(settings: Partial<Parameters<typeof openDatabase>[0]> = {}): Database {
  const made = openDatabase({
    url: postgres.url(),
    environment: {},
    applicationName: 'daybreak orders 7',
    where: 'source orders',
    statementTimeoutMs: 10_000,
    lockTimeoutMs: 1_000,
    ...settings,
  });
  opened.push(made);
  return made;
}

test('values are what the database writes', async () => {
  const rows = await database().query('SELECT * FROM cups WHERE id > $1 ORDER BY id', { values: ['1'] });
  expect(rows).toEqual([
    { id: '2', note: '', price: null, at: 'infinity', raw: null, tags: null },
    { id: '3', note: null, price: 'NaN', at: null, raw: null, tags: '{}' },
    {
      id: '9007199254740993',
      note: 'a, "b"',
      price: '1.1000',
      at: '2026-03-29 00:30:00.123456+00',
      raw: '\\x00ff',
      tags: '{a,NULL,"x y"}',
    },
  ]);
});

test('a session only reads, waits for nothing for ever, and says who it is', async () => {
  const asked = database();
  const [row] = await asked.query(
    `SELECT current_setting('default_transaction_read_only') AS read_only, current_setting('transaction_isolation') AS isolation,
       current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
       current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name,
       current_setting('client_encoding') AS encoding, interval '1 day 2 hours' AS span, 0.1::float8 + 0.2 AS sum,
       current_setting('client_connection_check_interval') AS looks, current_setting('tcp_user_timeout') AS waits`,
  );
  expect(row).toEqual({
    read_only: 'on',
    isolation: 'repeatable read',
    statement: '10s',
    lock: '1s',
    idle: '10min',
    name: 'daybreak orders 7',
    encoding: 'UTF8',
    span: 'P1DT2H',
    sum: '0.30000000000000004',
    looks: '2s',
    waits: '60000',
  });
  await expect(asked.query('CREATE TABLE more ()')).rejects.toMatchObject({ kind: 'BadDefinition' });
  await expect(asked.query('COMMIT; DROP TABLE cups')).rejects.toMatchObject({ kind: 'BadDefinition' });
});

test('a copy is CSV with the count of the server', async () => {
  const path = join(folder, 'cups.csv');
  const seen: number[] = [];
  const given = await database().reading(
    async (transaction) =>
      await transaction.copy('SELECT id, note, price FROM cups ORDER BY id', path, { onBytes: (n) => seen.push(n) }),
  );
  const text = readFileSync(path, 'utf8');
  expect(text).toBe('2,"",\n3,,NaN\n9007199254740993,"a, ""b""",1.1000\n');
  expect(given).toEqual({ rows: 3, bytes: Buffer.byteLength(text) });
  expect(seen.at(-1)).toBe(given.bytes);
});

test('a large copy is complete', async () => {
  const path = join(folder, 'large.csv');
  const given = await database().reading(
    async (transaction) =>
      await transaction.copy("SELECT n, repeat('x', 100), NULL FROM generate_series(1, 50000) n", path),
  );
  const text = readFileSync(path, 'utf8');
  expect(given).toEqual({ rows: 50_000, bytes: text.length });
  expect(text.endsWith(`50000,${'x'.repeat(100)},\n`)).toBe(true);
});

test('all that is asked in one reading is of one instant', async () => {
  const counts = await database().reading(async (transaction) => {
    const before = await transaction.query('SELECT count(*)::text AS n FROM cups');
    await postgres.run('INSERT INTO cups (id) VALUES (4)');
    return [before, await transaction.query('SELECT count(*)::text AS n FROM cups')];
  });
  expect(counts).toEqual([[{ n: '3' }], [{ n: '3' }]]);
  await postgres.run('DELETE FROM cups WHERE id = 4');
});

test('one session is used again, as long as nothing fails', async () => {
  const asked = database();
  const pid = async () => (await asked.query('SELECT pg_backend_pid() AS pid'))[0]?.pid;
  const first = await pid();
  expect(await pid()).toBe(first);
  await expect(asked.query('SELECT 1/0')).rejects.toThrow('division by zero');
  expect(await pid()).not.toBe(first);
});

test.each(['query', 'copy'] as const)('an abort ends a %s at once, here and at the server', async (how) => {
  const abort = new AbortController();
  const { signal } = abort;
  const asked = database();
  const work =
    how === 'query'
      ? asked.query('SELECT pg_sleep(60)', { signal })
      : asked.reading(
          async (transaction) =>
            await transaction.copy(
              'SELECT n, pg_sleep(0.01) FROM generate_series(1, 5000) n',
              join(folder, 'slow.csv'),
              {
                signal,
              },
            ),
        );
  const outcome = work.catch((error: unknown) => error);
  await eventually('it runs', async () => (await postgres.backends()).some(({ query }) => query?.includes('pg_sleep')));
  const from = Date.now();
  abort.abort(new Error('enough'));
  expect(await outcome).toEqual(new Error('enough'));
  expect(Date.now() - from).toBeLessThan(500);
  // Sooner than the server finds out by itself.
  await eventually('nothing runs', async () => (await postgres.backends()).length === 0, 1_000);
});

test('closing ends what is asked', async () => {
  const asked = database();
  const outcome = asked.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
  await eventually('it runs', async () => (await postgres.backends()).some(({ query }) => query?.includes('pg_sleep')));
  await asked.close();
  expect(await outcome).toMatchObject({ kind: 'Bug' });
  await expect(asked.query('SELECT 1')).rejects.toThrow('the database was closed');
});

test('a disk of our own that fails is not blamed on the database', async () => {
  const path = join(folder, 'no', 'such', 'folder.csv');
  const work = database().reading(async (transaction) => await transaction.copy('SELECT 1', path));
  await expect(work).rejects.toMatchObject({ code: 'ENOENT', path });
});

test('behind a pooler, what is set holds for a transaction only', async () => {
  // A pooler gives its clients numbers of its own in place of the process's.
  const pooler = await faultProxy(postgres, (piece) => {
    const at = piece.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
    if (at >= 0) piece.writeInt32BE(77, at + 5);
    return piece;
  });
  const asked = database({ url: postgres.url({ port: pooler.port }), maxConnections: 1 });
  const set = "SELECT current_setting('statement_timeout') AS t, current_setting('default_transaction_read_only') AS r";
  expect(await asked.query(set)).toEqual([{ t: '10s', r: 'off' }]);
  await expect(asked.query('CREATE TABLE more ()')).rejects.toMatchObject({ kind: 'BadDefinition' });
  await asked.close();
  await pooler.close();
});
