/** What a gate stops is set aside with its rows, and readers keep what they have; what it reads need not be a table. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaryFolders } from '../dev/temporary';
import { rowsOf } from '../support/content';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site, withSite } from '../support/site';
import { folderOf } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

let server: TestServer;
/** With a worker, for pipelines of different names. */
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

/** Orders that are summed by customer through a model that exists only where it is read. */
const shop = (name: string) =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: UTC
window: 3d
sources:
  orders:
    type: csv
    path: orders.csv
    key: [id]
    columns: {id: BIGINT, customer: VARCHAR, amount: BIGINT}
    max_quarantined: 0.5
checks:
  - {type: expression, on: by_customer, expression: amount >= 0, name: no debts}
  - {type: reconcile, name: nothing between is lost, left: SELECT sum(amount) FROM between, right: SELECT sum(amount) FROM orders}
`,
    'models/between.sql': "SELECT customer, amount FROM orders WHERE customer <> ''\n",
    'models/by_customer.sql': `-- publish: true
-- key: customer
SELECT customer, sum(amount)::BIGINT AS amount FROM between GROUP BY customer
`,
    'orders.csv': 'id,customer,amount\n1,ann,10\n2,bob,20\n3,ann,30\n',
  });

/** All that readers find, to the last byte, by path. */
const readersSee = (place: string) =>
  Object.fromEntries(
    readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'base64')]),
  );

test('a blocked run leaves the live edition as it was, keeps candidate and rows, and the next good one publishes', async () => {
  const pipeline = shop('blocks');
  const orders = join(pipeline, 'orders.csv');
  const request = { pipeline, to: '2026-03-02' };
  const first = await site.run(request);
  expect(first).toMatchObject({ outcome: 'published' });
  const place = join(site.home, 'published', 'blocks');
  const before = readersSee(place);

  writeFileSync(orders, 'id,customer,amount\n1,ann,10\n2,bob,20\n3,cid,-30\n4,dora,x\n');
  const blocked = await site.run(request);
  expect(blocked).toMatchObject({ outcome: 'blocked', live: first.edition, previousEdition: first.edition });
  expect(readersSee(place)).toEqual(before);
  expect(await site.client.query('SELECT count(*) AS n FROM by_customer', { pipeline })).toMatchObject({
    edition: first.edition,
    rows: [{ n: '2' }],
  });
  const editions = await site.client.editions(pipeline);
  expect(editions.map(({ edition, state, releasedAt }) => [edition.id, state, releasedAt !== null])).toEqual([
    [blocked.edition, 'blocked', false],
    [first.edition, 'live', true],
  ]);
  expect(editions[0]?.edition.checks).toEqual(blocked.checks);
  const [table] = blocked.tables;
  expect(await rowsOf(table?.uri ?? '')).toEqual([
    { customer: 'ann', amount: '10' },
    { customer: 'bob', amount: '20' },
    { customer: 'cid', amount: '-30' },
  ]);

  const evidenceOf = async (name: string) =>
    await site.client.evidence(blocked.checks.find((check) => check.name === name)?.evidence ?? '');
  expect(blocked.checks.filter(({ outcome }) => outcome !== 'pass')).toMatchObject([
    { name: 'no debts', subject: 'by_customer', outcome: 'fail' },
  ]);
  expect(await evidenceOf('no debts')).toMatchObject({
    name: 'no debts',
    subject: 'by_customer',
    rows: [{ customer: 'cid', amount: '-30' }],
  });
  expect(await evidenceOf('quarantined')).toMatchObject({
    name: 'quarantined',
    subject: 'orders',
    rows: [{ record: '4', raw: expect.stringContaining('dora') }],
  });

  writeFileSync(orders, 'id,customer,amount\n1,ann,10\n2,bob,20\n3,cid,30\n');
  const next = await site.run(request);
  expect(next).toMatchObject({ outcome: 'published', live: next.edition, previousEdition: first.edition });
  const states = (await site.client.editions(pipeline)).map(({ state }) => state);
  expect(states).toEqual(['live', 'blocked', 'superseded']);
});

test('drift is measured against the live edition, and one that cannot be read stops the run', async () => {
  const pipeline = folderOf({
    'pipeline.yaml': `name: drifts
zone: UTC
sources:
  orders: {type: csv, path: orders.csv, columns: {id: BIGINT, tier: VARCHAR}}
checks:
  - {type: drift, on: tiers, column: tier, max: 0.25, severity: warn}
`,
    'models/tiers.sql': '-- publish: true\nSELECT id, tier FROM orders\n',
    'orders.csv': 'id,tier\n1,new\n2,new\n3,vip\n4,vip\n',
  });
  const drift = { name: 'drift tier', subject: 'tiers', expected: 'population stability index at most 0.25' };
  const first = await site.run({ pipeline, to: '2026-03-02' });
  expect(first).toMatchObject({ outcome: 'published' });
  expect(first.checks).toContainEqual(
    expect.objectContaining({ ...drift, outcome: 'pass', observed: 'no live edition' }),
  );

  writeFileSync(join(pipeline, 'orders.csv'), 'id,tier\n1,new\n2,vip\n3,vip\n4,vip\n');
  const second = await site.run({ pipeline, to: '2026-03-03' });
  expect(second).toMatchObject({ outcome: 'published', previousEdition: first.edition });
  // 1/4 ln(2) of new and 1/4 ln(3/2) of vip
  const warned = second.checks.find(({ name }) => name === drift.name);
  expect(warned).toMatchObject({ ...drift, outcome: 'warn', observed: '0.2747' });
  expect(await site.client.evidence(warned?.evidence ?? '')).toMatchObject({
    rows: [
      { value: 'new', share: 0.25, live_share: 0.5 },
      { value: 'vip', share: 0.75, live_share: 0.5 },
    ],
  });

  const store = join(site.home, 'store', 'data', 'published');
  const kept = readdirSync(store).map((file) => [join(store, file), readFileSync(join(store, file))] as const);
  for (const [file] of kept) rmSync(file);
  const third = await site.run({ pipeline, to: '2026-03-04' });
  expect(third).toMatchObject({ outcome: 'blocked', live: second.edition });
  expect(third.checks.find(({ name }) => name === drift.name)).toMatchObject({
    ...drift,
    outcome: 'error',
    observed: expect.stringMatching(
      new RegExp(
        `tiers of the live edition ${second.edition} cannot be read: ${store}.* is gone or damaged; put .*daybreak rollback.*, or take`,
      ),
    ),
  });
  for (const [file, bytes] of kept) writeFileSync(file, bytes);
  expect(await site.run({ pipeline, to: '2026-03-04' })).toMatchObject({ outcome: 'published' });
});

test('a check reads a model that exists only where it is read, also when its reader is reused by a new worker', async () => {
  const pipeline = shop('between');
  await withSite(server, async (site) => {
    const first = await site.worker();
    const passed = { outcome: 'published', models: [{ name: 'by_customer', reused: false }] };
    const one = await site.run({ pipeline, to: '2026-03-01' });
    expect(one).toMatchObject(passed);
    await first.stop();
    await site.worker();
    const two = await site.run({ pipeline, to: '2026-03-02' });
    expect(two).toMatchObject({
      ...passed,
      models: [{ name: 'by_customer', reused: true }],
      sources: [{ resumedParts: 1 }],
    });
    for (const { checks } of [one, two])
      expect(checks).toContainEqual(
        expect.objectContaining({ name: 'nothing between is lost', outcome: 'pass', severity: 'error' }),
      );
  });
});
