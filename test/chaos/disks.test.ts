/** Disks that are full or read-only, at the store and at the destination: nothing of what is live is touched, and room is enough to go on. */
import { join } from 'node:path';
import type { RunRequest, RunResult } from '../../src/domain/run';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { type Calm, calmRun } from '../support/calm';
import { editionHash } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { openSite, type Site, type TestWorker } from '../support/site';
import { type Disk, mayMount, mountDisk } from '../support/tmpfs';

const LIMIT_MS = 300_000;
const YESTERDAY = '2026-11-24';
const MEGABYTES = 64;

const mounts = mayMount();
if (!mounts) process.stderr.write('skipped: disks that are full or read-only, as mounting a tmpfs needs root\n');
const whereMounting = mounts ? describe : describe.skip;

let server: TestServer;
let request: RunRequest;
let calm: Calm;

beforeAll(async () => {
  server = await startServer();
  request = { pipeline: await cornerShop({ lines: 6_000 }), to: UNTIL };
  calm = await calmRun(server, request);
}, LIMIT_MS);

afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

/** A site with a disk of its own below its home, and yesterday's edition live. */
async function withDisk(
  place: 'store' | 'published',
  use: (site: Site, disk: Disk, live: RunResult, worker: TestWorker) => Promise<void>,
): Promise<void> {
  const home = join(temporaryFolder(), 'home');
  const disk = mountDisk(join(home, place), MEGABYTES);
  const site = await openSite(server, { home });
  try {
    const worker = await site.worker();
    const live = await site.run({ ...request, to: YESTERDAY });
    expect(live.outcome).toBe('published');
    await use(site, disk, live, worker);
  } finally {
    await site.close();
    disk.unmount();
  }
}

/** The live edition is yesterday's, to the last byte that its readers see. */
async function expectUntouched(site: Site, live: RunResult, before: Record<string, string>): Promise<void> {
  expect(await editionHash(live.tables)).toEqual(before);
  const editions = await site.client.editions(request.pipeline);
  expect(editions.map(({ edition, state }) => [edition.id, state])).toContainEqual([live.edition, 'live']);
  expect(editions.filter(({ state }) => state === 'live')).toHaveLength(1);
}

/** Once the disk is good again, the same run publishes what a calm one does. */
async function expectRecovery(site: Site): Promise<void> {
  const again = await site.run(request);
  expect(again).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
  expect(await editionHash(again.tables)).toEqual(calm.hash);
  await site.sweepTomorrow();
  expect(await site.leftBehind()).toEqual([]);
}

whereMounting('a disk', () => {
  const PLACES = [
    ['part.written:stop@3', /^extract_/],
    ['model.written:stop@3', /^transform_/],
    ['publish.beforeSwap:stop', /^publishEdition$/],
  ] as const;

  test.concurrent(
    'a store that gets full in the extract, the transform or before the swap: tried three times, failed with what to do',
    async () => {
      await withDisk('store', async (site, disk, live, calmWorker) => {
        await calmWorker.stop();
        const before = await editionHash(live.tables);
        for (const [failpoint, step] of PLACES) {
          const worker = await site.worker({ failpoint });
          const started = await site.client.start({ ...request, full: true });
          await site.whenFired();
          disk.fill();
          worker.signal('SIGCONT');
          const failed = await site.client.result(started);
          expect(failed).toMatchObject({
            outcome: 'failed',
            failure: { step: expect.stringMatching(step), kind: 'DiskFull' },
          });
          expect(failed.failure?.message).toMatch(/next: make room/);
          expect(failed.failure?.message).not.toContain('data/orders');
          const tried = (await steps(server.client, started)).filter(({ type }) => type === failed.failure?.step);
          expect(Math.max(...tried.map(({ attempt }) => attempt))).toBe(3);
          await expectUntouched(site, live, before);
          disk.makeRoom();
          await worker.stop();
          site.rearm();
        }
        await site.worker();
        await expectRecovery(site);
      });
    },
    LIMIT_MS,
  );

  test.concurrent(
    'a store that gets read-only: failed at once with what to do',
    async () => {
      await withDisk('store', async (site, disk, live) => {
        const before = await editionHash(live.tables);
        disk.readOnly(true);
        const started = await site.client.start(request);
        const failed = await site.client.result(started);
        expect(failed).toMatchObject({ outcome: 'failed', failure: { step: 'planRun', kind: 'StoreReadOnly' } });
        expect(failed.failure?.message).toMatch(/next: give the worker write access/);
        expect((await steps(server.client, started)).map(({ attempt }) => attempt)).toEqual([1]);
        await expectUntouched(site, live, before);
        disk.readOnly(false);
        await expectRecovery(site);
      });
    },
    LIMIT_MS,
  );

  const BROKEN = [
    ['DiskFull', 3, (disk: Disk) => disk.fill(), (disk: Disk) => disk.makeRoom()],
    ['StoreReadOnly', 1, (disk: Disk) => disk.readOnly(true), (disk: Disk) => disk.readOnly(false)],
  ] as const;

  test.concurrent(
    'a destination that is full or read-only: the old edition stays, and the finished tables are published later',
    async () => {
      await withDisk('published', async (site, disk, live) => {
        const before = await editionHash(live.tables);
        for (const [kind, attempts, breakIt, mendIt] of BROKEN) {
          breakIt(disk);
          const started = await site.client.start(request);
          const failed = await site.client.result(started);
          expect(failed).toMatchObject({ outcome: 'failed', failure: { step: 'publishEdition', kind } });
          const tried = (await steps(server.client, started)).filter(({ type }) => type === 'publishEdition');
          expect(tried.map(({ attempt }) => attempt)).toEqual([attempts]);
          await expectUntouched(site, live, before);
          mendIt(disk);
        }
        const again = await site.run(request);
        expect(again).toMatchObject({ outcome: 'published' });
        expect(again.models.every(({ reused }) => reused)).toBe(true);
        expect(await editionHash(again.tables)).toEqual(calm.hash);
      });
    },
    LIMIT_MS,
  );
});
