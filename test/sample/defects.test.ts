/** Which gate of the shipped pipeline catches which defect of a sample shop; a clean one passes them all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { csvSource } from '../../src/adapters/sources';
import { addDays } from '../../src/domain/window';
import { DEFECT_NAMES, type Defect, type DefectName, makeSample } from '../../src/sample';
import { bench, type Bench, readBack } from '../adapters/sources/support';
import { modelChecks, outcomes, sourceChecks, takeAsLive } from '../pipelines/gates';
import {
  definitionOf,
  loadModels,
  type Model,
  openSession,
  pipelineFolder,
  readSources,
  runModels,
  type Session,
  setVariables,
} from '../pipelines/models';

const folder = pipelineFolder('pipelines', 'customer-analytics');
const definition = definitionOf(folder);
const until = '2026-11-25';
const root = mkdtempSync(path.join(tmpdir(), 'daybreak-defects-'));

let session: Session;
let models: Model[];
let sources: Bench;
beforeAll(async () => {
  session = await openSession(definition.zone);
  models = await loadModels(session, folder, definition);
  sources = await bench();
});
afterAll(async () => {
  session.close();
  await sources.close();
  rmSync(root, { recursive: true });
});

let count = 0;
async function shop(options: { seed?: number; lines?: number; until?: string; defects?: readonly Defect[] }) {
  const data = path.join(root, String((count += 1)));
  await makeSample({ folder: data, seed: 1, lines: 5_000, until, ...options });
  return data;
}

/** What does not pass on a shop: of the sources, then of the models where the sources let it on. */
async function stopped(data: string, asOf = until): Promise<Record<string, string>> {
  await readSources(session, definition, data);
  await setVariables(session, definition, addDays(asOf, -28), asOf);
  const found = await outcomes(session, sourceChecks);
  if (Object.values(found).some((outcome) => outcome !== 'warn')) return found;
  await runModels(session, models);
  await takeAsLive(session);
  return { ...found, ...(await outcomes(session, modelChecks)) };
}

describe('a clean shop passes every gate', () => {
  it.each([
    { seed: 1, lines: 5_000 },
    { seed: 2, lines: 1_000 },
    { seed: 3, lines: 40_000, until: '2026-01-02' },
    { seed: 4, lines: 10_000, until: '2024-03-01' },
  ])('%j', async (options) => {
    expect(await stopped(await shop(options), options.until)).toEqual({});
  });
});

/** Some thirty orders a day, so that a weak one shows; the check holds back below twenty. */
const BUSY = 60_000;
const EMPTY_DAY = 'days: the last day has orders where its weekday always had some';
const EARLIER_DAY = 'days: no day of the two weeks before is empty where its weekday always had orders';
const WEAK_DAY = 'days: orders and revenue of the last day are at least half of the weakest of eight weeks';

/** Of each defect what it is made in, and what does not pass then. */
const CAUGHT: readonly [Defect, lines: number, Readonly<Record<string, string>>][] = [
  [{ name: 'duplicate_keys' }, 5_000, { 'orders: unique order_id': 'fail' }],
  [
    { name: 'orphans' },
    10_000,
    {
      'orders: references user_id': 'fail',
      'order_items: references order_id': 'fail',
      'order_items: references product_id': 'fail',
      'refunds: references order_id': 'fail',
    },
  ],
  [
    { name: 'nulls' },
    5_000,
    {
      'order_facts: few enough orders without a user (max_null_percentage)': 'fail',
      'product_days: few enough lines without a product (max_null_percentage)': 'fail',
    },
  ],
  [{ name: 'negative_prices' }, 5_000, { 'order_items: range unit_price': 'fail' }],
  [{ name: 'late_rows' }, 5_000, { 'orders: freshness ordered_at': 'fail' }],
  // The freshness of two days lets one missing day pass, but not the volume.
  [{ name: 'late_rows', magnitude: 1 }, 10_000, { [EMPTY_DAY]: 'fail' }],
  [{ name: 'empty_source' }, 5_000, { 'products: row_count': 'fail', 'order_items: references product_id': 'fail' }],
  [{ name: 'volume_drop' }, BUSY, { [WEAK_DAY]: 'warn' }],
  [{ name: 'missing_day' }, 10_000, { [EMPTY_DAY]: 'fail' }],
  [{ name: 'missing_day', magnitude: 3 }, 20_000, { [EARLIER_DAY]: 'warn' }],
];
/** These are caught while the files are read. */
const CAUGHT_READING: readonly DefectName[] = ['renamed_column', 'changed_type'];

it.each(CAUGHT)('%j of %i lines is caught', async (defect, lines, gates) => {
  expect(await stopped(await shop({ lines, defects: [defect] }))).toEqual(gates);
});

/** Reads the orders as the product does. */
async function readOrders(defect: Defect) {
  const data = await shop({ defects: [defect] });
  const orders = definition.sources.orders;
  if (orders?.type !== 'csv') throw new Error('orders are not CSV');
  const at = { ...orders, path: path.join(data, 'orders', '*.csv') };
  const session = await sources.engine.session('defects', {
    folders: [sources.folder, data],
    spill: path.join(sources.folder, 'spill'),
    memoryBytes: 500_000_000,
    threads: 2,
    zone: definition.zone,
    setup: [],
  });
  return { orders, source: csvSource({ name: 'orders', definition: at, folder: data, session }) };
}

it('a renamed column stops the run before a row is read', async () => {
  const { source } = await readOrders({ name: 'renamed_column' });
  await expect(source.plan()).rejects.toMatchObject({
    kind: 'NotAsDeclared',
    message: expect.stringMatching(/column "status" is missing, and "order_status" is there/),
  });
});

it('a changed type is quarantined, more of it than may be', async () => {
  const { orders, source } = await readOrders({ name: 'changed_type' });
  const { rows, bad } = await readBack(sources, source);
  expect(bad[0]).toMatchObject({ reason: expect.stringContaining('order_id'), raw: expect.stringMatching(/^A-\d+,/) });
  expect(bad.length / (rows.length + bad.length)).toBeGreaterThan(orders.max_quarantined);
});

it('has a test for each defect', () => {
  expect([...new Set([...CAUGHT.map(([{ name }]) => name), ...CAUGHT_READING])].sort()).toEqual(
    [...DEFECT_NAMES].sort(),
  );
});

describe('what the defects do', () => {
  const one = async (data: string, sql: string) => {
    await readSources(session, definition, data);
    return (await session.rows(sql))[0] ?? {};
  };
  const share = (condition: string, table: string) =>
    `(SELECT round(100 * count(*) FILTER (${condition}) / count(*))::INTEGER FROM ${table})`;
  it('is of the wanted size', async () => {
    const data = await shop({
      lines: 10_000,
      defects: [
        { name: 'duplicate_keys', magnitude: 0.2 },
        { name: 'nulls', magnitude: 0.5 },
        { name: 'negative_prices', magnitude: 1 },
      ],
    });
    const { doubled, users, products, negative } = await one(
      data,
      `SELECT ${share('times = 2', '(SELECT count(*) AS times FROM orders GROUP BY order_id)')} AS doubled,
        ${share('user_id IS NULL', 'orders')} AS users, ${share('product_id IS NULL', 'order_items')} AS products,
        ${share('unit_price <= 0', 'order_items')} AS negative`,
    );
    expect(Math.abs(Number(doubled) - 20)).toBeLessThan(4);
    expect(Math.abs(Number(users) - 50)).toBeLessThan(4);
    expect(Math.abs(Number(products) - 50)).toBeLessThan(4);
    expect(negative).toBe(100);
  });

  it('takes days and orders away with their lines and refunds, and leaves the rest alone', async () => {
    const columns = `min(DATE '${until}' - ordered_at::DATE)::INTEGER AS age,
      count(*) FILTER (ordered_at::DATE < DATE '${until}' - 40)::INTEGER AS old,
      (SELECT count(*) FROM order_items ANTI JOIN orders USING (order_id))::INTEGER AS lines,
      (SELECT count(*) FROM refunds ANTI JOIN orders USING (order_id))::INTEGER AS refunds,
      count(*) FILTER (ordered_at::DATE = DATE '${until}' - 30)::INTEGER AS thirtieth,
      count(*) FILTER (ordered_at::DATE = DATE '${until}' - 1)::INTEGER AS last`;
    const calm = await one(await shop({ lines: 20_000 }), `SELECT ${columns} FROM orders`);
    expect(calm).toMatchObject({ age: 1, lines: 0, refunds: 0 });
    const after = async (...defects: Defect[]) =>
      await one(await shop({ lines: 20_000, defects }), `SELECT ${columns} FROM orders`);
    const { old } = calm;
    expect(await after({ name: 'late_rows', magnitude: 29 })).toEqual({ ...calm, age: 30, last: 0 });
    expect(await after({ name: 'missing_day', magnitude: 30 })).toEqual({ ...calm, thirtieth: 0 });
    const dropped = await after({ name: 'volume_drop', magnitude: 0.7 });
    expect(dropped).toMatchObject({ age: 1, old, lines: 0, refunds: 0 });
    expect(Math.abs(Number(dropped.last) / Number(calm.last) - 0.3)).toBeLessThan(0.2);
  });
});
