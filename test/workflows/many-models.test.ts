/** A graph of 47 models with one that breaks on its data: what stops, what goes on, and what is left to do after the repair. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../src/domain/run';
import { removeTemporaryFolders } from '../dev/temporary';
import { rowsOf } from '../support/content';
import { fetchHistory, payloads, steps } from '../support/history';
import { startServer, type TestServer } from '../support/server';
import { withSite } from '../support/site';
import { folderOf } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const COUNT = 47;
const BROKEN = 'm20';
const nameOf = (index: number) => `m${String(index).padStart(2, '0')}`;
const indexes = Array.from({ length: COUNT }, (_, index) => index + 1);
const names = indexes.map(nameOf);

const readsOf = (index: number): number[] => (index <= 7 ? [] : [index - 7, index - 5]);
const sqlOf = (index: number): string => {
  const [left, right] = readsOf(index).map(nameOf);
  const select =
    left === undefined
      ? `SELECT id, value + ${index} AS value FROM numbers`
      : `SELECT a.id, a.value + b.value AS value FROM ${left} AS a JOIN ${right} AS b USING (id)`;
  return `-- publish: true\n-- key: id\n${select}\n`;
};
const brokenSql = `-- publish: true
-- key: id
SELECT a.id, CASE WHEN a.id = 3 THEN error('the third is spoilt') ELSE a.value END AS value
FROM m13 AS a JOIN m15 AS b USING (id)
`;

/** What a model's value is for an id, computed without SQL. */
const valueOf = (index: number, value: number): number =>
  index <= 7 ? value + index : readsOf(index).reduce((sum, read) => sum + valueOf(read, value), 0);

const dependants = new Set<string>();
for (const index of indexes)
  if (readsOf(index).some((read) => nameOf(read) === BROKEN || dependants.has(nameOf(read))))
    dependants.add(nameOf(index));
const others = names.filter((name) => name !== BROKEN && !dependants.has(name));

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await removeTemporaryFolders();
});

test('one broken model of 47 skips its dependants only, and its repair computes only them', async () => {
  expect(dependants.size).toBeGreaterThan(5);
  expect(others.length).toBeGreaterThan(20);
  const folder = folderOf({
    'pipeline.yaml': `name: many
zone: UTC
sources:
  numbers:
    type: csv
    path: numbers.csv
    columns: {id: BIGINT, value: BIGINT}
`,
    'numbers.csv': 'id,value\n1,10\n2,20\n3,30\n',
    ...Object.fromEntries(indexes.map((index) => [`models/${nameOf(index)}.sql`, sqlOf(index)])),
    [`models/${BROKEN}.sql`]: brokenSql,
  });
  await withSite(server, async (site) => {
    await site.worker();
    const request = { pipeline: folder, to: '2026-03-01' };
    const first = await site.client.start(request);
    const broken = await site.client.result(first);
    expect(broken).toMatchObject({
      outcome: 'failed',
      live: null,
      failure: { step: `transform_${BROKEN}`, kind: 'ModelFailed' },
      skipped: [...dependants].sort(),
    });
    expect(broken.failure?.message).toContain(`models/${BROKEN}.sql`);
    expect(broken.failure?.message).toContain('the third is spoilt');
    expect(broken.models.map(({ name }) => name).sort()).toEqual(others);
    const tried = await steps(server.client, first);
    expect(tried.find(({ type }) => type === `transform_${BROKEN}`)).toMatchObject({ attempt: 1 });

    const progress = await server.client.workflow.getHandle(first.workflowId).query<Progress>('progress');
    const states = Object.fromEntries(progress.models.map(({ name, state }) => [name, state]));
    expect(states).toEqual(
      Object.fromEntries(
        names.map((name) => [name, name === BROKEN ? 'failed' : dependants.has(name) ? 'skipped' : 'done']),
      ),
    );

    writeFileSync(join(folder, 'models', `${BROKEN}.sql`), sqlOf(20));
    const second = await site.client.start(request);
    const repaired = await site.client.result(second);
    expect(repaired.outcome).toBe('published');
    const reused = repaired.models.filter((model) => model.reused).map(({ name }) => name);
    expect(reused.sort()).toEqual(others);
    expect(repaired.models).toHaveLength(COUNT);
    for (const index of [13, 20, 27, 47]) {
      const table = repaired.tables.find(({ name }) => name === nameOf(index));
      expect(await rowsOf(table?.uri ?? '')).toEqual(
        [1, 2, 3].map((id) => ({ id: String(id), value: String(valueOf(index, id * 10)) })),
      );
    }

    for (const run of [first, second]) {
      const history = await fetchHistory(server.client, run);
      expect(history.events?.length).toBeLessThan(2_000);
      const sizes = payloads(history).map(({ data }) => data?.length ?? 0);
      expect(sizes.length).toBeGreaterThan(COUNT);
      expect(Math.max(...sizes)).toBeLessThan(50_000);
    }
  });
});
