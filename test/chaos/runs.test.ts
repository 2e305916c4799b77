/** Runs that meet, runs that are stopped, and sources that change under them. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRequest } from '../../src/domain/run';
import { eventually, isAlive, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { type Calm, calmRun } from '../support/calm';
import { editionHash } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { smallShop, UNTIL } from '../support/shop';
import { withSite } from '../support/site';

const LIMIT_MS = 120_000;
const YESTERDAY = '2026-11-24';

let server: TestServer;
let request: RunRequest;
let calm: Calm;

beforeAll(async () => {
  server = await startServer();
  request = { pipeline: await smallShop(), to: UNTIL };
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
    const pipeline = await smallShop();
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

      const again = await site.client.result(await site.client.start({ ...request, pipeline }));
      expect(again).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
      expect(again.sources.find(({ name }) => name === 'orders')?.rows).toBe(8001);
    });
  },
  LIMIT_MS,
);

/** A model that would compute for hours. */
function endless(): string {
  const folder = join(temporaryFolder(), 'endless');
  mkdirSync(join(folder, 'models'), { recursive: true });
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    'name: endless\nzone: UTC\nsources:\n  numbers:\n    type: csv\n    path: numbers.csv\n    columns: { n: BIGINT }\n',
  );
  const numbers = Array.from({ length: 5_000 }, (_, n) => n);
  writeFileSync(join(folder, 'numbers.csv'), `n\n${numbers.join('\n')}\n`);
  writeFileSync(
    join(folder, 'models', 'forever.sql'),
    `-- publish: true\nSELECT a.n % 7 AS n, sum(sqrt(a.n * b.n + c.n))::BIGINT AS roots\nFROM numbers AS a, numbers AS b, numbers AS c\nGROUP BY ALL\n`,
  );
  return folder;
}

test(
  'a cancelled run stops its query within seconds, and leaves nothing',
  async () => {
    await withSite(server, async (site) => {
      const worker = await site.worker();
      const run = await site.client.start({ pipeline: endless() });
      await eventually(
        'the query runs',
        async () => {
          const { pending } = await site.client.look(run);
          return pending.some(({ beat }) => beat !== null && 'fraction' in beat && beat.seconds >= 1);
        },
        30_000,
      );
      const asked = Date.now();
      await site.client.cancel(run);
      const result = await site.client.result(run);
      const seconds = (Date.now() - asked) / 1000;
      expect(result).toMatchObject({ outcome: 'cancelled', edition: null });
      // 3 s is the promise; the rest is for a machine that does other things too.
      expect(seconds).toBeLessThan(8);
      expect((await site.client.look(run)).status).toBe('CANCELLED');
      expect(await site.leftBehind()).toEqual([]);
      expect(isAlive(worker.pid)).toBe(true);

      // Nothing of it runs on: the worker has its hands free.
      const next = await site.client.result(await site.client.start(request));
      expect(next.outcome).toBe('published');
    });
  },
  LIMIT_MS,
);
