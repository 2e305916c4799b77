/** kill -9 of a run's workers at each place where it matters: the edition is the calm run's, and nothing is done twice. */
import type { LaneReport } from '../../src/activities';
import type { RunRequest } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { type Calm, calmRun } from '../support/calm';
import { editionHash } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { cornerShop, UNTIL } from '../support/shop';
import { type Site, withSite } from '../support/site';

const LIMIT_MS = 300_000;

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

interface Kill {
  readonly when: string;
  readonly failpoint: string;
  /** The step in hand, which the next worker does again. */
  readonly step: RegExp;
}
const kill = (when: string, failpoint: string, step: RegExp): Kill => ({ when, failpoint, step });
const GATE_OF_TABLES = /^validate_data_quality$/;

/** What happens to one run: who goes on after one kill dies at the next. The places of each come in the run's order. */
const RUNS: readonly (readonly Kill[])[] = [
  [
    kill('in a part, before its commit', 'part.written:kill@4', /^extract_/),
    kill('in the gate of the sources', 'check.measured:kill', /^validate_sources$/),
    kill('in a model, before its commit', 'model.written:kill@3', /^transform_/),
  ],
  [
    kill('between the commit of a part and its heartbeat', 'part.committed:kill@6', /^extract_/),
    kill('after the commit of a model, before anybody was told', 'model.committed:kill@4', /^transform_/),
    kill('before the swap', 'publish.beforeSwap:kill', /^publishEdition$/),
  ],
  [
    kill('in a commit, its receipt there and the temporary name not yet gone', 'ledger.linked:kill@9', /^extract_/),
    kill('in the gate of the tables', 'check.measured:kill@2', GATE_OF_TABLES),
    kill('after the swap', 'publish.afterSwap:kill', /^publishEdition$/),
  ],
];

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

test.concurrent.each(RUNS.map((kills) => [kills.map(({ when }) => when).join('; '), kills] as const))(
  "kill -9 of a run's workers, %s",
  async (_, kills) => {
    await withSite(server, async (site) => {
      const run = await site.client.start(request);
      const found: Awaited<ReturnType<typeof laneReports>>[] = [];
      for (const { failpoint } of kills) {
        site.rearm();
        const worker = await site.worker({ failpoint });
        expect({ failpoint, ...(await worker.ended) }).toEqual({ failpoint, reason: 'SIGKILL', asked: false });
        expect(site.fired()).toBe(`${failpoint.replace(/:kill.*/, '')} kill ${worker.pid}`);
        found.push(await laneReports(site, run));
      }
      await site.worker();
      const result = await site.client.result(run);
      expect(result).toMatchObject({ outcome: 'published', live: result.edition, previousEdition: null });
      expect(result.resumed).toMatchObject({ lost: 0, duplicated: 0 });
      expect(await editionHash(result.tables)).toEqual(calm.hash);

      // Each died where it was meant to, and only what was in hand is tried again: once for each time it was.
      const again = (await steps(server.client, run)).filter(({ attempt }) => attempt > 1);
      for (const { step } of kills) expect(again.map(({ type }) => type)).toContainEqual(expect.stringMatching(step));
      expect(Math.max(...again.map(({ attempt }) => attempt))).toBe(2);

      // What was committed stays as it was; who comes to it again passes over it.
      const after = await laneReports(site, run);
      for (const before of found) expect(after.receipts).toEqual(expect.arrayContaining(before.receipts));
      expect(after.committed).toBe(calm.parts);
      expect(after.told).toBe(calm.parts);
      // All parts are there after the second kill.
      const [first = after] = found;
      expect(after.resumed).toBe(first.committed - first.told);
      const committedModel = kills.some(({ failpoint }) => failpoint.startsWith('model.committed'));
      if (committedModel) expect(result.models.some(({ reused }) => reused)).toBe(true);
      const editions = await site.client.editions(request.pipeline);
      expect(editions.map(({ state }) => state)).toEqual(['live']);

      // What the dead workers had in hand is swept when it is a day old: at most a part a lane or the models of a
      // moment, nothing in scratch.
      const left = await site.leftBehind();
      const orphans = left.filter((line) => line.startsWith('data of nobody: '));
      expect(orphans.length).toBeLessThanOrEqual(calm.lanes + kills.length);
      const documents = left.filter((line) => line.startsWith('temporary: store/documents/'));
      expect(left).toEqual([...orphans, ...documents]);
      await site.sweepTomorrow();
      expect(await site.leftBehind()).toEqual([]);
      expect(await editionHash(result.tables)).toEqual(calm.hash);
    });
  },
  LIMIT_MS,
);
