/** `daybreak demo`, from nothing: a server, a worker, a shop, an edition, and nothing that stays behind. */
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunResult } from '../../src/domain/run';
import { eventually, removeTemporaryFolders, temporal, TEMPORAL_LIMIT_MS, temporaryFolder } from '../dev/temporary';
import { BIN, json, LIMIT_MS, startCli } from '../support/cli';

jest.setTimeout(3 * LIMIT_MS);

beforeAll(async () => {
  await temporal();
}, TEMPORAL_LIMIT_MS);
afterAll(removeTemporaryFolders);

/** The worker among them. */
const workerOf = (home: string) =>
  Number(
    processesOf(home)
      .find((line) => line.includes('worker.js'))
      ?.split(' ')[0] ?? 0,
  );

/** Processes that were started for this home: its path is in their environment or their arguments. */
function processesOf(home: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const read = (file: string) => readFileSync(join('/proc', pid, file), 'utf8');
        const command = read('cmdline').replaceAll('\0', ' ');
        // What has ended and waits to be looked at has neither.
        return command !== '' && (read('environ') + command).includes(home) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** The built project once more, without data: a demo makes its shop there, and not where somebody works. */
function project(): string {
  const folder = join(temporaryFolder(), 'daybreak');
  const root = join(BIN, '..', '..');
  const filter = (path: string) => basename(path) !== 'data';
  for (const part of ['bin', 'dist', 'package.json', 'pipelines'])
    cpSync(join(root, part), join(folder, part), { recursive: true, filter });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'bin', 'daybreak.js');
}

/** A home and a queue of its own, so that a server that is there already may be used as well. */
function place() {
  const home = join(temporaryFolder(), 'home');
  const env = { DAYBREAK_HOME: home, DAYBREAK_TASK_QUEUE: `demo-${process.pid}` };
  const bin = project();
  return { home, run: (...args: string[]) => startCli(args, env, bin) };
}
const SMALL = ['--lines', '5000'];

test('kill -9 in the middle leaves nothing running; the next demo ends what was begun as one JSON object, again it is unchanged', async () => {
  const { home, run } = place();
  const killed = run('demo', '--json', ...SMALL);
  await eventually('the run has begun', () => killed.seen().includes('customer-analytics-'), LIMIT_MS);
  killed.child.kill('SIGKILL');
  expect((await killed.ended).stderr).toContain('making the sample shop');
  await eventually('all its processes are gone', () => processesOf(home).length === 0, 40_000);

  const first = await run('demo', '--json', ...SMALL).ended;
  if (first.code !== 0) throw new Error(first.stderr + first.stdout.slice(0, 1500));
  const result = json(first) as RunResult;
  expect(result).toMatchObject({ pipeline: 'customer-analytics', live: result.edition });
  expect(['published', 'unchanged']).toContain(result.outcome);
  expect(result.tables.map(({ name }) => name)).toContain('customer_metrics');
  await eventually('all its processes are gone', () => processesOf(home).length === 0);

  const second = await run('demo', ...SMALL).ended;
  expect(second.code).toBe(0);
  expect(second.stdout).toContain('unchanged: the live edition is this already');
  expect(second.stderr).toMatch(/the window in figures\n[\s\S]*revenue +€[\d,]+\.\d\d$/m);
  expect(second.stderr).toContain('Web UI of this run');
  expect(second.stderr).toContain('what to try next');

  // Its editions are those of the shipped pipeline, for every other command too.
  const rows = await run('query', 'SELECT revenue FROM executive_summary', '--csv').ended;
  expect(rows).toMatchObject({ code: 0, stdout: expect.stringMatching(/^revenue\n\d+\.\d{4}\n$/) });
});

test('dev keeps a server and a worker: one that is killed is started again, and SIGTERM ends both', async () => {
  const { home, run } = place();
  const dev = run('dev');
  await eventually('both are up', () => dev.seen().includes('Ctrl-C stops'), LIMIT_MS);
  const killed = workerOf(home);
  process.kill(killed, 'SIGKILL');
  await eventually('there is another worker', () => ![0, killed].includes(workerOf(home)), LIMIT_MS);
  expect(dev.seen()).toContain('the worker ended (SIGKILL), and is started again');
  const status = await run('status').ended;
  // Commands of other tests may have found the server meanwhile, and run something there.
  expect(status).toMatchObject({ code: 0 });

  dev.child.kill('SIGTERM');
  expect(await dev.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('stopping …') });
  await eventually('all its processes are gone', () => processesOf(home).length === 0, 40_000);
});
