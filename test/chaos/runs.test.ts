/** Runs that meet, sources that change under them, and files that are damaged between them. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from '../../src/domain/receipt';
import type { RunRequest } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun } from '../support/calm';
import { editionHash } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { withSite } from '../support/site';

const LIMIT_MS = 300_000;
const YESTERDAY = '2026-11-24';

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

test(
  'one run started four times at once: one does the work, the others say which one',
  async () => {
    await withSite(server, async (site) => {
      const runs = await Promise.all(Array.from({ length: 4 }, async () => await site.client.start(request)));
      await site.worker();
      const results = await Promise.all(runs.map(async (run) => await site.client.result(run)));
      const published = results.filter(({ outcome }) => outcome === 'published');
      expect(results.map(({ outcome }) => outcome).toSorted()).toEqual([
        ...Array.from({ length: 3 }, () => 'duplicate'),
        'published',
      ]);
      const [{ workflowId, runId, tables } = { workflowId: '', runId: '', tables: [] }] = published;
      for (const result of results.filter(({ outcome }) => outcome === 'duplicate'))
        expect(result.duplicateOf).toEqual({ workflowId, runId });
      expect(await editionHash(tables)).toEqual(calm.hash);
      expect(await site.leftBehind()).toEqual([]);
    });
  },
  LIMIT_MS,
);

test(
  'two windows at once: readers end up with the newer one, whoever was first',
  async () => {
    await withSite(server, async (site) => {
      const older = await site.client.start({ ...request, to: YESTERDAY });
      const newer = await site.client.start(request);
      await site.worker();
      const [old, fresh] = [await site.client.result(older), await site.client.result(newer)];
      expect(fresh).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
      expect(['published', 'kept']).toContain(old.outcome);
      expect(await editionHash(fresh.tables)).toEqual(calm.hash);
      const editions = await site.client.editions(request.pipeline);
      expect(editions.find(({ state }) => state === 'live')?.edition.id).toBe(fresh.edition);
      expect(editions.find(({ edition }) => edition.id === old.edition)?.state).toBe(
        old.outcome === 'kept' ? 'kept' : 'superseded',
      );
      // Both read the same parts: each was committed once.
      const parts = (await site.receipts()).filter(({ part }) => part !== undefined);
      expect(parts).toHaveLength(calm.parts);
      expect(await site.leftBehind()).toEqual([]);
    });
  },
  LIMIT_MS,
);

test(
  'a file that changes under a run: the run fails at once and says so, the next one publishes',
  async () => {
    const pipeline = await cornerShop();
    await withSite(server, async (site) => {
      const worker = await site.worker({ failpoint: 'part.committed:stop@1' });
      const run = await site.client.start({ ...request, pipeline });
      await site.whenFired();
      appendFileSync(
        join(pipeline, 'data', 'orders', 'orders.csv'),
        '900000001,1,completed,2026-11-20T10:00:00Z,EUR,2026-11-20T10:00:00Z\n',
      );
      worker.signal('SIGCONT');
      const result = await site.client.result(run);
      expect(result).toMatchObject({
        outcome: 'failed',
        live: null,
        failure: { step: 'extract_orders', kind: 'SourceChanged', message: expect.stringContaining('orders.csv') },
      });
      const tried = (await steps(server.client, run)).filter(({ type }) => type === 'extract_orders');
      expect(tried.map(({ attempt }) => attempt)).toEqual(tried.map(() => 1));
      expect(await site.leftBehind()).toEqual([]);

      const again = await site.run({ ...request, pipeline });
      expect(again).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
      expect(again.sources.find(({ name }) => name === 'orders')?.rows).toBe(4801);
    });
  },
  LIMIT_MS,
);

test(
  'files that were damaged since they were committed are found by their checksums and made again by the next run',
  async () => {
    await withSite(server, async (site) => {
      const first = await site.worker();
      const yesterday = await site.run({ ...request, to: YESTERDAY });
      expect(yesterday.outcome).toBe('published');
      await first.stop();

      const receipts = await site.receipts();
      const part = receipts.find(({ name, part }) => name === 'orders' && part !== undefined) as Receipt;
      const models = receipts.filter(({ data }) => data.uri.includes('models/'));
      for (const { data } of [part, ...models]) flipByte(site.path(data));

      // As a worker that has not looked at them yet.
      await site.worker();
      const run = await site.client.start(request);
      const today = await site.client.result(run);
      expect(today).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
      expect(await editionHash(today.tables)).toEqual(calm.hash);
      expect(today.sources.map(({ parts, resumedParts }) => parts - resumedParts).filter((read) => read !== 0)).toEqual(
        [1],
      );
      expect(today.models.filter(({ reused }) => reused)).toEqual([]);
      const after = new Map((await site.receipts()).map((receipt) => [receipt.fingerprint, receipt]));
      const again = [part, ...models].filter(({ fingerprint, runId }) => after.get(fingerprint)?.runId !== runId);
      // Models that tell of days have other fingerprints today.
      expect(again).toContain(part);
      expect(again.length).toBeGreaterThan(1);
      expect(new Set(again.map(({ fingerprint }) => after.get(fingerprint)?.runId))).toEqual(new Set([today.runId]));
      await site.sweepTomorrow();
      expect(await site.leftBehind()).toEqual([]);
    });
  },
  LIMIT_MS,
);

/** One bit is another one now, in the middle of a file. */
function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
}
