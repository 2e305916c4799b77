/** What Temporal's Web UI alone shows of a run: summaries, Markdown, search attributes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../src/domain/run';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { fetchHistory } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { withSite } from '../support/site';
import { tinyPipeline } from './folders';

const LIMIT_MS = 300_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
}, LIMIT_MS);
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

interface Metadata {
  readonly currentDetails: string;
  readonly definition: { readonly queryDefinitions: readonly { readonly name: string }[] };
}

test(
  'where a run is, which step failed and why: without any tool of ours',
  async () => {
    const pipeline = tinyPipeline('shown');
    writeFileSync(
      join(pipeline, 'models', 'spoilt.sql'),
      "-- publish: true\nSELECT CASE WHEN value > 20 THEN error('not | <this>') ELSE value END AS value FROM numbers\n",
    );
    writeFileSync(join(pipeline, 'models', 'later.sql'), '-- publish: true\nSELECT max(value) AS value FROM spoilt\n');
    await withSite(server, async (site) => {
      const worker = await site.worker({ failpoint: 'part.committed:stop' });
      const run = await site.client.start({ pipeline, to: '2026-03-02' });
      const handle = server.client.workflow.getHandle(run.workflowId, run.runId);
      await site.whenFired();
      // The worker is frozen: what the server knows by itself says where the run is.
      await eventually('the stage can be searched for', async () => {
        const [found] = await site.client.runs();
        return found?.stage === 'extract';
      });
      const [running] = await site.client.runs();
      expect(running).toMatchObject({
        workflowId: run.workflowId,
        pipeline: 'shown',
        status: 'RUNNING',
        outcome: null,
      });
      worker.signal('SIGCONT');
      const result = await site.client.result(run);
      expect(result.outcome).toBe('failed');

      const description = await handle.describe();
      expect(await description.staticSummary()).toContain('2026-03-02');
      expect(await description.staticDetails()).toContain(`daybreak status ${run.workflowId}`);
      const attributes = (await site.client.look(run)).summary;
      expect(attributes).toMatchObject({ pipeline: 'shown', stage: 'done', outcome: 'failed', status: 'FAILED' });

      const metadata = await handle.query<Metadata>('__temporal_workflow_metadata');
      expect(metadata.definition.queryDefinitions.map(({ name }) => name)).toContain('progress');
      const lines = metadata.currentDetails.split('\n');
      const line = (step: string) => lines.find((text) => text.includes(` ${step} `)) ?? '';
      expect(lines[0]).toContain('**failed**');
      expect(line('extract_numbers')).toMatch(/done \| 3 \|/);
      expect(line('transform_total')).toMatch(/done \| 1 \|/);
      expect(line('transform_spoilt')).toContain('failed');
      // Text of data stays in its cell and is no markup.
      expect(line('transform_spoilt')).toContain('not \\| &lt;this>');
      expect(line('transform_later')).toMatch(/skipped .* spoilt failed/);

      const summaries = ((await fetchHistory(server.client, run)).events ?? []).flatMap((event) => {
        const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
        const text = Buffer.from(event.userMetadata?.summary?.data ?? []).toString();
        return type === undefined || text === '' ? [] : [`${type}: ${text}`];
      });
      expect(summaries).toEqual(
        expect.arrayContaining([
          'extract_numbers: "lane 1 of 1; numbers: 3 records in 1 parts"',
          'transform_total: "from sources"',
        ]),
      );
      const progress = await handle.query<Progress>('progress');
      expect(progress).toMatchObject({ stage: 'done', outcome: 'failed', edition: null });
    });
  },
  LIMIT_MS,
);
