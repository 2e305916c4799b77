/**
 * Records what watches a night and the incident of it: a gate stops the run, it rings, somebody takes it on, and a second run
 * ends it. Recorded anew only when a change of these workflows is meant to end those that are under way.
 * Usage: npm run build && npx tsx test/histories/record-night.ts
 */
import { join } from 'node:path';
import { removeTemporaryFolders } from '../dev/temporary';
import { playNight, readNight } from '../nights/play';
import { openStage } from '../nights/stage';
import { fetchHistory, payloads } from '../support/history';
import { startServer } from '../support/server';
import { keep } from './keep';

const NIGHT = 'blocked-by-a-gate';

async function record(): Promise<void> {
  const server = await startServer();
  const stage = await openStage(server, 1);
  try {
    const file = readNight(join(__dirname, '..', 'nights', NIGHT));
    const { came } = await playNight(server, stage, 'shop', { ...file, look: '1s' });
    if (came.pages !== 1) throw new Error(`it rang ${came.pages} times`);
    for (const type of ['watch', 'incident']) {
      for await (const { workflowId, runId, taskQueue } of server.client.workflow.list({ query: `WorkflowType = "${type}"` })) {
        const history = await fetchHistory(server.client, { workflowId, runId });
        const said = payloads(history).map(({ data }) => Buffer.from(data ?? []).toString());
        const addresses = new Set(said.flatMap((text) => text.match(/127\.0\.0\.1:\d+/g) ?? []));
        keep(`${type}-night`, history, [
          [taskQueue.replace(/-watch$/, ''), 'daybreak'],
          ...[...addresses].map((address) => [address, '127.0.0.1:9999'] as const),
        ]);
      }
    }
  } finally {
    await stage.close();
    await server.stop();
    await removeTemporaryFolders();
  }
}

void record();
