/** What else happens to processes: an engine that dies, a worker that freezes and comes back, a deploy. */
import type { RunRef } from '../../src/client';
import type { RunRequest } from '../../src/domain/run';
import { eventually, isAlive, removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun, expectCalm } from '../support/calm';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, type TestWorker, withSite } from '../support/site';
import { turns } from '../support/turns';
import { workOf } from '../support/work';

const LIMIT_MS = 300_000;
const inTurn = turns(4);

let server: TestServer;
let request: RunRequest;
let calm: Calm;

beforeAll(async () => {
  server = await startServer();
  request = { pipeline: await cornerShop(), to: UNTIL };
  calm = await calmRun(server, request);
}, LIMIT_MS);

afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

const alone = (use: (site: Site) => Promise<void>) => async () => await inTurn(async () => await withSite(server, use));

/**
 * kill -9 of the engine in a query of a step, where the worker has stopped itself. Gives what must be true of it when the
 * run is over.
 */
async function killEngine(
  site: Site,
  worker: TestWorker,
  run: Required<RunRef>,
  step: string,
): Promise<() => Promise<void>> {
  await site.whenFired();
  const engine = await worker.engine();
  // The engine hears the next query, but does not answer.
  process.kill(engine, 'SIGSTOP');
  worker.signal('SIGCONT');
  let seen = '';
  await eventually(
    'everything waits for the query',
    async () => {
      const { pending } = await site.client.look(run);
      const before = seen;
      seen = `${pending.length} ${(await site.receipts()).length}`;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return before === seen && pending.some((waiting) => waiting.step.startsWith(step) && waiting.beat !== null);
    },
    30_000,
  );
  const before = await site.receipts();
  const earlier = (await triedAgain(run)).length;
  process.kill(engine, 'SIGKILL');
  return async () => {
    expect(await worker.engine()).not.toBe(engine);
    expect(isAlive(worker.pid)).toBe(true);
    const again = (await triedAgain(run)).slice(earlier);
    expect(again.map(({ lastFailure }) => lastFailure)).toContainEqual(
      expect.stringContaining('the engine process ended (SIGKILL) while a query was running'),
    );
    expect(again.every(({ type, attempt }) => type.startsWith(step) && attempt === 2)).toBe(true);
    // Only what was in hand is made again.
    expect(await site.receipts()).toEqual(expect.arrayContaining(before));
    const { partsAgain, modelsAgain } = await workOf(server, site, run);
    expect([...partsAgain.filter((parts) => parts !== 0), ...modelsAgain]).toEqual([]);
    expect(await site.leftBehind()).toEqual([]);
  };
}

/** Steps that were tried more than once, in the order in which the workflow asked for them. */
const triedAgain = async (run: Required<RunRef>) =>
  (await steps(server.client, run)).filter(({ attempt }) => attempt > 1);

// They wait longest, for the time-outs of what a frozen worker was handed: they go first.
test.concurrent.each([
  ['in a part', 'part.written:stop@3', 'extract_'],
  ['before the swap', 'publish.beforeSwap:stop', 'publishEdition'],
])(
  'a worker that freezes %s, and thaws when all is over, changes nothing and goes on working',
  async (_, failpoint, step) =>
    await alone(async (site) => {
      const first = await site.worker({ failpoint });
      const run = await site.client.start(request);
      await site.whenFired();
      const standby = await site.worker();
      await expectCalm(site, run, calm);
      expect((await triedAgain(run)).map(({ type }) => type)).toContainEqual(expect.stringContaining(step));
      const before = await site.receipts();
      await standby.stop();
      first.signal('SIGCONT');
      // It is the only worker now. The next run sweeps what the late attempt opened once more.
      const again = await site.run({ ...request, to: '2026-11-24' });
      expect(again).toMatchObject({ outcome: 'kept' });
      await first.stop();
      expect(await first.ended).toEqual({ reason: 'exit code 0', asked: true });
      expect(await site.receipts()).toEqual(expect.arrayContaining(before));
      const editions = await site.client.editions(request.pipeline);
      expect(editions.map(({ state }) => state).toSorted()).toEqual(['kept', 'live']);
      expect(await site.leftBehind()).toEqual([]);
    })(),
  LIMIT_MS,
);

test.concurrent.each([
  ['a part', 'part.written:stop@3', 'extract_'],
  ['a model', 'model.written:stop@3', 'transform_'],
])(
  'kill -9 of the engine in a query of %s: the worker lives, the step is tried again on a new engine',
  async (_, failpoint, step) =>
    await alone(async (site) => {
      const worker = await site.worker({ failpoint });
      const run = await site.client.start(request);
      const expectOnlyThat = await killEngine(site, worker, run, step);
      await expectCalm(site, run, calm);
      await expectOnlyThat();
    })(),
  LIMIT_MS,
);

const FROZEN = [
  ['in a part', 'part.written:stop@3', 'extract_'],
  ['in a model', 'model.written:stop@3', 'transform_'],
  ['before the swap', 'publish.beforeSwap:stop', 'publishEdition'],
] as const;

test.concurrent.each(FROZEN)(
  'a worker that freezes %s, is given up for a standby, and thaws beside it: two attempts, one result',
  async (_, failpoint, step) =>
    await alone(async (site) => {
      const first = await site.worker({ failpoint });
      const run = await site.client.start(request);
      await site.whenFired();
      const standby = await site.worker();
      await eventually(
        'another attempt has begun',
        async () => {
          const { pending, status } = await site.client.look(run);
          await new Promise((resolve) => setTimeout(resolve, 300));
          return status !== 'RUNNING' || pending.some(({ attempt, state }) => attempt > 1 && state === 'STARTED');
        },
        60_000,
      );
      first.signal('SIGCONT');
      await expectCalm(site, run, calm);
      expect((await triedAgain(run)).map(({ type }) => type)).toContainEqual(expect.stringContaining(step));
      // The part in hand, and what the late attempt reads before it hears that it is late.
      expect(Math.max(...(await workOf(server, site, run)).partsAgain)).toBeLessThanOrEqual(2);
      await Promise.all([first.stop(), standby.stop()]);
      expect(await first.ended).toEqual({ reason: 'exit code 0', asked: true });
      // A task that was handed to it while it was frozen may begin when the run has ended, and make the run's folder again.
      const isScratch = (path: string) => path.startsWith('scratch: ') || path.startsWith('temporary: store/scratch/');
      expect((await site.leftBehind()).filter((path) => !isScratch(path))).toEqual([]);
      await site.sweepTomorrow();
      expect(await site.leftBehind()).toEqual([]);
    })(),
  LIMIT_MS,
);

test.concurrent(
  'SIGTERM in the extract: the lanes at work finish, the next worker goes on; it fails after the swap, and does it once',
  alone(async (site) => {
    const first = await site.worker({ failpoint: 'part.written:term@3' });
    const run = await site.client.start(request);
    expect(await first.ended).toEqual({ reason: 'exit code 0', asked: false });
    expect(site.fired()).toBe(`part.written term ${first.pid}`);
    await expectNothingInHand(site, run);
    // What the lanes that finished have told is done; what the others committed is passed over by their next attempt.
    const before = await site.receipts();
    const done = (await steps(server.client, run)).map(({ result }) => result as { parts?: number } | undefined);
    const told = done.reduce((sum, report) => sum + (report?.parts ?? 0), 0);
    const committed = before.filter(({ part }) => part !== undefined).length;
    expect(committed).toBeGreaterThanOrEqual(3);
    site.rearm();
    await site.worker({ failpoint: 'publish.afterSwap:error' });
    await expectCalm(site, run, calm);
    expect((await site.client.result(run)).resumed.parts).toBe(committed - told);
    expect(await site.receipts()).toEqual(expect.arrayContaining(before));
    const later = (await triedAgain(run)).filter(({ type }) => !type.startsWith('extract_'));
    const failed = { attempt: 2, lastFailure: expect.stringContaining('failpoint publish.afterSwap') };
    expect(later).toMatchObject([{ type: 'publishEdition', ...failed }]);
    await expectOneEdition(site);
    expect(await site.leftBehind()).toEqual([]);
  }),
  LIMIT_MS,
);

test.concurrent(
  'SIGTERM in the transform: the models at work finish, the next worker makes the others, though its engine is killed in the check',
  alone(async (site) => {
    const first = await site.worker({ failpoint: 'model.written:term@3' });
    const run = await site.client.start(request);
    expect(await first.ended).toEqual({ reason: 'exit code 0', asked: false });
    await expectNothingInHand(site, run);
    const before = await site.receipts();
    expect(before.filter(({ part }) => part === undefined).length).toBeLessThan(calm.models);
    site.rearm();
    const left = calm.models - before.filter(({ part }) => part === undefined).length;
    const second = await site.worker({ failpoint: `model.committed:stop@${left}` });
    const expectOnlyThat = await killEngine(site, second, run, 'validate_data_quality');
    await expectCalm(site, run, calm);
    await expectOnlyThat();
    expect((await triedAgain(run)).filter(({ type }) => type.startsWith('transform_'))).toEqual([]);
    expect((await site.client.result(run)).models.filter(({ reused }) => reused)).toEqual([]);
    expect(await site.receipts()).toEqual(expect.arrayContaining(before));
  }),
  LIMIT_MS,
);

/** The run waits for a worker, not for the time-out of a step that was handed to the one that is gone. */
async function expectNothingInHand(site: Site, run: Required<RunRef>): Promise<void> {
  const { status, pending } = await site.client.look(run);
  expect(status).toBe('RUNNING');
  expect(pending.filter(({ state }) => state === 'STARTED')).toEqual([]);
}

async function expectOneEdition(site: Site): Promise<void> {
  const editions = await site.client.editions(request.pipeline);
  expect(editions.map(({ state }) => state)).toEqual(['live']);
}

test.concurrent(
  'an attempt that fails after the commit of a part is tried again, without doing anything twice',
  alone(async (site) => {
    await site.worker({ failpoint: 'part.committed:error@2' });
    const run = await site.client.start(request);
    await expectCalm(site, run, calm);
    expect(await triedAgain(run)).toMatchObject([
      { attempt: 2, lastFailure: expect.stringContaining('failpoint part.committed') },
    ]);
    await expectOneEdition(site);
    expect(await site.leftBehind()).toEqual([]);
  }),
  LIMIT_MS,
);
