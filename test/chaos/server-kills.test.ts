/** kill -9 of the Temporal server, alone and together with the worker: its database is enough to go on. */
import type { RunRequest } from '../../src/domain/run';
import { eventually, isAlive, removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun, expectCalm } from '../support/calm';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, withSite } from '../support/site';
import { workOf } from '../support/work';

const LIMIT_MS = 300_000;

let server: TestServer;
let request: RunRequest;
let calm: Calm;

beforeAll(async () => {
  server = await startServer();
  // A worker without a server cannot beat: this source waits longer than the server is away.
  request = { pipeline: await cornerShop({ heartbeat: '5s' }), to: UNTIL };
  calm = await calmRun(server, request);
}, LIMIT_MS);

afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

/** The run ended as the calm one did, and hardly anything was done twice. */
async function expectRecovery(site: Site, run: { workflowId: string; runId: string }): Promise<void> {
  await expectCalm(site, run, calm);
  const { partsAgain, modelsAgain } = await workOf(server, site, run);
  expect(Math.max(...partsAgain)).toBeLessThanOrEqual(1);
  expect(modelsAgain.length).toBeLessThanOrEqual(1);
}

test(
  'the server dies during the extract and comes back: the worker goes on meanwhile, waits, and ends the run',
  async () => {
    await withSite(server, async (site) => {
      const worker = await site.worker({ failpoint: 'part.committed:stop@3' });
      const run = await site.client.start(request);
      const statuses = new Set<string>();
      const followed = (async () => {
        for await (const { status } of site.client.progress(run, { everyMs: 100 })) statuses.add(status);
      })();
      await site.whenFired();
      const before = (await site.receipts()).length;
      await server.kill();
      worker.signal('SIGCONT');
      await eventually('parts are committed without a server', async () => (await site.receipts()).length > before);
      await server.restart();
      await expectRecovery(site, run);
      expect(isAlive(worker.pid)).toBe(true);
      // Who follows it sees it end.
      await followed;
      expect([...statuses].at(-1)).toBe('COMPLETED');
      expect(await site.leftBehind()).toEqual([]);
    });
  },
  LIMIT_MS,
);

test(
  'server and worker die together during the transform; a worker that starts first waits for the server',
  async () => {
    await withSite(server, async (site) => {
      const first = await site.worker({ failpoint: 'model.committed:kill@4' });
      const run = await site.client.start(request);
      await first.ended;
      await server.kill();
      const before = await site.receipts();
      const second = site.worker();
      await eventually('it says that it waits', () => /cannot be reached.*trying again/.test(site.log()), 30_000);
      await server.restart();
      await second;
      await expectRecovery(site, run);
      expect(await site.receipts()).toEqual(expect.arrayContaining(before));
      await site.sweepTomorrow();
      expect(await site.leftBehind()).toEqual([]);
    });
  },
  LIMIT_MS,
);
