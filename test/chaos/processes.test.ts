/** What else happens to processes: an engine that dies, a worker that freezes and comes back, a deploy. */
import type { RunRequest } from '../../src/domain/run';
import { eventually, isAlive, removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun, expectCalm } from '../support/calm';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, withSite } from '../support/site';
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

const ENGINE_KILLS = [
  ['a part', () => 'part.written:stop@3', 'extract_'],
  ['a model', () => 'model.written:stop@3', 'transform_'],
  ['the check of the tables', ({ models }: Calm) => `model.committed:stop@${models}`, 'validate_data_quality'],
] as const;

test.concurrent.each(ENGINE_KILLS)(
  'kill -9 of the engine in a query of %s: the worker lives, the step is tried again on a new engine',
  async (_, failpoint, step) =>
    await alone(async (site) => {
      const worker = await site.worker({ failpoint: failpoint(calm) });
      const run = await site.client.start(request);
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
      process.kill(engine, 'SIGKILL');
      await expectCalm(site, run, calm);
      expect(await worker.engine()).not.toBe(engine);
      expect(isAlive(worker.pid)).toBe(true);
      const again = (await steps(server.client, run)).filter(({ attempt }) => attempt > 1);
      expect(again.map(({ lastFailure }) => lastFailure)).toContainEqual(
        expect.stringContaining('the engine process ended (SIGKILL) while a query was running'),
      );
      expect(again.every(({ type, attempt }) => type.startsWith(step) && attempt === 2)).toBe(true);
      // Only what was in hand is made again.
      expect(await site.receipts()).toEqual(expect.arrayContaining(before));
      const { partsAgain, modelsAgain } = await workOf(server, site, run);
      expect([...partsAgain.filter((parts) => parts !== 0), ...modelsAgain]).toEqual([]);
      expect(await site.leftBehind()).toEqual([]);
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
          return status !== 'RUNNING' || pending.some(({ attempt, state }) => attempt > 1 && state === 'STARTED');
        },
        60_000,
      );
      first.signal('SIGCONT');
      await expectCalm(site, run, calm);
      const again = (await steps(server.client, run)).filter(({ attempt }) => attempt > 1);
      expect(again.map(({ type }) => type)).toContainEqual(expect.stringContaining(step));
      // The part in hand, and what the late attempt reads before it hears that it is late.
      expect(Math.max(...(await workOf(server, site, run)).partsAgain)).toBeLessThanOrEqual(2);
      await Promise.all([first.stop(), standby.stop()]);
      expect(await first.ended).toEqual({ reason: 'exit code 0', asked: true });
      expect(await site.leftBehind()).toEqual([]);
    })(),
  LIMIT_MS,
);

test.concurrent.each([FROZEN[0], FROZEN[2]])(
  'a worker that freezes %s and thaws when all is over changes nothing, and goes on working',
  async (_, failpoint) =>
    await alone(async (site) => {
      const first = await site.worker({ failpoint });
      const run = await site.client.start(request);
      await site.whenFired();
      const standby = await site.worker();
      await expectCalm(site, run, calm);
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

test.concurrent(
  'SIGTERM in the middle of the extract: the lanes at work finish, the next worker goes on',
  alone(async (site) => {
    const first = await site.worker({ failpoint: 'part.written:term@3' });
    const run = await site.client.start(request);
    expect(await first.ended).toEqual({ reason: 'exit code 0', asked: false });
    expect(site.fired()).toBe(`part.written term ${first.pid}`);
    expect((await site.client.look(run)).status).toBe('RUNNING');
    // What the lanes that finished have told is done; what the others committed is passed over by their next attempt.
    const before = await site.receipts();
    const done = (await steps(server.client, run)).map(({ result }) => result as { parts?: number } | undefined);
    const told = done.reduce((sum, report) => sum + (report?.parts ?? 0), 0);
    const committed = before.filter(({ part }) => part !== undefined).length;
    expect(committed).toBeGreaterThanOrEqual(3);
    await site.worker();
    await expectCalm(site, run, calm);
    expect((await site.client.result(run)).resumed.parts).toBe(committed - told);
    expect(await site.receipts()).toEqual(expect.arrayContaining(before));
    expect(await site.leftBehind()).toEqual([]);
  }),
  LIMIT_MS,
);

test.concurrent(
  'SIGTERM in the middle of the transform: the models at work finish, the next worker makes the others',
  alone(async (site) => {
    const first = await site.worker({ failpoint: 'model.written:term@3' });
    const run = await site.client.start(request);
    expect(await first.ended).toEqual({ reason: 'exit code 0', asked: false });
    expect((await site.client.look(run)).status).toBe('RUNNING');
    const before = await site.receipts();
    await site.worker();
    await expectCalm(site, run, calm);
    expect((await steps(server.client, run)).filter(({ attempt }) => attempt > 1)).toEqual([]);
    expect((await site.client.result(run)).models.filter(({ reused }) => reused)).toEqual([]);
    expect(await site.receipts()).toEqual(expect.arrayContaining(before));
    expect(await site.leftBehind()).toEqual([]);
  }),
  LIMIT_MS,
);

test.concurrent.each(['part.committed:error@2', 'publish.afterSwap:error'])(
  'an attempt that fails at %s is tried again, without doing anything twice',
  async (failpoint) =>
    await alone(async (site) => {
      await site.worker({ failpoint });
      const run = await site.client.start(request);
      await expectCalm(site, run, calm);
      const again = (await steps(server.client, run)).filter(({ attempt }) => attempt > 1);
      expect(again).toMatchObject([{ attempt: 2, lastFailure: expect.stringContaining('failpoint') }]);
      const editions = await site.client.editions(request.pipeline);
      expect(editions.map(({ state }) => state)).toEqual(['live']);
      expect(await site.leftBehind()).toEqual([]);
    })(),
  LIMIT_MS,
);
