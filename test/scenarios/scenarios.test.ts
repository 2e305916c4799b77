/** Each folder here is a pipeline and what must come of it; all of them run on one server, by one worker. */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { RunRequest, RunResult } from '../../src/domain/run';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { rowsOf, type TextRow } from '../support/content';
import { steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site } from '../support/site';

/** Everything is a subset of the result, except the tables: those are all tables with all rows. */
interface Expected {
  /** What is asked for beside the pipeline. */
  readonly request?: Omit<RunRequest, 'pipeline'>;
  readonly outcome: RunResult['outcome'];
  readonly tables: Readonly<Record<string, readonly TextRow[]>>;
  readonly sources?: readonly Partial<RunResult['sources'][number]>[];
  readonly checks?: readonly Partial<RunResult['checks'][number]>[];
  readonly failure?: { readonly step?: string; readonly kind: string; readonly mentions: readonly string[] };
}

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const scenarios = readdirSync(__dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

let server: TestServer;
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await openSite(server);
  await site.worker();
});
afterAll(async () => {
  await site.close();
  await server.stop();
  await removeTemporaryFolders();
});

const sorted = (rows: readonly TextRow[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

test.concurrent.each(scenarios)('%s', async (name) => {
  const expected = JSON.parse(readFileSync(join(__dirname, name, 'expected.json'), 'utf8')) as Expected;
  const pipeline = join(temporaryFolder(), name);
  cpSync(join(__dirname, name, 'pipeline'), pipeline, { recursive: true });
  const run = await site.client.start({ ...expected.request, pipeline });
  const result = await site.client.result(run);

  const { outcome, failure } = result;
  expect({ outcome, failure: failure?.kind }).toEqual({ outcome: expected.outcome, failure: expected.failure?.kind });
  expect(result.live).toBe(outcome === 'published' ? result.edition : null);
  if (expected.sources) expect(result.sources).toMatchObject(expected.sources);
  for (const check of expected.checks ?? []) expect(result.checks).toContainEqual(expect.objectContaining(check));

  if (expected.failure) {
    if (expected.failure.step !== undefined) expect(failure?.step).toBe(expected.failure.step);
    for (const word of expected.failure.mentions) expect(failure?.message).toContain(word);
    // At once: no step was tried again.
    for (const step of await steps(server.client, run)) expect(step).toMatchObject({ attempt: 1, lastFailure: null });
  }

  expect(result.tables.map((table) => table.name).sort()).toEqual(Object.keys(expected.tables).sort());
  for (const table of result.tables) {
    const uri = isAbsolute(table.uri) ? table.uri : join(site.home, 'store', table.uri);
    expect(sorted(await rowsOf(uri))).toEqual(sorted(expected.tables[table.name] ?? []));
  }
});
