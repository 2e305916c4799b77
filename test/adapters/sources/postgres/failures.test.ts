import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../../../src/adapters/sources/postgres/database';
import { postgresUser } from '../../../../src/dev/postgres-programs';
import { DaybreakError } from '../../../../src/domain/failure';
import { eventually } from '../../../dev/temporary';
import { selfSigned } from '../../../support/certificate';
import { type Fault, type FaultProxy, faultProxy } from '../../../support/fault-proxy';
import { startTestPostgres, type TestPostgres } from '../../../support/postgres';
import { mayMount, mountDisk } from '../../../support/tmpfs';

/** Many bytes for many seconds, from the first moment on. */
const LONG = "SELECT n, repeat('x', 1000), pg_sleep(0.0002) FROM generate_series(1, 100000) n";
const SECRET = 'morning-coffee';

const folder = mkdtempSync(join(tmpdir(), 'daybreak-failures-'));
let postgres: TestPostgres;
let opened: Database | undefined;

beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run(`
    CREATE TABLE cups (id bigint PRIMARY KEY, note text);
    INSERT INTO cups SELECT n, 'note ' || n FROM generate_series(1, 1000) n;
    CREATE TABLE secrets (id int);
    CREATE ROLE nobody_here NOLOGIN PASSWORD '${SECRET}';
    CREATE ROLE crowded LOGIN PASSWORD '${SECRET}' CONNECTION LIMIT 1`);
  await postgres.reader('reader', ['cups']);
});
afterEach(async () => {
  // Closing is not what ends the session that failed.
  await eventually('no session is left', async () => (await postgres.backends()).length === 0, 5_000);
  await opened?.close();
});
afterAll(async () => {
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
});

function database(url: string, settings: Partial<Parameters<typeof openDatabase>[0]> = {}): Database {
  opened = openDatabase({
    url,
    environment: {},
    applicationName: 'daybreak orders 7',
    where: 'source orders',
    statementTimeoutMs: 20_000,
    lockTimeoutMs: 20_000,
    ...settings,
  });
  return opened;
}

/** What a failed question says; it has all four parts that people need, and no secret. */
async function failureOf(work: Promise<unknown>): Promise<DaybreakError> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof DaybreakError)) throw new Error('it did not fail as it should', { cause: error });
  expect(error.message).toMatch(/^source orders: .+\nnext: .+/s);
  expect(error.message).not.toMatch(new RegExp(`${SECRET}|wrong-one|postgres://`));
  return error;
}

const copying = (asked: Database, onBytes?: (bytes: number) => void, select = LONG) =>
  asked.reading(
    async (transaction) =>
      await transaction.copy(select, join(folder, 'part.csv'), onBytes === undefined ? {} : { onBytes }),
  );

/** Does something once a copy has begun to bring rows; gives the failure, and how long after it came. */
async function inTheMiddle(asked: Database, happens: () => unknown): Promise<{ error: DaybreakError; ms: number }> {
  let begun: () => void;
  const first = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const failure = failureOf(copying(asked, () => begun()));
  await first;
  const from = Date.now();
  await happens();
  return { error: await failure, ms: Date.now() - from };
}

describe('who is not let in', () => {
  test.each([
    ['a wrong password', { user: 'reader', password: 'wrong-one' }, 'Credentials', 'does not accept the password'],
    ['a user who may not log in', { user: 'nobody_here' }, 'Credentials', 'lets nobody in like this'],
    ['a database that is not there', { database: 'nowhere' }, 'Credentials', 'no such database'],
    ['no password at all', { user: 'reader', password: '' }, 'Credentials', 'wants a password'],
  ])('%s', async (_, who, kind, says) => {
    const error = await failureOf(database(postgres.url(who)).query('SELECT 1'));
    expect(error).toMatchObject({ kind });
    expect(error.message).toContain(says);
    expect(error.message).toContain('next: correct the connection, where the worker runs');
  });

  test('a user without the grant', async () => {
    const error = await failureOf(
      copying(database(postgres.url({ user: 'reader' })), undefined, 'SELECT * FROM secrets'),
    );
    expect(error).toMatchObject({ kind: 'Credentials' });
    expect(error.message).toMatch(/permission denied for table secrets, 42501[^]*GRANT USAGE .* SELECT/);
  });

  test('a connection too many', async () => {
    const url = postgres.url({ user: 'crowded' });
    const holder = database(url);
    await holder.query('SELECT 1');
    const error = await failureOf(database(url).query('SELECT 1'));
    await holder.close();
    expect(error).toMatchObject({ kind: 'Throttled' });
    expect(error.message).toContain('fewer lanes');
  });
});

describe('who is not found', () => {
  test('nothing listens there', async () => {
    const error = await failureOf(database(postgres.url({ port: 1 })).query('SELECT 1'));
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(error.message).toContain('correct its host and port');
  });

  test('nobody knows the host', async () => {
    const error = await failureOf(database('postgres://reader:wrong-one@no-such-host.invalid/shop').query('SELECT 1'));
    // Whoever is asked for names may say that there is none, or be out of reach.
    expect(['UnknownHost', 'Transient']).toContain(error.kind);
    expect(error.message).toMatch(/host of the database/);
  });

  test('somebody listens and says nothing', async () => {
    const proxy = await faultProxy(postgres);
    proxy.be({ kind: 'silence', afterBytes: 0 });
    const signal = AbortSignal.timeout(500);
    const work = database(postgres.url({ port: proxy.port })).query('SELECT 1', { signal });
    await expect(work).rejects.toMatchObject({ name: 'TimeoutError' });
    await proxy.close();
  });
});

describe('what the database stops', () => {
  test('a question that takes too long', async () => {
    const asked = database(postgres.url(), { statementTimeoutMs: 300 });
    const error = await failureOf(asked.query('SELECT pg_sleep(5)'));
    expect(error).toMatchObject({ kind: 'Throttled' });
    expect(error.message).toContain('look for an index on the key and on the cursor');
  });

  test('a copy that takes too long', async () => {
    const asked = database(postgres.url(), { statementTimeoutMs: 300 });
    expect(await failureOf(copying(asked))).toMatchObject({ kind: 'Throttled' });
  });

  test('a wait for a lock', async () => {
    const other = await postgres.session();
    await other('BEGIN; LOCK TABLE cups');
    const asked = database(postgres.url(), { lockTimeoutMs: 200 });
    const error = await failureOf(asked.query('SELECT * FROM cups'));
    await other('ROLLBACK');
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(error.message).toContain('let the change of the table finish');
  });

  test('a question that would write', async () => {
    const error = await failureOf(copying(database(postgres.url()), undefined, 'SELECT lo_create(0)'));
    expect(error).toMatchObject({ kind: 'BadDefinition' });
    expect(error.message).toContain('a SELECT that only reads');
  });
});

(mayMount() ? describe : describe.skip)('a disk of the server', () => {
  test('a question that fills the disk', async () => {
    const place = join(postgres.home, 'small');
    mkdirSync(place);
    const disk = mountDisk(place, 2);
    try {
      const { uid, gid } = postgresUser();
      if (uid !== undefined && gid !== undefined) chownSync(place, uid, gid);
      chmodSync(place, 0o700);
      await postgres.run(`CREATE TABLESPACE small LOCATION '${place}'`);
      const large = "SELECT n, repeat('x', 1000) FROM generate_series(1, 50000) n ORDER BY n DESC";
      const environment = { PGOPTIONS: '-c temp_tablespaces=small -c work_mem=64kB' };
      const error = await failureOf(copying(database(postgres.url(), { environment }), undefined, large));
      expect(error).toMatchObject({ kind: 'DiskFull' });
      expect(error.message).toContain('make room on the database server');
    } finally {
      await opened?.close();
      await postgres.run('DROP TABLESPACE small');
      // A server that starts again would look for it.
      await postgres.run('CHECKPOINT');
      disk.unmount();
    }
  });
});

describe('a table that is not as declared', () => {
  test.each([
    ['is dropped', 'DROP TABLE drifting', '42P01'],
    ['has lost a column', 'ALTER TABLE drifting DROP COLUMN note', '42703'],
    ['has a column renamed', 'ALTER TABLE drifting RENAME COLUMN note TO remark', '42703'],
    ['has a column of another type', "ALTER TABLE drifting ALTER COLUMN id TYPE text USING 'x' || id", '42883'],
  ])('it %s', async (_, change, code) => {
    await postgres.run('DROP TABLE IF EXISTS drifting; CREATE TABLE drifting AS TABLE cups');
    await postgres.run(change);
    const work = copying(database(postgres.url()), undefined, 'SELECT note FROM drifting WHERE id > 5::bigint');
    const error = await failureOf(work);
    expect(error).toMatchObject({ kind: 'SchemaDrifted' });
    expect(error.message).toContain(code);
    expect(error.message).toContain('next: correct the source');
  });

  test('values of rows are not told', async () => {
    const error = await failureOf(database(postgres.url()).query("SELECT (note || ' of a person')::int FROM cups"));
    expect(error.kind).toBe('SchemaDrifted');
    expect(error.message).not.toContain('of a person');
  });
});

describe('the way to the database', () => {
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await faultProxy(postgres);
  });
  afterEach(async () => await proxy.close());
  const asked = (statementTimeoutMs = 20_000) => database(postgres.url({ port: proxy.port }), { statementTimeoutMs });

  test.each(['reset', 'cut'] as const)('a %s in the middle of a copy', async (kind) => {
    const { error, ms } = await inTheMiddle(asked(), () => proxy.be({ kind, afterBytes: 50_000 }));
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(error.message).toContain('the connection to the database broke');
    expect(proxy.fired()).toBe(1);
    expect(ms).toBeLessThan(2_000);
  });

  test('silence in the middle of a copy ends after what the server may take', async () => {
    const { error, ms } = await inTheMiddle(asked(1_000), () => proxy.be({ kind: 'silence', afterBytes: 50_000 }));
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(error.message).toContain('fell silent');
    expect(ms).toBeLessThan(6_000);
    // Neither the goodbye nor the wish to stop gets through; the server learns it from the network.
    await proxy.close();
  });

  test.each<Fault>([
    { kind: 'latency', ms: 30 },
    { kind: 'throttled', bytesPerSecond: 400_000 },
  ])('$kind costs time and nothing else', async (fault) => {
    proxy.be(fault);
    const select = "SELECT n, repeat('x', 100) FROM generate_series(1, 3000) n";
    const { rows } = await copying(asked(2_000), undefined, select);
    expect(rows).toBe(3_000);
    expect(proxy.fired()).toBeGreaterThan(1);
    await opened?.close();
  });
});

describe('the server itself', () => {
  test('an administrator ends the session', async () => {
    const { error, ms } = await inTheMiddle(database(postgres.url()), () => postgres.terminate('daybreak'));
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(error.message).toContain('57P01');
    expect(ms).toBeLessThan(2_000);
  });

  test('the session is ended between two questions', async () => {
    const work = database(postgres.url()).reading(async (transaction) => {
      await transaction.query('SELECT 1');
      await postgres.terminate('daybreak');
      await eventually('it is gone', async () => (await postgres.backends()).length === 0);
      await transaction.query('SELECT 2');
    });
    expect((await failureOf(work)).message).toContain('57P01');
  });

  test('one process of it crashes, and takes all sessions along', async () => {
    const { error, ms } = await inTheMiddle(database(postgres.url()), async () => {
      const [victim] = await postgres.run("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
      process.kill(Number(victim?.pid), 'SIGKILL');
    });
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(ms).toBeLessThan(5_000);
    await eventually('it is up again', async () => (await postgres.run('SELECT 1').catch(() => [])).length === 1);
  });

  test('it is restarted; the same database works again', async () => {
    const asked = database(postgres.url());
    const { error } = await inTheMiddle(asked, () => postgres.restart());
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(await asked.query('SELECT count(*) AS n FROM cups')).toEqual([{ n: '1000' }]);
    await asked.close();
  });

  test('it is killed', async () => {
    const { error, ms } = await inTheMiddle(database(postgres.url()), () => postgres.kill());
    expect(error).toMatchObject({ kind: 'Transient' });
    expect(ms).toBeLessThan(5_000);
    await postgres.restart();
  });

  test('a replica goes on with what its primary changed', async () => {
    await postgres.run('CREATE TABLE short AS TABLE cups');
    const replica = await postgres.standby({ max_standby_streaming_delay: '0' });
    const { error } = await inTheMiddle(database(replica.url()), async () => {
      await postgres.run('DELETE FROM short');
      await postgres.run('VACUUM short');
    });
    expect(error).toMatchObject({ kind: 'Throttled' });
    expect(error.message).toContain('hot_standby_feedback');
    expect(await replica.backends()).toEqual([]);
  });
});

describe('TLS', () => {
  const url = (mode: string, host = 'localhost') =>
    `${postgres.url().replace('127.0.0.1', host)}?sslmode=${mode}&sslrootcert=${join(folder, 'server.crt')}`;
  const encrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

  test('a server without it, where it is asked for', async () => {
    const error = await failureOf(database(`${postgres.url()}?sslmode=require`).query('SELECT 1'));
    expect(error).toMatchObject({ kind: 'Credentials' });
    expect(error.message).toContain('sslmode=disable');
  });

  test('a server with it', async () => {
    const { certificate, key } = selfSigned('localhost');
    const files = { crt: join(folder, 'server.crt'), key: join(postgres.home, 'server.key') };
    writeFileSync(files.crt, certificate);
    writeFileSync(files.key, key, { mode: 0o600 });
    const { uid, gid } = postgresUser();
    if (uid !== undefined && gid !== undefined) chownSync(files.key, uid, gid);
    chmodSync(folder, 0o755);
    await postgres.restart({ ssl: 'on', ssl_cert_file: files.crt, ssl_key_file: files.key });

    for (const [given, ssl] of [
      [url('verify-full'), 't'],
      [url('verify-ca', '127.0.0.1'), 't'],
      [`${postgres.url()}?sslmode=require`, 't'],
      [postgres.url(), 't'],
      [`${postgres.url()}?sslmode=disable`, 'f'],
    ] as const) {
      const asked = database(given);
      expect([given, await asked.query(encrypted)]).toEqual([given, [{ ssl }]]);
      await asked.close();
    }
    for (const given of [url('verify-full', '127.0.0.1'), `${postgres.url()}?sslmode=verify-full`]) {
      const error = await failureOf(database(given).query('SELECT 1'));
      expect(error).toMatchObject({ kind: 'Credentials' });
      expect(error.message).toContain('sslrootcert');
    }
  });

  test('what is cancelled or cut under it ends as well', async () => {
    const abort = new AbortController();
    const work = database(url('verify-full')).query('SELECT pg_sleep(60)', { signal: abort.signal });
    const outcome = work.catch((error: unknown) => error);
    await eventually('it runs', async () => (await postgres.backends()).some(({ query }) => query?.includes('sleep')));
    abort.abort(new Error('enough'));
    expect(await outcome).toEqual(new Error('enough'));
    await eventually('nothing runs', async () => (await postgres.backends()).length === 0, 1_500);
    const { error } = await inTheMiddle(database(url('verify-full')), () => postgres.terminate('daybreak'));
    expect(error).toMatchObject({ kind: 'Transient' });
  });
});
