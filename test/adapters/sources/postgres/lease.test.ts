import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { postgresSource } from '../../../../src/adapters/sources/postgres';
import { type Database, type DatabaseSettings, openDatabase } from '../../../../src/adapters/sources/postgres/database';
import { ASKING } from '../../../../src/adapters/sources/postgres/lease';
import { type PostgresSourceDefinition, sourceSchema } from '../../../../src/domain/definition';
import { eventually } from '../../../dev/temporary';
import { faultProxy } from '../../../support/fault-proxy';
import { startTestPostgres, type TestPostgres } from '../../../support/postgres';
import { bench } from '../support';

const LIMIT = 3;
const CUPS = sourceSchema.parse({
  type: 'postgres',
  table: 'cups',
  key: ['id'],
  columns: { id: 'INTEGER' },
}) as PostgresSourceDefinition;
let postgres: TestPostgres;
const opened: Database[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await eventually('nobody is left', async () => (await postgres.backends()).length === 0, 5_000);
});
afterAll(async () => await postgres.remove());

function database(name: string, settings: Partial<DatabaseSettings> = {}): Database {
  const made = openDatabase({
    url: postgres.url(),
    environment: {},
    applicationName: `daybreak ${name}`,
    where: `source ${name}`,
    statementTimeoutMs: 10_000,
    lockTimeoutMs: 1_000,
    maxConnections: 1,
    ...settings,
  });
  opened.push(made);
  return made;
}

/** Holds a session until it is told to let go. */
async function held(by: Database): Promise<() => Promise<void>> {
  let letGo = () => undefined as void;
  const kept = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let reads = () => undefined as void;
  const begun = new Promise<void>((resolve) => {
    reads = resolve;
  });
  const work = by.reading(async (transaction) => {
    await transaction.query('SELECT 1');
    reads();
    await kept;
  });
  await begun;
  return async () => {
    letGo();
    await work;
  };
}

test('who waits in this process holds nothing, hears who reads, and goes on when that is over', async () => {
  const heard: unknown[] = [];
  const letGo = await held(database('orders'));
  const waiting = database('refunds', { onWaiting: (waiting) => heard.push(waiting) }).query('SELECT 1 AS n');
  await eventually('it says so', () => heard.length > 0);
  expect(heard[0]).toEqual({
    reason: 'waiting for one of 1 connections to the database',
    heldBy: ['daybreak orders'],
  });
  expect(await postgres.backends()).toMatchObject([{ application_name: 'daybreak orders' }]);
  await letGo();
  expect(await waiting).toEqual([{ n: '1' }]);
  expect(heard.at(-1)).toBeNull();
});

test('who waits can be called off, and then stands in nobody’s way', async () => {
  const letGo = await held(database('orders'));
  const abort = new AbortController();
  const waiting = database('refunds').query('SELECT 1', { signal: abort.signal });
  const closed = database('users');
  const gone = closed.query('SELECT 1');
  const other = database('products').query('SELECT 1 AS n');
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await Promise.all([closed.close(), expect(gone).rejects.toThrow('the database was closed')]);
  await letGo();
  expect(await other).toEqual([{ n: '1' }]);
});

test('a place is held by the session itself, one each, and is free when that ends', async () => {
  const locks = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'";
  const first = await held(database('orders', { maxConnections: 2 }));
  const second = await held(database('refunds', { maxConnections: 2 }));
  expect(await postgres.run(locks)).toEqual([{ n: '2' }]);
  await postgres.terminate('daybreak orders');
  await eventually('it is free', async () => (await postgres.run(locks))[0]?.n === '1');
  await second();
  await expect(first()).rejects.toThrow('57P01');
});

interface Worker {
  readonly child: ChildProcess;
  said(): string;
}

function worker(name: string, lanes: number, readings: number): Worker {
  const settings = { url: postgres.url(), lanes, readings, limit: LIMIT, name };
  const entry = join(__dirname, '..', '..', '..', 'support', 'lanes.ts');
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', entry, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  return { child, said: () => text };
}

const count = (text: string, word: string) => text.split('\n').filter((line) => line.startsWith(word)).length;

test('forty lanes of four workers, some killed, some sessions ended: never more than the limit, and nobody left', async () => {
  const readings = 2;
  const names = ['one', 'two', 'three', 'four'];
  const workers = names.map((name) => worker(name, 10, readings));
  const ended = workers.map(async ({ child }) => await once(child, 'exit'));
  const [victim] = workers;
  const look = await postgres.session();
  let most = { reading: 0, asking: 0 };
  let looks = 0;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const [row] = await look(
        `SELECT count(*) FILTER (WHERE application_name NOT LIKE 'daybreak asks%') AS reading,
                count(*) FILTER (WHERE application_name LIKE 'daybreak asks%') AS asking
         FROM pg_stat_activity WHERE application_name LIKE 'daybreak%'`,
      );
      most = {
        reading: Math.max(most.reading, Number(row?.reading)),
        asking: Math.max(most.asking, Number(row?.asking)),
      };
      looks += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const others = workers.slice(1);
  await eventually('all are ready', () => workers.every(({ said }) => said() !== ''), 30_000);
  for (const { child } of workers) child.stdin?.write('begin');
  await eventually('the first one reads', async () => (await postgres.backends('daybreak one')).length > 0, 30_000);
  victim?.child.kill('SIGKILL');
  await postgres.terminate('daybreak t');
  await Promise.all(ended);
  over.abort();
  await watching;
  expect(others.map(({ said }) => count(said(), 'done'))).toEqual(others.map(() => 10 * readings));
  expect(count(others.map(({ said }) => said()).join(''), 'waiting for one of 3 connections')).toBeGreaterThan(0);
  expect(looks).toBeGreaterThan(20);
  expect(most.reading).toBe(LIMIT);
  expect(most.asking).toBeLessThanOrEqual(workers.length);
});

test('while answers are slow fewer lanes read, which say so; when they are quick again, all do', async () => {
  await postgres.run('CREATE TABLE cups (id int PRIMARY KEY); INSERT INTO cups SELECT generate_series(1, 20000)');
  const at = await bench();
  const proxy = await faultProxy(postgres);
  const heard = new Set<string>();
  const over = new AbortController();
  const table = { name: 'cups', definition: CUPS };
  const lanes = ['a', 'b', 'c'].map(async (name) => {
    const own = database(name, {
      url: postgres.url({ port: proxy.port }),
      maxConnections: 3,
      onWaiting: (waiting) => heard.add(waiting?.reason ?? ''),
    });
    const source = postgresSource({ tables: [table], database: own, session: await at.session() });
    const scratch = join(at.folder, name);
    const path = (kind: string) => join(at.folder, `${name}.${kind}`);
    const targets = new Map([
      ['cups', { data: path('data'), quarantine: path('bad'), touched: path('touched'), scratch }],
    ]);
    const chunk = { range: { from: null, to: null }, since: null, records: 2_000, count: false };
    while (!over.signal.aborted) {
      await source.read(chunk, targets);
      rmSync(path('data'));
    }
  });
  /** Sessions that read, at a few looks one after another. */
  const reading = async (): Promise<number> => {
    const seen: number[] = [];
    for (let look = 0; look < 4; look += 1) {
      seen.push((await postgres.backends('daybreak')).filter((row) => row.application_name !== ASKING).length);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Math.max(...seen);
  };
  try {
    await eventually('all read', async () => (await reading()) === 3);
    proxy.be({ kind: 'latency', ms: 220 });
    await eventually(
      'others wait',
      () => heard.has('waiting for one of 1 connections while the database answers slowly'),
      20_000,
    );
    await eventually('one reads', async () => (await reading()) === 1, 20_000);
    proxy.be({ kind: 'none' });
    await eventually('all read again', async () => (await reading()) === 3, 20_000);
  } finally {
    over.abort();
    await Promise.all(lanes);
    await proxy.close();
    await at.close();
  }
});
