/** The public API as users' own code calls it: connect, start, follow, read what came of it. */
import { connectDaybreak, loadConfig, type ProgressUpdate } from '../src';
import { removeTemporaryFolders } from './dev/temporary';
import { startServer, type TestServer } from './support/server';
import { withSite } from './support/site';
import { tinyPipeline } from './workflows/folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

test('a run from start to rows, with nothing but the public API', async () => {
  const pipeline = tinyPipeline('own-code');
  await withSite(server, async (site) => {
    await site.worker();
    const daybreak = await connectDaybreak(
      loadConfig({ TEMPORAL_ADDRESS: server.address, DAYBREAK_HOME: site.home, DAYBREAK_TASK_QUEUE: site.taskQueue }),
    );
    try {
      const run = await daybreak.start({ pipeline, to: '2026-03-02' });
      const updates: ProgressUpdate[] = [];
      for await (const update of daybreak.progress(run, { everyMs: 50 })) updates.push(update);
      expect(updates.at(-1)).toMatchObject({
        status: 'COMPLETED',
        pending: [],
        progress: { pipeline: 'own-code', stage: 'done', outcome: 'published' },
      });
      const result = await daybreak.result(run);
      expect(result).toMatchObject({ ...run, outcome: 'published' });
      const editions = await daybreak.editions(pipeline);
      expect(editions.map(({ edition, state }) => [edition.id, state])).toEqual([[result.edition, 'live']]);
      const { rows, edition } = await daybreak.query('SELECT total FROM total', { pipeline });
      expect({ rows, edition }).toEqual({ rows: [{ total: '60' }], edition: result.edition });
      await expect(daybreak.query('DELETE FROM total', { pipeline })).rejects.toMatchObject({ kind: 'BadRequest' });
    } finally {
      await daybreak.close();
    }
  });
});
