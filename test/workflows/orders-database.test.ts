/** A pipeline over a live Postgres, night after night, on a real server with a real worker. */
import { resolve } from 'node:path';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { RunResult } from '../../src/domain/run';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { shopPipeline } from '../increments/night';
import { cli } from '../support/cli';
import { rowsOf } from '../support/content';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site } from '../support/site';
import { folderOf } from './folders';

const LIMIT_MS = 150_000;
const TABLES = `
  CREATE TABLE orders (order_id bigint PRIMARY KEY, region text NOT NULL DEFAULT 'DE', user_id int NOT NULL, note text,
    total numeric(12,2) NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
  CREATE TABLE order_items (order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, line_no int NOT NULL,
    quantity numeric(9,3) NOT NULL, label text NOT NULL, region text NOT NULL DEFAULT 'DE',
    updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (order_id, line_no));
  CREATE INDEX ON orders (updated_at);
  INSERT INTO orders (order_id, user_id, total, updated_at)
    SELECT n, n % 7, n + 0.25, now() - interval '1 day' FROM generate_series(1, 500) AS n;
  INSERT INTO order_items SELECT n, line, 1.5, 'p' || line FROM generate_series(1, 500) AS n, generate_series(1, 2) AS line`;

let server: TestServer;
let postgres: TestPostgres;
let site: Site;
let pipeline: string;
let worker: NodeJS.ProcessEnv;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  [server, postgres] = await Promise.all([startServer(), startTestPostgres()]);
  await postgres.run(TABLES);
  await postgres.reader('reader', ['orders', 'order_items']);
  await postgres.run('GRANT pg_read_all_stats TO reader');
  site = await openSite(server);
  worker = { SHOP: postgres.url({ user: 'reader' }) };
  pipeline = shopPipeline('orders', {
    'models/by_day.sql': `-- publish: true
SELECT user_id, count(*) AS orders FROM orders WHERE updated_at < getvariable('as_of') GROUP BY user_id
`,
  });
  await site.worker({ env: worker });
}, LIMIT_MS);

afterAll(async () => {
  await site?.close();
  await Promise.all([server?.stop(), postgres?.remove()]);
  await removeTemporaryFolders();
});

const night = async (to: string, more: { full?: boolean } = {}) => await site.run({ pipeline, to, ...more });
const source = ({ sources }: RunResult, name: string) => sources.find((one) => one.name === name);
const model = ({ models }: RunResult, name: string) => models.find((one) => one.name === name);

/** Rows of a published table. */
async function published({ tables }: RunResult, name: string) {
  return await rowsOf(tables.find((table) => table.name === name)?.uri ?? '');
}

/** A change of a moment ago might be seen twice: the cut is a second behind the clock. */
const behindTheCut = async () => await new Promise((resolve) => setTimeout(resolve, 1_200));

test(
  'each night reads what changed, and the edition is as the database is',
  async () => {
    const first = await night('2030-01-01');
    expect(first).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
    expect(source(first, 'orders')).toMatchObject({ rows: 500, quarantined: 0, resumedParts: 0 });
    expect(source(first, 'order_items')).toMatchObject({ rows: 1_000, quarantined: 0 });
    for (const name of ['orders', 'order_items'])
      expect(source(first, name)?.cut).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(await published(first, 'totals')).toEqual([{ orders: '500', total: '125375.00' }]);

    await postgres.run(`
      UPDATE orders SET total = 1000, updated_at = now() WHERE order_id = 7;
      INSERT INTO orders (order_id, user_id, total) VALUES (501, 1, 2.50);
      INSERT INTO order_items VALUES (501, 1, 1, 'p1');
      DELETE FROM orders WHERE order_id = 500`);
    await behindTheCut();
    const second = await night('2030-01-01');
    expect(second).toMatchObject({ outcome: 'published', previousEdition: first.edition });
    expect(source(second, 'orders')).toMatchObject({ rows: 2 });
    expect(source(second, 'order_items')).toMatchObject({ rows: 3 });
    expect(await published(second, 'totals')).toEqual([{ orders: '500', total: '125870.00' }]);
    expect(await published(second, 'lines')).toEqual([{ lines: '999' }]);
    expect(source(second, 'orders')?.cut?.localeCompare(source(first, 'orders')?.cut ?? '')).toBe(1);

    // Nothing changed: the same window is there already, and a new one is a new edition of the same rows.
    expect(await night('2030-01-01')).toMatchObject({ outcome: 'unchanged', edition: second.edition });
    const others = await postgres.session();
    await others(`SET application_name = 'nightly backup';
      SELECT pg_advisory_lock(x'64617962'::int, n) FROM generate_series(1, 4) AS n`);
    const waiting = night('2030-01-02');
    const env = { DAYBREAK_HOME: site.home, DAYBREAK_TASK_QUEUE: site.taskQueue, TEMPORAL_ADDRESS: server.address };
    const held = 'waiting for one of 4 connections to the database, held by nightly backup';
    await eventually('the run says for whom it waits', async () => {
      const [run] = await site.client.runs(1);
      if (run?.status !== 'RUNNING') return false;
      const { pending } = await site.client.look({ workflowId: run.workflowId });
      return pending.some(({ beat }) => beat !== null && 'waiting' in beat && beat.waiting === held);
    });
    const [run] = await site.client.runs(1);
    const { stdout } = await cli(['status', run?.workflowId ?? ''], env);
    expect(stdout).toContain(`now: planRun, attempt 1, started; ${held}`);
    await others('SELECT pg_advisory_unlock_all()');
    const next = await waiting;
    expect(next).toMatchObject({ outcome: 'published', previousEdition: second.edition });
    expect(source(next, 'orders')).toMatchObject({ rows: 0, parts: 0 });
    expect(model(next, 'totals')).toMatchObject({ reused: true });
    expect(model(next, 'by_day')).toMatchObject({ reused: false });

    // Everything is read, and is what was there.
    const full = await night('2030-01-02', { full: true });
    expect(full).toMatchObject({ outcome: 'unchanged', edition: next.edition });
    expect(source(full, 'orders')).toMatchObject({ rows: 500 });

    // Going back because of a table: what was read of it since is read again.
    const back = ['rollback', first.edition ?? '', '--pipeline', pipeline, '--why', 'wrong totals', '--reread'];
    expect(await cli([...back, 'users'], env)).toMatchObject({ code: 2 });
    const rolledBack = await cli([...back, 'order_items'], env);
    expect(rolledBack).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('reads again what came of order_items'),
    });
    const again = await night('2030-01-03');
    expect(source(again, 'orders')).toMatchObject({ rows: 2 });
    expect(await published(again, 'totals')).toEqual(await published(full, 'totals'));
  },
  LIMIT_MS,
);

test(
  'a table that is not as declared stops the run before a row is read, with what differs; what is live stays',
  async () => {
    const before = (await site.client.editions(pipeline)).find(({ state }) => state === 'live')?.edition.id;
    await postgres.run('ALTER TABLE orders RENAME COLUMN total TO amount; ALTER TABLE order_items DROP COLUMN label');
    const env = { DAYBREAK_HOME: site.home, DAYBREAK_TASK_QUEUE: site.taskQueue, TEMPORAL_ADDRESS: server.address };
    const { code, stdout } = await cli(['run', pipeline, '--json'], { ...env, ...worker });
    const result = JSON.parse(stdout) as RunResult;
    expect({ code, outcome: result.outcome, live: result.live }).toEqual({ code: 3, outcome: 'blocked', live: before });
    expect(result.checks).toEqual([
      expect.objectContaining({
        name: 'schema',
        subject: 'orders',
        outcome: 'fail',
        observed: expect.stringMatching(/"total" is gone.*"amount" numeric.*renamed/),
      }),
      expect.objectContaining({
        name: 'schema',
        subject: 'order_items',
        outcome: 'fail',
        observed: expect.stringMatching(/"label" is gone/),
      }),
    ]);
    expect(result.sources).toEqual([]);
    expect(await postgres.backends()).toEqual([]);
  },
  LIMIT_MS,
);

test(
  'outside of the hours for full loads a run is blocked before a row is read',
  async () => {
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const hours = `${hour(1)}-${hour(2)}`;
    await postgres.run('CREATE TABLE cups (id int PRIMARY KEY); GRANT SELECT ON cups TO reader');
    const folder = folderOf({
      'pipeline.yaml': `name: cups
zone: UTC
sources:
  cups:
    type: postgres
    connection: \${env:SHOP}
    table: cups
    key: [id]
    full_loads: ${hours}
    columns: {id: INTEGER}
`,
      'models/m.sql': '-- publish: true\nSELECT count(*) AS n FROM cups\n',
    });
    const early = await site.run({ pipeline: folder });
    expect(early).toMatchObject({ outcome: 'blocked', edition: null, sources: [] });
    expect(early.checks).toEqual([
      expect.objectContaining({
        ...{ name: 'full_loads', subject: 'cups', outcome: 'fail' },
        observed: expect.stringMatching(/^every run reads all, as no cursor is declared; it is \d\d:\d\d in UTC$/),
        expected: `full loads within ${hours}: run it then, or declare other hours`,
      }),
    ]);
  },
  LIMIT_MS,
);

test(
  'a source that stopped in the middle ends its run as blocked, once for all its lanes, with what they read',
  async () => {
    const stopped = {
      name: 'full_loads',
      subject: 'cups',
      severity: 'error',
      outcome: 'fail',
      observed: 'o',
      expected: 'e',
    };
    const lane = { rows: 7, quarantined: 0, parts: 1, resumedParts: 0, resumedRows: 0, seconds: 1 };
    const source = {
      name: 'cups',
      lanes: 3,
      parts: 3,
      records: 21,
      bytes: 1,
      cut: null,
      timeout: 10_000,
      heartbeat: 5_000,
    };
    const taskQueue = 'stopped';
    const brief = {
      pipeline: 'cups',
      plan: 'plan',
      taskQueue,
      sources: [source],
      models: [],
      published: [],
      live: 'before',
    };
    const swept: string[] = [];
    const connection = await NativeConnection.connect({ address: server.address });
    const stand = await Worker.create({
      connection,
      taskQueue,
      workflowBundle: { codePath: resolve(__dirname, '..', '..', 'dist', 'workflow-bundle.js') },
      activities: {
        planRun: () => brief,
        extract_cups: (_: string, index: number) => (index === 0 ? lane : { ...lane, stopped }),
        sweepStore: (plan: string) => swept.push(plan),
        notify: () => undefined,
      },
    });
    const result = (await stand.runUntil(
      server.client.workflow.execute('customerAnalytics', { taskQueue, workflowId: 'stopped', args: [{}] }),
    )) as RunResult;
    await connection.close();
    expect(result).toMatchObject({ outcome: 'blocked', edition: null, live: 'before', checks: [stopped] });
    expect(result.sources).toMatchObject([{ name: 'cups', rows: 21 }]);
    expect(swept).toEqual(['plan']);
  },
  LIMIT_MS,
);
