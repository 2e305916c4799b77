/** The zone of a run is its pipeline's: neither the worker's TZ nor the moment of its start has a say. */
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { RunResult } from '../../src/domain/run';
import { eventually, removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { editionHash } from '../support/content';
import { startServer, type TestServer } from '../support/server';
import { cornerShop } from '../support/shop';
import { withSite } from '../support/site';
import { tinyPipeline } from './folders';

const LIMIT_MS = 300_000;
/** East and west of Greenwich, one with a change of its clocks on another day than the shop's. */
const ZONES = ['Asia/Kathmandu', 'America/New_York'];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
}, LIMIT_MS);
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

test(
  'workers under other TZs give the same rows, also over a change of the clocks',
  async () => {
    const shop = await cornerShop({ lines: 5_000 });
    const clocks = join(temporaryFolder(), 'clocks');
    cpSync(resolve(__dirname, '..', 'scenarios', 'summer-time-begins', 'pipeline'), clocks, { recursive: true });
    const hashes: Record<string, string>[] = [];
    for (const TZ of ZONES) {
      await withSite(server, async (site) => {
        await site.worker({ env: { TZ } });
        const runs = await Promise.all([
          // Its 28 days are those around the last Sunday of March.
          site.client.start({ pipeline: shop, to: '2026-04-10' }),
          site.client.start({ pipeline: clocks }),
        ]);
        const results = await Promise.all(runs.map(async (run) => await site.client.result(run)));
        const all: Record<string, string> = {};
        for (const [index, result] of results.entries()) {
          expect(['published', 'kept']).toContain(result.outcome);
          for (const [table, hash] of Object.entries(await editionHash(result.tables))) all[`${index} ${table}`] = hash;
        }
        hashes.push(all);
      });
    }
    const [kathmandu, newYork] = hashes;
    expect(Object.keys(kathmandu ?? {}).length).toBeGreaterThan(5);
    expect(newYork).toEqual(kathmandu);
  },
  LIMIT_MS,
);

test(
  'a run of a schedule is as of the time it was meant for, however late it starts',
  async () => {
    const pipeline = tinyPipeline('late');
    await withSite(server, async (site) => {
      await site.worker();
      const schedule = await server.client.schedule.create({
        scheduleId: 'late',
        spec: { cronExpressions: ['30 11 * * *'], timezone: 'UTC' },
        action: {
          type: 'startWorkflow',
          workflowType: 'customerAnalytics',
          workflowId: 'late',
          taskQueue: site.taskQueue,
          args: [{ pipeline }],
        },
        state: { paused: true },
      });
      // Of the pipeline's days in Auckland: half past eleven is after midnight there in summer, and before it in winter.
      const window = (day: string) => ({
        start: new Date(`${day}T11:00:00Z`),
        end: new Date(`${day}T12:00:00Z`),
        overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      });
      await schedule.backfill([window('2026-03-10'), window('2026-07-10')]);
      const ended: RunResult[] = [];
      await eventually(
        'both runs have ended',
        async () => {
          ended.length = 0;
          const query = `WorkflowId STARTS_WITH 'late-' AND ExecutionStatus = 'Completed'`;
          for await (const { workflowId, runId } of server.client.workflow.list({ query }))
            ended.push(await site.client.result({ workflowId, runId }));
          return ended.length === 2;
        },
        90_000,
      );
      await schedule.delete();
      expect(ended.map((result) => result.window?.asOf).toSorted()).toEqual(['2026-03-11', '2026-07-10']);
    });
  },
  LIMIT_MS,
);
