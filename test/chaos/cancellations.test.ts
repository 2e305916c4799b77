/** Temporal's cancellation wherever a run is: nothing of it is left, and readers keep what they have. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRequest, RunResult } from '../../src/domain/run';
import { eventually, isAlive, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { editionHash } from '../support/content';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, withSite } from '../support/site';
import { turns } from '../support/turns';
import { tinyPipeline } from '../workflows/folders';

const LIMIT_MS = 300_000;
const YESTERDAY = '2026-11-24';
const inTurn = turns(3);

let server: TestServer;
let request: RunRequest;

beforeAll(async () => {
  server = await startServer();
  request = { pipeline: await cornerShop({ lines: 5_000 }), to: UNTIL };
}, LIMIT_MS);

afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

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
      const next = await site.run({ pipeline: tinyPipeline('next') });
      expect(next.outcome).toBe('published');
    });
  },
  LIMIT_MS,
);

/** Yesterday's edition is live; today's run, which makes everything anew, has stopped its worker at a failpoint. */
async function stoppedAt(failpoint: string, use: (stopped: Stopped) => Promise<void>): Promise<void> {
  await inTurn(
    async () =>
      await withSite(server, async (site) => {
        site.disarm();
        const worker = await site.worker({ failpoint });
        const live = await site.run({ ...request, to: YESTERDAY });
        const hash = await editionHash(live.tables);
        site.rearm();
        const run = await site.client.start({ ...request, full: true });
        await site.whenFired();
        await use({ site, worker, run, live });
        expect(await editionHash(live.tables)).toEqual(hash);
        expect(await site.leftBehind()).toEqual([]);
        expect(isAlive(worker.pid)).toBe(true);
      }),
  );
}

interface Stopped {
  readonly site: Site;
  readonly worker: Awaited<ReturnType<Site['worker']>>;
  readonly run: { readonly workflowId: string; readonly runId: string };
  readonly live: RunResult;
}

const statesOf = async (site: Site) =>
  (await site.client.editions(request.pipeline)).map(({ edition, state }) => [edition.id, state]);

test.concurrent(
  'cancelled in the extract: the part in hand is the last one',
  async () =>
    await stoppedAt('part.written:stop@3', async ({ site, worker, run, live }) => {
      await site.client.cancel(run);
      worker.signal('SIGCONT');
      expect(await site.client.result(run)).toMatchObject({ outcome: 'cancelled', edition: null, tables: [] });
      expect(await statesOf(site)).toEqual([[live.edition, 'live']]);
    }),
  LIMIT_MS,
);

test.concurrent(
  'cancelled while it publishes, with an engine that does not answer: the old edition stays',
  async () =>
    await stoppedAt('check.measured:stop@2', async ({ site, worker, run, live }) => {
      const engine = await worker.engine();
      process.kill(engine, 'SIGSTOP');
      worker.signal('SIGCONT');
      const steps = async () => (await site.client.look(run)).pending.map(({ step }) => step);
      await eventually('it publishes', async () => (await steps()).includes('publishEdition'), 30_000);
      await site.client.cancel(run);
      await eventually('it publishes no more', async () => !(await steps()).includes('publishEdition'), 30_000);
      process.kill(engine, 'SIGCONT');
      expect(await site.client.result(run)).toMatchObject({ outcome: 'cancelled', edition: null });
      expect(await statesOf(site)).toEqual([[live.edition, 'live']]);
    }),
  LIMIT_MS,
);

test.concurrent(
  'cancelled at the moment of the swap: what the result says is what readers see',
  async () =>
    await stoppedAt('publish.beforeSwap:stop', async ({ site, worker, run, live }) => {
      await site.client.cancel(run);
      worker.signal('SIGCONT');
      const { outcome, edition } = await site.client.result(run);
      const states = Object.fromEntries(await statesOf(site)) as Record<string, string>;
      if (outcome === 'published')
        expect(states).toEqual({ [live.edition ?? '']: 'superseded', [edition ?? '']: 'live' });
      else expect({ outcome, live: states[live.edition ?? ''] }).toEqual({ outcome: 'cancelled', live: 'live' });
    }),
  LIMIT_MS,
);
