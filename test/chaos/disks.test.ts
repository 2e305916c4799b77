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

/** A site whose places are disks of their own, and yesterday's edition live. */
async function withDisks(
  places: readonly ('store' | 'published')[],
  use: (site: Site, disks: readonly Disk[], live: RunResult, worker: TestWorker) => Promise<void>,
): Promise<void> {
  const home = join(temporaryFolder(), 'home');
  const disks = places.map((place) => mountDisk(join(home, place), MEGABYTES));
  const site = await openSite(server, { home });
  try {
    const worker = await site.worker();
    const live = await site.run({ ...request, to: YESTERDAY });
    expect(live.outcome).toBe('published');
    await use(site, disks, live, worker);
  } finally {
    await site.close();
    for (const disk of disks) disk.unmount();
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
async function expectRecovery(site: Site): Promise<RunResult> {
  const again = await site.run(request);
  expect(again).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
  expect(await editionHash(again.tables)).toEqual(calm.hash);
  await site.sweepTomorrow();
  expect(await site.leftBehind()).toEqual([]);
  return again;
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
      await withDisks(['store'], async (site, [disk], live, first) => {
        const before = await editionHash(live.tables);
        let worker = first;
        for (const [failpoint, step] of PLACES) {
          await worker.stop();
          site.rearm();
          worker = await site.worker({ failpoint });
          const started = await site.client.start({ ...request, full: true });
          await site.whenFired();
          disk?.fill();
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
          disk?.makeRoom();
        }
        await expectRecovery(site);
      });
    },
    LIMIT_MS,
  );

  const BROKEN = [
    ['DiskFull', 3, (disk?: Disk) => disk?.fill(), (disk?: Disk) => disk?.makeRoom()],
    ['StoreReadOnly', 1, (disk?: Disk) => disk?.readOnly(true), (disk?: Disk) => disk?.readOnly(false)],
  ] as const;

  test.concurrent(
    'a store that gets read-only: failed at once; a destination that is full or read-only: the finished tables are published later',
    async () => {
      await withDisks(['store', 'published'], async (site, [store, published], live) => {
        const before = await editionHash(live.tables);
        store?.readOnly(true);
        const readOnly = await site.client.start(request);
        const stopped = await site.client.result(readOnly);
        expect(stopped).toMatchObject({ outcome: 'failed', failure: { step: 'planRun', kind: 'StoreReadOnly' } });
        expect(stopped.failure?.message).toMatch(/next: give the worker write access/);
        expect((await steps(server.client, readOnly)).map(({ type, attempt }) => [type, attempt])).toEqual([
          ['planRun', 1],
          ['notify', 1],
        ]);
        await expectUntouched(site, live, before);
        store?.readOnly(false);

        for (const [kind, attempts, breakIt, mendIt] of BROKEN) {
          breakIt(published);
          const started = await site.client.start(request);
          const failed = await site.client.result(started);
          expect(failed).toMatchObject({ outcome: 'failed', failure: { step: 'publishEdition', kind } });
          const tried = (await steps(server.client, started)).filter(({ type }) => type === 'publishEdition');
          expect(tried.map(({ attempt }) => attempt)).toEqual([attempts]);
          await expectUntouched(site, live, before);
          mendIt(published);
        }
        const again = await expectRecovery(site);
        expect(again.models.every(({ reused }) => reused)).toBe(true);
      });
    },
    LIMIT_MS,
  );
});
