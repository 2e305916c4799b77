/**
 * Records runs: `tiny` publishes, as runs did before there were reports; `broken` has a model that breaks; `reported`
 * publishes with a report; `notified` tells its end, and has a deadline. Only those that are named are recorded anew, when a change of the workflows is meant to end
 * such runs; what a new version adds gets a name of its own.
 * Usage: npm run build && npx tsx test/histories/record.ts notified
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaryFolders } from '../dev/temporary';
import { fetchHistory } from '../support/history';
import { startServer } from '../support/server';
import { withSite } from '../support/site';
import { tinyPipeline } from '../workflows/folders';
import { keep } from './keep';

/** A model that breaks on its data, and one that depends on it. */
function breakIt(pipeline: string): void {
  const model = (name: string, sql: string) =>
    writeFileSync(join(pipeline, 'models', `${name}.sql`), `-- publish: true\n${sql}\n`);
  model('spoilt', "SELECT CASE WHEN value > 20 THEN error('spoilt') ELSE value END AS value FROM numbers");
  model('after_spoilt', 'SELECT max(value) AS value FROM spoilt');
}

const RUNS = { tiny: 'published', broken: 'failed', reported: 'published', notified: 'published' } as const;

async function record(names: readonly string[]): Promise<void> {
  const server = await startServer();
  try {
    await withSite(server, async (site) => {
      await site.worker();
      for (const [name, expected] of Object.entries(RUNS).filter(([each]) => names.includes(each))) {
        const pipeline = tinyPipeline(name);
        if (name === 'broken') breakIt(pipeline);
        if (name === 'notified') appendFileSync(join(pipeline, 'pipeline.yaml'), "deadline: '07:30 mon-fri'\n");
        const workflowId = `${name}-run`;
        const run = await site.client.start({ pipeline, to: '2026-03-02' }, { workflowId });
        const { outcome } = await site.client.result(run);
        if (outcome !== expected) throw new Error(`the run ${name} is ${outcome}`);
        const history = await fetchHistory(server.client, run);
        keep(workflowId, history, [
          [pipeline, `/pipelines/${name}`],
          [site.home, '/home/daybreak'],
          [site.taskQueue, 'daybreak'],
        ]);
      }
    });
  } finally {
    await server.stop();
    await removeTemporaryFolders();
  }
}

void record(process.argv.slice(2));
