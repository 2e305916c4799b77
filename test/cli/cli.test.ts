/** The command line as people and cron meet it: real processes, their streams and their exit codes. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunResult } from '../../src/domain/run';
import { loadConfig } from '../../src/config';
import { daybreak } from '../../src/client';
import { checkServer } from '../../src/doctor/temporal';
import { eventually, removeTemporaryFolders, TEMPORAL_LIMIT_MS, temporaryFolder } from '../dev/temporary';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site } from '../support/site';
import { BIN, cli, type Ended, json, LIMIT_MS } from '../support/cli';

jest.setTimeout(2 * LIMIT_MS);

const resultOf = (ended: Ended) => json(ended) as RunResult;
const NO_SERVER = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

/** A shop of three orders, the last in the week of the second edition. */
function shop(change: { name?: string; checks?: string; data?: boolean } = {}): string {
  const { name = 'shop', checks = '  - { type: row_count, on: revenue, min: 1 }', data = true } = change;
  const folder = join(temporaryFolder(), name);
  mkdirSync(join(folder, 'models'), { recursive: true });
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `name: ${name}
zone: Europe/Berlin
window: 7d
parameters:
  floor: { type: integer, default: 0 }
sources:
  orders:
    type: csv
    path: data/orders.csv
    key: [order_id]
    columns:
      order_id: BIGINT
      day: DATE
      amount: DECIMAL(18,4)
      note: VARCHAR
checks:
${checks}
`,
  );
  writeFileSync(
    join(folder, 'models', 'revenue.sql'),
    `-- publish: true
-- key: order_id
SELECT order_id, day, amount, note, getvariable('as_of') AS as_of
FROM orders
WHERE order_id >= getvariable('floor')
`,
  );
  if (data) {
    mkdirSync(join(folder, 'data'));
    writeFileSync(
      join(folder, 'data', 'orders.csv'),
      'order_id,day,amount,note\n1,2026-11-01,12345678901234.5678,=1+1\n2,2026-11-02,0.1000,"a, b"\n3,2026-11-09,-3.0000,\n',
    );
  }
  return folder;
}

afterAll(removeTemporaryFolders);

describe('without a server', () => {
  test('--help and --version', async () => {
    const help = await cli(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    const commands = ['demo', 'run', 'plan', 'status', 'cancel', 'editions', 'diff', 'rollback', 'query', 'quarantine'];
    for (const command of [...commands, 'sample', 'init', 'validate', 'report', 'test', 'dev', 'doctor', 'worker'])
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(help.stdout).toContain('Which pipeline: the one that is named');
    const { version } = JSON.parse(readFileSync(resolve(BIN, '..', '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await cli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    { is: 'an unknown command', args: ['rnu'], says: "error: unknown command 'rnu'\n(Did you mean run?)" },
    { is: 'an unknown option', args: ['run', '--ful'], says: "error: unknown option '--ful'\n(Did you mean --full?)" },
    {
      is: 'a missing option',
      args: ['rollback'],
      says: "error: required option '--why <reason>' not specified",
    },
    {
      is: 'a number that is none',
      args: ['query', 'SELECT 1', '--limit', 'many'],
      says: 'Expected a whole number, at least 1.',
    },
    { is: 'a parameter without a value', args: ['run', '--var', 'vip'], says: '--var vip: the parameter is not' },
    { is: 'a bad day', args: ['sample', 'shop', '--until', 'today'], says: '--until today: that is no day' },
    { is: 'an unknown defect', args: ['sample', 'shop', '--defect', 'gnomes'], says: 'there is no defect gnomes' },
    { is: 'a defect misspelt', args: ['sample', 'shop', '--defect', 'orphan:0.1'], says: 'did you mean orphans?' },
    { is: 'a magnitude that is none', args: ['sample', 'shop', '--defect', 'nulls:few'], says: 'expected a share' },
    { is: 'an unknown format', args: ['sample', 'shop', '--format', 'json'], says: 'did you mean ndjson?' },
    { is: 'a series too long', args: ['sample', 'shop', '--days', '400'], says: 'days: expected a whole number' },
  ])('$is is usage: exit 2', async ({ args, says }) => {
    const ended = await cli(args, NO_SERVER);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('a server that is not there: exit 4, what and next', async () => {
    const ended = await cli(['run', '--json'], NO_SERVER);
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain('127.0.0.1:1');
    expect(ended.stderr).toMatch(/^next: \S/m);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test('an environment that is not understood: exit 2', async () => {
    const ended = await cli(['editions'], { DAYBREAK_MEMORY: 'plenty' });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('DAYBREAK_MEMORY: expected a size such as 2GB');
  });

  test('validate', async () => {
    const good = await cli(['validate', shop(), '--json']);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(json(good)).toEqual({
      pipeline: 'shop',
      problems: [],
      warnings: [],
      sources: [{ name: 'orders', files: 1, opened: 1, records: 3 }],
      tables: [],
      data: [],
      models: [{ name: 'revenue', reads: ['orders'], publish: true }],
      checks: 3,
      tests: 0,
    });
    const bad = await cli(['validate', shop({ checks: '  - { type: row_count, on: revenu, min: 1 }' }), '--json']);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('pipeline.yaml:17:28 checks.0.on: there is no model revenu; did you mean revenue?');
    expect(json(bad)).toMatchObject({
      pipeline: null,
      problems: [{ file: 'pipeline.yaml', line: 17, column: 28, message: expect.stringContaining('no model revenu;') }],
      sources: [{ name: 'orders', records: 3 }],
    });
    expect(await cli(['validate', 'nowhere'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('test: a line a model, what differs and where, and 1; 2 for a mistake in a file, which validate tells, too', async () => {
    const folder = shop();
    const file = join(folder, 'models', 'revenue.test.yaml');
    const given = '{ orders: [{ order_id: 1, amount: 10 }] }';
    const write = (expect: string) =>
      writeFileSync(file, `tests:\n  - { name: t, given: ${given}, expect: ${expect} }\n`);
    write('[{ order_id: 1, amount: 10 }]');
    const good = await cli(['test', folder, '--json']);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(json(good)).toEqual({
      pipeline: 'shop',
      models: [
        {
          model: 'revenue',
          file: 'models/revenue.test.yaml',
          tests: [{ name: 't', line: 2, passed: true, differences: [], says: [] }],
          untested: ['day', 'note', 'as_of'],
        },
      ],
      passed: 1,
      failed: 0,
      seconds: expect.any(Number),
    });

    write('[{ order_id: 1, amount: 9 }, { order_id: 2, amount: null }]');
    const failed = await cli(['test', folder, 'revenue']);
    expect(failed).toMatchObject({ code: 1, stderr: '' });
    expect(failed.stdout).toMatch(/^revenue {2}1 failed\n\n✖ revenue: t {2}models\/revenue\.test\.yaml:2\n/);
    expect(failed.stdout).toContain(
      '    order_id 1: amount expected 9.0000, got 10.0000\n    missing row: order_id 2, amount NULL\n',
    );
    expect(failed.stdout).toMatch(
      /\n0 passed, 1 failed in \d+\.\d\d s\nuntested: 3 columns\n {2}revenue {2}day, note, as_of\n$/,
    );

    write('[{ order_id: one }]');
    for (const command of ['test', 'validate']) {
      const mistake = await cli([command, folder]);
      expect(mistake).toMatchObject({ code: 2, stdout: '' });
      expect(mistake.stderr).toContain('models/revenue.test.yaml:2:87 tests.0.expect.0.order_id: "one" is no BIGINT');
    }
  });

  test('test: models by their names; without a folder, of the shipped pipeline; a name that is none: exit 2', async () => {
    const none = await cli(['test', 'order_lines', 'fx_dayz']);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('pipeline customer-analytics, the shipped one: this folder has no pipeline.yaml\n');
    expect(none.stderr).toContain('customer-analytics: there is no model fx_dayz; did you mean fx_days?');

    const folder = shop();
    const write = (model: string, text: string) => writeFileSync(join(folder, 'models', model), text);
    write('twice.sql', '-- publish: true\nSELECT order_id * 2 AS twice FROM orders\n');
    for (const [model, row] of Object.entries({ revenue: '{ order_id: 1 }', twice: '{ twice: 2 }' }))
      write(`${model}.test.yaml`, `tests:\n  - { name: t, given: { orders: [{ order_id: 1 }] }, expect: [${row}] }\n`);
    const ended = await cli(['test', folder, 'twice', '--json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { models } = json(ended) as { models: { model: string }[] };
    expect(models.map(({ model }) => model)).toEqual(['twice']);
  });

  test('validate: files that are not there yet are no mistake, files that are something else are', async () => {
    const folder = shop({ data: false });
    const missing = await cli(['validate', folder]);
    expect(missing).toMatchObject({ code: 0, stderr: '' });
    expect(missing.stdout).toContain('warning pipeline.yaml:9:5 sources.orders.path: no file matches ');
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'orders.csv'), 'order_id,date,amount,note\n');
    const other = await cli(['validate', folder, '--json']);
    expect(other.code).toBe(1);
    const message =
      'unexpected column "date" (did you mean "day"?); expected a header with the columns order_id, day, amount, note';
    const place = { source: 'orders', declared: 'pipeline.yaml', line: 11, column: 5 };
    expect(json(other)).toMatchObject({
      pipeline: 'shop',
      problems: [],
      data: [{ ...place, severity: 'error', about: 'columns', file: 'data/orders.csv', message }],
    });
  });

  test('init: a folder that is good; nothing is overwritten', async () => {
    const folder = join(temporaryFolder(), 'my-shop');
    const made = await cli(['init', folder, '--from', join(shop(), 'data', 'orders.csv'), '--json']);
    expect(made).toMatchObject({ code: 0, stderr: 'reading every record of the files …\n' });
    expect(json(made)).toMatchObject({ name: 'my-shop', sources: [{ name: 'orders', rows: 3, quarantined: 0 }] });
    expect(await cli(['validate', folder])).toMatchObject({ code: 0, stderr: '' });
    const again = await cli(['init', folder]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('there is something in the folder already');
  });

  test('sample: made once, the same shop is left as it is', async () => {
    const folder = join(temporaryFolder(), 'data');
    const args = ['sample', folder, '--lines', '1000', '--until', '2026-11-25', '--json'];
    const made = await cli(args);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(json(made)).toMatchObject({ folder, made: true });
    expect(existsSync(join(folder, 'orders'))).toBe(true);
    expect(json(await cli(args))).toEqual({ ...(json(made) as object), made: false });
  });

  test('plan: what a run would do, without making a store', async () => {
    const home = join(temporaryFolder(), 'home');
    const env = { ...NO_SERVER, DAYBREAK_HOME: home };
    const ended = await cli(['plan', shop(), '--to', '2026-11-08', '--var', 'floor=2', '--json'], env);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(json(ended)).toMatchObject({
      ...{ pipeline: 'shop', outcome: 'publish', since: null, parameters: { floor: 2 } },
      window: { from: '2026-11-01', to: '2026-11-08' },
      models: [{ name: 'revenue', does: 'build', reasons: [{ kind: 'new' }] }],
    });
    expect(existsSync(home)).toBe(false);
    const bad = await cli(['plan', shop(), '--var', 'flor=2'], env);
    expect(bad).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('flor') });
  });

  test('doctor: what is wrong is an answer too, also of an environment that nothing else takes', async () => {
    const home = join(temporaryFolder(), 'home');
    const ended = await cli(['doctor', '--json'], { ...NO_SERVER, DAYBREAK_HOME: home, DAYBREAK_MEMORY: 'plenty' });
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    const { good, checks } = json(ended) as { good: boolean; checks: { check: string; state: string }[] };
    const bad = checks.filter(({ state }) => state === 'bad').map(({ check }) => check);
    expect({ good, bad }).toEqual({ good: false, bad: expect.arrayContaining(['environment', 'temporal server']) });
    expect(checks).toContainEqual({ check: 'engine', state: 'good', says: expect.stringMatching(/^DuckDB v/) });
    expect(existsSync(home)).toBe(false);
  });
});

describe('with a server and a worker', () => {
  const FIELDS = [
    'workflowId',
    'runId',
    'pipeline',
    'outcome',
    'edition',
    'previousEdition',
    'report',
    'live',
    'window',
    'sources',
    'models',
    'checks',
    'tables',
    'resumed',
    'seconds',
  ];
  const folder = shop();
  let server: TestServer;
  let site: Site;
  let first: RunResult;
  const here = async (...args: string[]) => await there({}, ...args);
  const there = async (env: NodeJS.ProcessEnv, ...args: string[]) =>
    await cli(args, {
      TEMPORAL_ADDRESS: server.address,
      DAYBREAK_HOME: site.home,
      DAYBREAK_TASK_QUEUE: site.taskQueue,
      ...env,
    });
  const query = async (sql: string, ...args: string[]) => await here('query', sql, '--pipeline', folder, ...args);

  beforeAll(async () => {
    server = await startServer();
    site = await openSite(server);
    await site.worker();
    const ended = await here('run', folder, '--to', '2026-11-08', '--json');
    if (ended.code !== 0) throw new Error(`the first run did not publish: ${JSON.stringify(ended, null, 2)}`);
    first = resultOf(ended);
  }, TEMPORAL_LIMIT_MS);

  afterAll(async () => {
    await site?.close();
    await server?.stop();
  });

  test('run --json: the result, and nothing else on stdout', () => {
    expect(Object.keys(first).toSorted()).toEqual(FIELDS.toSorted());
    expect(first).toMatchObject({
      pipeline: 'shop',
      outcome: 'published',
      previousEdition: null,
      live: first.edition,
      window: { from: '2026-11-01', to: '2026-11-08', asOf: '2026-11-08' },
      sources: [{ name: 'orders', rows: 3, quarantined: 0 }],
      models: [{ name: 'revenue', rows: 3, reused: false }],
      tables: [{ name: 'revenue', rows: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
    });
    expect(first.checks.map(({ outcome }) => outcome)).toEqual(first.checks.map(() => 'pass'));
  });

  test('the same again is unchanged', async () => {
    const ended = await here('run', folder, '--to', '2026-11-08', '--json');
    expect(ended.code).toBe(0);
    expect(json(ended)).toMatchObject({ outcome: 'unchanged', live: first.edition });
  });

  test('plan: the same again would be unchanged', async () => {
    const ended = await here('plan', folder, '--to', '2026-11-08');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('would end as unchanged');
    expect(ended.stdout).toContain(`edition ${first.edition}, run ${first.workflowId}`);
  });

  test('quarantine: the latest run set nothing aside', async () => {
    const ended = await here('quarantine', '--pipeline', folder);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is set aside') });
    expect(ended.stdout.split('\n')[0]).toContain(first.workflowId);
  });

  test('query as a table, as CSV and as JSON: exact values stay exact', async () => {
    const sql = 'SELECT order_id, amount, note FROM revenue ORDER BY order_id';
    const table = await query(sql);
    expect(table.code).toBe(0);
    expect(
      table.stdout
        .split('\n')
        .slice(0, 2)
        .map((line) => line.trim().split(/\s+/)),
    ).toEqual([
      ['order_id', 'amount', 'note'],
      ['1', '12345678901234.5678', '=1+1'],
    ]);
    expect((await query(sql, '--csv')).stdout).toBe(
      'order_id,amount,note\n1,12345678901234.5678,\'=1+1\n2,0.1000,"a, b"\n3,-3.0000,\n',
    );
    expect(json(await query(sql, '--json'))).toMatchObject({
      edition: first.edition,
      truncated: false,
      columns: [{ name: 'order_id', type: 'BIGINT' }, { name: 'amount', type: 'DECIMAL(18,4)' }, { name: 'note' }],
      rows: [{ amount: '12345678901234.5678', note: '=1+1' }, { amount: '0.1000' }, { amount: '-3.0000' }],
    });
  });

  test('query: more rows than wanted are said on stderr', async () => {
    const ended = await query('SELECT order_id FROM revenue', '--limit', '2', '--csv');
    expect(ended).toMatchObject({ code: 0, stderr: 'more than 2 rows; --limit shows more\n' });
    expect(ended.stdout.trim().split('\n')).toHaveLength(3);
  });

  test('query: what is no SELECT is not run', async () => {
    const ended = await query('DROP TABLE revenue');
    expect(ended).toMatchObject({ code: 2, stdout: '' });
  });

  test('a second edition, both shown, and back to the first', async () => {
    const second = resultOf(await here('run', folder, '--to', '2026-11-15', '--json'));
    expect(second).toMatchObject({ outcome: 'published', previousEdition: first.edition });
    const states = async () =>
      (json(await here('editions', '--pipeline', folder, '--json')) as { id: string; state: string }[]).map(
        ({ id, state }) => ({ id, live: state === 'live' }),
      );
    expect(await states()).toEqual([
      { id: second.edition, live: true },
      { id: first.edition, live: false },
    ]);
    const back = await here('rollback', '--why', 'the second is wrong', '--pipeline', folder, '--json');
    expect(back.code).toBe(0);
    expect(json(back)).toEqual({ live: first.edition, previous: second.edition });
    expect(await states()).toContainEqual({ id: first.edition, live: true });
    expect((await here('editions', '--pipeline', folder)).stdout).toMatch(/ live .* the second is wrong$/m);
    const diff = await here('diff', 'live', 'previous', '--pipeline', folder, '--json');
    expect(diff).toMatchObject({ code: 1, stderr: '' });
    expect(json(diff)).toMatchObject({
      ...{ before: { id: first.edition }, after: { id: second.edition }, equal: false },
      tables: [
        { name: 'revenue', key: ['order_id'], added: 0, removed: 0, changed: 3, changes: [{ column: 'as_of' }] },
      ],
    });
    const same = await here('diff', 'live', String(first.edition), '--pipeline', folder);
    expect(same).toMatchObject({ code: 0, stdout: expect.stringMatching(/^equal {2}/) });
    const again = await here('rollback', String(first.edition), '--why', 'x', '--pipeline', folder);
    expect(again).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('is the live edition already'),
    });
    expect(json(await query('SELECT 1 AS one', '--json'))).toMatchObject({ edition: first.edition });
    const unknown = await here('rollback', 'nothing', '--why', 'x', '--pipeline', folder);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('there is no edition nothing of shop');
  });

  test('query: a table that is not there names those that are, and one answer is one format', async () => {
    const unknown = await query('SELECT * FROM revenu');
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toContain('there is no table revenu; did you mean revenue?; expected one of revenue');
    expect(await query('SELECT 1', '--csv', '--json')).toMatchObject({ code: 2, stdout: '' });
    expect(await query('SELECT 1', '--limit', '100001')).toMatchObject({ code: 2, stdout: '' });
  });

  test('doctor: the server, its clock, and who works for it', async () => {
    const { storeId } = site.client;
    const look = async (env: NodeJS.ProcessEnv = {}, store?: string, now?: () => number) => {
      const settings = { TEMPORAL_ADDRESS: server.address, DAYBREAK_TASK_QUEUE: site.taskQueue, ...env };
      const found = await checkServer(loadConfig(settings), store ?? (await storeId()), now);
      return Object.fromEntries(found.map(({ check, state, says }) => [check, `${state}: ${says}`]));
    };
    expect(await look()).toEqual({
      'temporal server': expect.stringMatching(/^good: .*, version \d/),
      namespace: 'good: default',
      'search attributes': 'good: all are registered',
      'clock of the server': expect.stringMatching(/^good: \d/),
      workers: expect.stringMatching(/^good: 1 at /),
    });
    const hourAgo = () => Date.now() - 3_600_000;
    const wrong = await look({ DAYBREAK_TASK_QUEUE: `${site.taskQueue}-idle` }, 'another', hourAgo);
    expect(wrong['clock of the server']).toMatch(/^bad: 3[56]\d\d\.\d s ahead of this machine's$/);
    expect(wrong.workers).toMatch(/^warn: none at .*-idle: runs wait/);
    const idle = daybreak(server.client, { home: site.home, taskQueue: `${site.taskQueue}-idle` });
    const waiting = await idle.start({ pipeline: folder });
    await eventually('the run is listed', async () => {
      const { workers } = await look({ DAYBREAK_TASK_QUEUE: `${site.taskQueue}-idle` });
      return /^bad: none at .*-idle, and a run waits for one$/.test(workers ?? '');
    });
    await server.client.workflow.getHandle(waiting.workflowId).terminate('nobody will do it');
    expect((await look({}, 'another')).workers).toMatch(/^bad: a worker of another store polls .* id is another$/);
    expect((await look({ TEMPORAL_NAMESPACE: 'nowhere' })).namespace).toMatch(/^bad: nowhere: /);
    const create = ['operator', 'namespace', 'create', '--namespace', 'bare', '--address', server.address];
    execFileSync(server.binary, create, { stdio: 'pipe' });
    const unregistered = (await look({ TEMPORAL_NAMESPACE: 'bare' }))['search attributes'];
    expect(unregistered).toMatch(/^warn: not registered: daybreakPipeline, daybreakStage, daybreakOutcome; /);
  });

  test('status: the list, and one run', async () => {
    const list = await here('status', '--json');
    expect(list.code).toBe(0);
    expect((json(list) as { workflowId: string }[]).map(({ workflowId }) => workflowId)).toContain(first.workflowId);
    const one = await here('status', first.workflowId, '--json');
    expect(one.code).toBe(0);
    expect(json(one)).toEqual(first);
  });

  test('status: evidence that is not there, and the cancelling of a run that has ended', async () => {
    const none = await here('status', first.workflowId, '--evidence', 'evidence/nothing');
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('there is no evidence') });
    const ended = await here('cancel', first.workflowId);
    expect(ended).toMatchObject({ code: 0, stdout: `${first.workflowId} has ended already: completed\n` });
  });

  test('status: a run that is not there', async () => {
    const ended = await here('status', 'nobody');
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('nobody');
  });

  test('a gate that stops the run: exit 3, the live edition as it was', async () => {
    const checks = '  - { type: row_count, on: revenue, min: 100 }';
    const ended = await here('run', shop({ name: 'gated', checks }), '--to', '2026-11-08', '--json');
    expect(ended.code).toBe(3);
    const result = resultOf(ended);
    expect(result).toMatchObject({ outcome: 'blocked', live: null });
    expect(result.checks.filter(({ outcome }) => outcome === 'fail')).toMatchObject([
      { subject: 'revenue', observed: expect.stringContaining('3') },
    ]);
  });

  test.each([
    { is: 'a window that ends before it begins', args: ['--from', '2026-11-08', '--to', '2026-11-01'] },
    { is: 'a parameter that is not declared', args: ['--var', 'flor=1'] },
  ])('$is is a bad request: exit 2', async ({ args }) => {
    const ended = await here('run', folder, ...args, '--json');
    expect(ended.code).toBe(2);
    expect(json(ended)).toMatchObject({ outcome: 'failed', failure: { kind: expect.stringMatching(/^Bad/) } });
  });

  test('folders that init made publish at once', async () => {
    const starter = join(temporaryFolder(), 'starter');
    await cli(['init', starter]);
    expect(resultOf(await here('run', starter, '--json'))).toMatchObject({
      outcome: 'published',
      sources: [{ rows: 40, quarantined: 0 }, { rows: 8 }],
      tables: [{ name: 'customer_sales', rows: 8 }, { name: 'sales_by_day' }],
    });
    const own = join(temporaryFolder(), 'own');
    await cli(['init', own, '--from', join(folder, 'data')]);
    expect(resultOf(await here('run', own, '--json'))).toMatchObject({
      outcome: 'published',
      sources: [{ rows: 3, quarantined: 0 }],
      tables: [{ name: 'orders_by_day', rows: 3 }],
    });
  });

  test('data that are not there: exit 1; `why` names the command that asks for the same again', async () => {
    const empty = shop({ name: 'empty', data: false });
    const ended = await here('run', empty, '--to', '2026-11-08', '--json');
    expect(ended.code).toBe(1);
    const failed = resultOf(ended);
    // It was not planned, and does not know its pipeline.
    expect(failed).toMatchObject({ outcome: 'failed', live: null, pipeline: '', failure: { kind: 'MissingFile' } });
    const why = await here('why', failed.workflowId);
    expect(why).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`; then daybreak run ${empty} --to 2026-11-08\n`),
    });
    expect(why.stdout.trim().split('\n').length).toBeLessThanOrEqual(5);
    expect(await here('why', 'nobody')).toMatchObject({ code: 2, stderr: expect.stringContaining('no run nobody') });
  });

  test('colour: where it is forced, and NO_COLOR beats FORCE_COLOR', async () => {
    const args = ['run', folder, '--to', '2026-11-08', '--full'] as const;
    const escape = '\u001B[';
    expect((await there({ FORCE_COLOR: '1' }, ...args)).stdout).toContain(escape);
    // Colours stay colours in a table, where characters that move the cursor do not stay.
    const { stdout: listed } = await there({ FORCE_COLOR: '1' }, 'editions', '--pipeline', folder);
    expect(listed).toContain(`${escape}32mlive${escape}39m`);
    expect(listed).not.toContain('\uFFFD');
    const plain = await there({ FORCE_COLOR: '1', NO_COLOR: '1' }, ...args);
    expect(plain.stdout + plain.stderr).not.toContain(escape);
    const asked = await there({ FORCE_COLOR: '1' }, 'editions', '--pipeline', folder, '--no-color');
    expect(asked.code).toBe(0);
    expect(asked.stdout + asked.stderr).not.toContain(escape);
    expect(plain.code).toBe(0);
    // Build servers set CI, which some libraries take for a terminal with colours.
    const built = await there({ CI: 'true' }, 'query', 'SELECT 1 FROM range(3)', '--limit', '1', '--pipeline', folder);
    expect(built).toMatchObject({ code: 0, stderr: 'more than 1 row; --limit shows more\n' });
  });
});
