/** Snapshots of many layers become one of one layer: the same rows, nothing read or computed because of it, and old files go. */
import { sweepStore } from '../../src/activities/sweep';
import { isLayered } from '../../src/activities/compact';
import type { Receipt } from '../../src/domain/receipt';
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { night, rowsOfNight, shopPipeline } from './night';
import { openShop, randomOf, VERSION } from './shop';

const DAY_MS = 86_400_000;

let postgres: TestPostgres;
let workshop: Workshop;
beforeAll(async () => {
  postgres = await startTestPostgres();
  workshop = await openWorkshop({ SHOP: postgres.url({ database: 'compacted' }) });
});
afterAll(async () => {
  await workshop.close();
  await postgres.remove();
  await removeTemporaryFolders();
});

test('a base with a fifth of its rows in younger layers is compacted, or one with more than eight of them', () => {
  const layer = (rows: number, gone = 0) => ({
    receipts: [{ rows } as Receipt],
    gone: gone === 0 ? undefined : ({ rows: gone } as Receipt),
  });
  expect(isLayered([[layer(100)]])).toBe(false);
  expect(isLayered([[layer(100), layer(10), layer(10)]])).toBe(false);
  expect(isLayered([[layer(100), layer(10), layer(10, 1)]])).toBe(true);
  expect(isLayered([[layer(100)], [layer(10), layer(3)]])).toBe(true);
  expect(isLayered([[layer(0), layer(1)]])).toBe(true);
  const many = (count: number) => [layer(10_000), ...Array.from({ length: count }, () => layer(1))];
  expect(isLayered([many(7)])).toBe(false);
  expect(isLayered([many(8)])).toBe(true);
});

test('the rows stay, nothing is read again, and the layers go when nobody needs them', async () => {
  const { services } = workshop;
  const shop = await openShop(postgres, 'compacted', randomOf(7));
  const pipeline = shopPipeline('compacted');
  const sweep = async (runId: string, days = 0) =>
    await sweepStore(services, `plans/compacted/${runId}`, Date.now() + days * DAY_MS);
  const rows = async (made: Awaited<ReturnType<typeof night>>) => {
    const found = await rowsOfNight(workshop, made, `SELECT o.order_id AS id, ${VERSION} AS version FROM orders AS o`);
    return [...new Map(found.map(({ id, version }) => [String(id), String(version)]))].toSorted();
  };
  const sell = async (times: number) => {
    for (let time = 0; time < times; time += 1) await shop.transact();
  };
  await sell(80);
  const first = await night(workshop, pipeline, 'first');
  await sweep('first');
  await sell(60);
  const second = await night(workshop, pipeline, 'second');
  expect(await rows(second)).toEqual([...(await shop.state())].toSorted());

  const book = services.snapshots('compacted');
  const before = await book.newest('orders');
  await sweep('second');
  const after = await book.newest('orders');
  expect(after?.key).toBe(`${before?.key}-compacted`);
  expect(after?.snapshot).toEqual({
    ...before?.snapshot,
    layers: [{ chunks: [expect.any(String)], replaces: before?.snapshot.layers }],
  });
  // Again, and after a day: it is one layer already.
  await sweep('second');
  expect((await book.newest('orders'))?.key).toBe(after?.key);

  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const fresh = await night(workshop, pipeline, 'third');
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const quiet = await night(workshop, pipeline, 'fourth');
  for (const made of [fresh, quiet]) {
    expect(made.passed).toBe(true);
    expect(await rows(made)).toEqual([...(await shop.state())].toSorted());
  }
  const table = quiet.plan.sources[0]?.table;
  expect(table?.stretches).toEqual([]);
  expect(table?.layers[0]).toEqual(after?.snapshot.layers[0]);

  // Two more nights of changes, and days later: the first layers are nobody's.
  for (const name of ['fifth', 'sixth']) {
    await sell(3);
    await night(workshop, pipeline, name);
  }
  const old = before?.snapshot.layers.flatMap(({ chunks }) => chunks) ?? [];
  expect((await services.ledger.findAll(old)).every((receipt) => receipt !== undefined)).toBe(true);
  await sweep('sixth', 2);
  expect((await services.ledger.findAll(old)).filter((receipt) => receipt !== undefined)).toEqual([]);
  const last = await night(workshop, pipeline, 'last');
  expect(await rows(last)).toEqual([...(await shop.state())].toSorted());
  expect(first.passed && last.passed).toBe(true);
});
