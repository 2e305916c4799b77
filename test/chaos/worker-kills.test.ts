/** kill -9 of a worker at each place where it matters: the edition is the calm run's, and nothing is done twice. */
import type { LaneReport } from '../../src/activities';
import type { RunRequest } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun } from '../support/calm';
import { editionHash } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, withSite } from '../support/site';
import { turns } from '../support/turns';

const LIMIT_MS = 300_000;
const inTurn = turns(5);

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

const KILLS = [
  ['in a part, before its commit', 'part.written:kill@4'],
  ['between the commit of a part and its heartbeat', 'part.committed:kill@6'],
  ['in a commit, with the receipt there and its temporary name not yet gone', 'ledger.linked:kill@9'],
  ['in a model, before its commit', 'model.written:kill@3'],
  ['after the commit of a model, before anybody was told', 'model.committed:kill@4'],
  ['in the gate of the sources', 'check.measured:kill@1'],
  ['in the gate of the tables', 'check.measured:kill@2'],
  ['before the swap', 'publish.beforeSwap:kill'],
  ['after the swap', 'publish.afterSwap:kill'],
] as const;

const laneReports = async (site: Site, run: { workflowId: string; runId: string }) => {
  const extracts = (await steps(server.client, run)).filter(({ type }) => type.startsWith('extract_'));
  const done = extracts.map(({ result }) => result as LaneReport | undefined).filter((report) => report !== undefined);
  const sum = (of: (report: LaneReport) => number) => done.reduce((total, report) => total + of(report), 0);
  const receipts = await site.receipts();
  return {
    receipts,
    committed: receipts.filter(({ part }) => part !== undefined).length,
    told: sum(({ parts }) => parts),
    resumed: sum(({ resumedParts }) => resumedParts),
  };
};

test.concurrent.each(KILLS)(
  'kill -9 %s',
  async (_, failpoint) => {
    await inTurn(
      async () =>
        await withSite(server, async (site) => {
          const first = await site.worker({ failpoint });
          const run = await site.client.start(request);
          expect(await first.ended).toEqual({ reason: 'SIGKILL', asked: false });
          expect(site.fired()).toBe(`${failpoint.replace(/:kill.*/, '')} kill ${first.pid}`);
          const before = await laneReports(site, run);

          await site.worker();
          const result = await site.client.result(run);
          expect(result).toMatchObject({ outcome: 'published', live: result.edition, previousEdition: null });
          expect(result.resumed).toMatchObject({ lost: 0, duplicated: 0 });
          expect(await editionHash(result.tables)).toEqual(calm.hash);

          // What was committed stays as it was; who comes to it again passes over it.
          const after = await laneReports(site, run);
          expect(after.receipts).toEqual(expect.arrayContaining(before.receipts));
          expect(after.committed).toBe(calm.parts);
          expect(after.told).toBe(calm.parts);
          expect(after.resumed).toBe(before.committed - before.told);
          if (failpoint.startsWith('model.committed')) expect(result.models.some(({ reused }) => reused)).toBe(true);
          const editions = await site.client.editions(request.pipeline);
          expect(editions.map(({ state }) => state)).toEqual(['live']);

          // What the dead worker had in hand is swept when it is a day old: at most a part a lane, nothing in scratch.
          const left = await site.leftBehind();
          const orphans = left.filter((line) => line.startsWith('data of nobody: '));
          expect(orphans.length).toBeLessThanOrEqual(calm.lanes);
          const documents = left.filter((line) => line.startsWith('temporary: store/documents/'));
          expect(left).toEqual([...orphans, ...documents]);
          await site.sweepTomorrow();
          expect(await site.leftBehind()).toEqual([]);
          expect(await editionHash(result.tables)).toEqual(calm.hash);
        }),
    );
  },
  LIMIT_MS,
);
