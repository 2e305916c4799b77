/** Runs that nobody serves, that are left, and that are stopped: the command line says so, and ends. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../src/domain/run';
import { eventually, removeTemporaryFolders, TEMPORAL_LIMIT_MS, temporaryFolder } from '../dev/temporary';
import { cli, json, LIMIT_MS, startCli } from '../support/cli';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site } from '../support/site';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(2 * LIMIT_MS);

let server: TestServer;
/** With a worker, for pipelines of different names. */
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await openSite(server);
  await site.worker();
}, TEMPORAL_LIMIT_MS);
afterAll(async () => {
  await site.close();
  await server.stop();
  await removeTemporaryFolders();
});

const envOf = (queue: string, home = join(temporaryFolder(), 'home')) => ({
  TEMPORAL_ADDRESS: server.address,
  DAYBREAK_HOME: home,
  DAYBREAK_TASK_QUEUE: queue,
});

/** A pipeline whose model would compute for hours, over a source that is there at once. */
function endless(): string {
  const folder = join(temporaryFolder(), 'endless');
  mkdirSync(join(folder, 'models'), { recursive: true });
  const columns = 'type: csv, path: numbers.csv, columns: { n: BIGINT }';
  writeFileSync(join(folder, 'pipeline.yaml'), `name: endless\nzone: UTC\nsources:\n  numbers: { ${columns} }\n`);
  writeFileSync(join(folder, 'numbers.csv'), `n\n${Array.from({ length: 5_000 }, (_, n) => n).join('\n')}\n`);
  writeFileSync(
    join(folder, 'models', 'forever.sql'),
    '-- publish: true\nSELECT sum(sqrt(a.n * b.n + c.n))::BIGINT AS roots FROM numbers AS a, numbers AS b, numbers AS c\n',
  );
  return folder;
}

test('nobody polls: every command says so and ends, also when it is stopped', async () => {
  const env = envOf('nobody');
  const detached = await cli(['run', '--detach', '--workflow-id', 'waiting'], env);
  expect(detached).toMatchObject({ code: 0, stdout: 'waiting\n' });
  expect(detached.stderr).toContain('no worker polls nobody: the run waits until one does');

  const status = await cli(['status', 'waiting'], env);
  expect(status).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('no worker answers') });

  const followed = startCli(['run', '--workflow-id', 'followed'], env);
  await eventually('it follows', () => followed.seen().includes('no worker polls nobody'), LIMIT_MS);
  followed.child.kill('SIGTERM');
  const ended = await followed.ended;
  expect(ended).toMatchObject({ code: 130, stdout: '' });
  expect(ended.stderr).toContain('no worker is there to end it');
});

test('what Temporal does not take is said with its place and what to do', async () => {
  const env = envOf('nobody');
  const cron = await cli(['run', '--cron', 'not a cron'], env);
  expect(cron).toMatchObject({ code: 2, stdout: '' });
  expect(cron.stderr).toMatch(/^cron "not a cron": .*expected five fields[\s\S]*^next: /m);

  expect((await cli(['run', '--detach', '--workflow-id', 'taken'], env)).code).toBe(0);
  const taken = await cli(['run', '--detach', '--workflow-id', 'taken'], env);
  expect(taken).toMatchObject({ code: 2, stdout: '' });
  expect(taken.stderr).toMatch(/^workflow id taken: a run with this id is going on[\s\S]*^next: /m);

  expect((await cli(['run', '--cron', '0 2 * * *', '--workflow-id', 'nightly'], env)).code).toBe(0);
  const nightly = await cli(['status', 'nightly'], env);
  expect(nightly).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nightly is due at .*T02:00:00Z\n$/) });
});

test('Ctrl-C cancels a run where nobody can be asked, and its result says how far it came', async () => {
  const pipeline = endless();
  const running = startCli(['run', pipeline, '--json', '--to', '2026-11-25'], envOf(site.taskQueue, site.home));
  await eventually(
    'the model runs',
    async () => {
      const [run] = await site.client.runs(1);
      return run?.stage === 'transform';
    },
    60_000,
  );
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(130);
  expect(json(ended) as RunResult).toMatchObject({
    outcome: 'cancelled',
    pipeline: 'endless',
    window: { asOf: '2026-11-25' },
    sources: [{ name: 'numbers', rows: 5_000 }],
    live: null,
  });
  expect(await site.leftBehind()).toEqual([]);
});

test('cancel: by its id, and told once it is over; a run that is not there is usage', async () => {
  const pipeline = endless();
  const env = envOf(site.taskQueue, site.home);
  expect((await cli(['run', tinyPipeline('before'), '--to', '2026-11-25'], env)).code).toBe(0);
  const run = await site.client.start({ pipeline }, { workflowId: 'long' });
  await eventually('the model runs', async () => (await site.client.look(run)).progress?.stage === 'transform', 60_000);
  expect(await cli(['cancel', 'long', '--json'], env)).toMatchObject({ code: 0, stderr: '' });
  const ended = await cli(['status', 'long', '--follow', '--json'], env);
  expect(json(ended)).toMatchObject({ outcome: 'cancelled', workflowId: 'long' });
  const none = await cli(['cancel', 'nobody'], env);
  expect(none).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Temporal knows no run nobody'),
  });
});

test('a worker of another store on the queue is no worker of ours: told, with what to do', async () => {
  const worker = await cli(['worker'], envOf(site.taskQueue));
  expect(worker.code).not.toBe(0);
  expect(worker.stderr).toMatch(/a worker of another store is at it[\s\S]*next: stop that worker/);
});
