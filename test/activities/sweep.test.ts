/** Which editions and candidates a sweep forgets. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepStore } from '../../src/activities/sweep';
import { removeTemporaryFolders } from '../dev/temporary';
import { daysAgo, type Past, pastOf } from '../support/past';
import { openWorkshop, type Workshop } from '../support/workshop';

afterAll(removeTemporaryFolders);

async function withPast(use: (past: Past, workshop: Workshop) => Promise<void>): Promise<void> {
  const workshop = await openWorkshop();
  try {
    await use(pastOf(workshop.services, workshop.home), workshop);
  } finally {
    await workshop.close();
  }
}

/** Sweeps after a run that keeps so many; gives the editions that are left, in the store and where they were published. */
async function sweep({ services, home }: Workshop, past: Past, keepEditions: number) {
  const swept = await sweepStore(services, await past.plan('now', 0, keepEditions));
  const manifests = (await services.releases(past.pipeline).editions()).map(({ id }) => id).toSorted();
  const published = await readdir(join(home, 'published', past.pipeline, 'editions')).catch(() => []);
  return { swept: swept.editions, manifests, published: published.toSorted() };
}

test('of the editions that were live so many stay, however many newer ones never were', async () => {
  await withPast(async (past, workshop) => {
    for (const day of [9, 8, 7, 6, 5]) await past.edition(`live-${day}`, day, { release: true });
    for (const day of [4, 3, 2.5, 2]) await past.edition(`never-${day}`, day);
    const left = await sweep(workshop, past, 2);
    // The live one, and two of each kind.
    const kept = ['live-5', 'live-6', 'live-7', 'never-2', 'never-2.5'];
    expect(left).toEqual({ swept: 4, manifests: kept, published: kept });
  });
});

test('the live edition and the one that it replaced stay, however old they are', async () => {
  await withPast(async (past, workshop) => {
    const [oldest, old] = [
      await past.edition('live-9', 9, { release: true }),
      await past.edition('live-8', 8, { release: true }),
    ];
    for (const day of [7, 6, 5]) await past.edition(`live-${day}`, day, { release: true });
    for (const day of [4, 3]) await past.edition(`never-${day}`, day);
    await past.rollback(old);
    await past.rollback(oldest);
    await past.rollback(old);
    const left = await sweep(workshop, past, 1);
    expect(left.manifests).toEqual(['live-5', 'live-8', 'live-9', 'never-3']);
    expect(await workshop.services.releases(past.pipeline).live()).toMatchObject({
      edition: 'live-8',
      previous: 'live-9',
    });
  });
});

test('what is younger than a day stays, released or not', async () => {
  await withPast(async (past, workshop) => {
    for (const day of [0.9, 0.8, 0.7]) await past.edition(`live-${day}`, day, { release: true });
    for (const day of [0.6, 0.5, 0.4]) await past.edition(`never-${day}`, day);
    expect(await sweep(workshop, past, 1)).toMatchObject({ swept: 0, manifests: { length: 6 } });
  });
});

test('an edition that somebody reads stays until the lease ends; then the folder of the reader goes too', async () => {
  await withPast(async (past, workshop) => {
    for (const day of [9, 8, 7, 6]) await past.edition(`live-${day}`, day, { release: true });
    const { store } = workshop.services;
    const lease = async (id: string, edition: string, until: string) => {
      await store.putIfAbsent(`leases/${id}`, { pipeline: past.pipeline, edition, until });
      await store.scratch(id);
    };
    await lease('query-reads', 'live-9', daysAgo(-1));
    await lease('query-died', 'live-8', daysAgo(0.001));
    const left = await sweep(workshop, past, 1);
    expect(left.manifests).toEqual(['live-6', 'live-7', 'live-9']);
    expect(await past.left('leases')).toEqual(['leases/query-reads']);
    expect(await store.listScratch()).toEqual(['query-reads']);

    await store.remove('leases/query-reads');
    expect((await sweep(workshop, past, 1)).manifests).toEqual(['live-6', 'live-7']);
  });
});

test('the files of a forgotten edition go from where it was published to', async () => {
  await withPast(async (past, workshop) => {
    const elsewhere = join(workshop.home, 'elsewhere');
    const moved = await past.edition('live-9', 9, { release: true, destination: elsewhere });
    await past.edition('live-8', 8, { release: true, destination: elsewhere });
    for (const day of [7, 6, 5]) await past.edition(`live-${day}`, day, { release: true });
    const left = await sweep(workshop, past, 3);
    expect(left).toEqual({
      swept: 1,
      manifests: ['live-5', 'live-6', 'live-7', 'live-8'],
      published: ['live-5', 'live-6', 'live-7'],
    });
    expect(existsSync(workshop.services.destination(moved).file(moved, 'orders'))).toBe(false);
    expect(await readdir(join(elsewhere, 'editions'))).toEqual(['live-8']);
  });
});

test('a candidate stays for as many days as editions are kept', async () => {
  await withPast(async (past, workshop) => {
    await past.candidate('blocked-3', 3.1);
    await past.candidate('blocked-2', 2.9);
    await sweep(workshop, past, 3);
    expect(await past.left('candidates')).toEqual([`candidates/${past.pipeline}/blocked-2`]);
  });
});

test('another pipeline of the store is left to its own runs', async () => {
  await withPast(async (past, workshop) => {
    const { services } = workshop;
    const theirs = { ...(await past.edition('theirs', 30)), pipeline: 'other' };
    await services.releases(past.pipeline).forget('theirs');
    for (const id of ['one', 'two']) await services.releases('other').keep({ ...theirs, id });
    await past.edition('live-2', 2, { release: true });
    await sweep(workshop, past, 1);
    expect((await services.releases('other').editions()).map(({ id }) => id)).toHaveLength(2);
  });
});
