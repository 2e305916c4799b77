/** Nightly deliveries: each brings what is new or changed, and together they are the shop of any morning. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSample, TABLES } from '../../src/sample';
import { addDays } from '../../src/domain/window';
import { type Day, readDays } from '../../src/sample/calendar';
import { CHANGING_DAYS } from '../../src/sample/deliveries';
import { shopOf } from '../../src/sample/options';
import { copies, preparations } from '../../src/sample/statements';
import { definitionOf, openSession, pipelineFolder, readSources, type Session } from '../pipelines/models';
import { mergeDeliveries, readDeliveries } from './deliveries';

const definition = definitionOf(pipelineFolder('pipelines', 'customer-analytics'));
const until = '2026-11-25';
const NIGHTS = 50;
const root = mkdtempSync(path.join(tmpdir(), 'daybreak-series-'));
const lines = 5_000;
const make = async (name: string, days?: number) => {
  const folder = path.join(root, name);
  await makeSample({ folder, seed: 5, lines, until, ...(days === undefined ? {} : { days }) });
  return folder;
};

let session: Session;
let series: string;
beforeAll(async () => {
  session = await openSession('Europe/Berlin');
  series = await make('series', NIGHTS);
  await readDeliveries(session, definition, series);
});
afterAll(() => {
  session.close();
  rmSync(root, { recursive: true });
});

const one = async (sql: string) => (await session.rows(sql))[0] ?? {};
/** Rows that are on one side only, by table. */
async function differences(): Promise<Record<string, unknown>> {
  const counts = TABLES.map((name) => {
    const sides = [`FROM ${name} EXCEPT ALL FROM other.${name}`, `FROM other.${name} EXCEPT ALL FROM ${name}`];
    return `(SELECT count(*) FROM ((${sides[0]}) UNION ALL (${sides[1]})))::INTEGER AS ${name}`;
  });
  return await one(`SELECT ${counts.join(', ')}`);
}
const NONE = Object.fromEntries(TABLES.map((name) => [name, 0]));

/** Reads a shop into a schema of its own. */
async function readOther(folder: string): Promise<void> {
  await session.run('CREATE SCHEMA IF NOT EXISTS other');
  await session.run('USE other');
  try {
    await readSources(session, definition, folder);
  } finally {
    await session.run('USE memory.main');
  }
}

it('lies in a folder for each table, with a file for each night', () => {
  const nights = Array.from({ length: NIGHTS }, (_, night) => addDays(until, night - NIGHTS + 1));
  for (const table of TABLES)
    expect(readdirSync(path.join(series, table)).sort()).toEqual(nights.map((day) => `${table}-${day}.csv`));
});

it('ends as the shop that is made at once', async () => {
  await readOther(await make('at once'));
  await mergeDeliveries(session, definition, until);
  expect(await differences()).toEqual(NONE);
});

it.each([1, 2, 13, 38, NIGHTS])(
  'is, merged up to night %i, what a series begins with that starts there',
  async (night) => {
    const day = addDays(until, night - NIGHTS);
    const folder = path.join(root, day);
    for (const table of TABLES) mkdirSync(path.join(folder, table), { recursive: true });
    const shop = shopOf({ folder, seed: 5, lines, until, days: NIGHTS - night + 1 });
    for (const sql of preparations(shop)) await session.run(sql);
    // Its first night alone.
    for (const sql of copies(shop, await readDays(session.rows)))
      if (!sql.startsWith('COPY') || sql.includes(`${day}.csv'`)) await session.run(sql);
    await readOther(folder);
    await mergeDeliveries(session, definition, day);
    expect(await differences()).toEqual(NONE);
  },
);

it('brings every kind of change, and no row without one', async () => {
  const [first, zone] = [addDays(until, 1 - NIGHTS), 'Europe/Berlin'];
  const nightly = (table: string) => `${table}_delivered WHERE delivery > DATE '${first}'`;
  const outside = (column: string) => `count(*) FILTER (timezone('${zone}', ${column})::DATE <> delivery - 1)::INTEGER`;
  for (const [table, column] of [
    ['orders', 'updated_at'],
    ['refunds', 'refunded_at'],
    ['users', 'updated_at'],
    ['products', 'updated_at'],
  ])
    expect({
      table,
      ...(await one(`SELECT ${outside(column ?? '')} AS outside, count(*) > 5 AS some FROM ${nightly(table ?? '')}`)),
    }).toEqual({ table, outside: 0, some: true });
  const changes = await session.rows(`
    SELECT DISTINCT before, status FROM (
      SELECT delivery, status, lag(status) OVER (PARTITION BY order_id ORDER BY delivery) AS before FROM orders_delivered
    ) WHERE delivery > DATE '${first}'`);
  expect(changes.map(({ before, status }) => `${before ?? 'new'} → ${status}`)).toEqual(
    expect.arrayContaining([
      'new → pending',
      'new → paid',
      'pending → paid',
      'pending → cancelled',
      'paid → shipped',
      'shipped → completed',
      'completed → refunded',
    ]),
  );
  expect(
    await one(`SELECT
      (SELECT count(*) > 0 FROM (SELECT user_id FROM users_delivered GROUP BY user_id HAVING count(DISTINCT marketing_opt_in) = 2)) AS minds,
      (SELECT count(*) > 0 FROM (SELECT product_id FROM products_delivered GROUP BY product_id HAVING max(stock) > min(stock))) AS stock,
      (SELECT count(*) > 0 FROM (
        SELECT order_id, line_no FROM order_items_delivered
        WHERE order_id IN (SELECT order_id FROM orders_delivered GROUP BY order_id HAVING count(*) > 1)
        GROUP BY order_id, line_no
        HAVING max(delivery) < (SELECT max(delivery) FROM orders_delivered AS o WHERE o.order_id = order_items_delivered.order_id)
      )) AS lines_gone`),
  ).toEqual({ minds: true, stock: true, lines_gone: true });
});

it('never takes back what a night brought: an order is paid before it is shipped', async () => {
  const order = "['pending', 'cancelled', 'paid', 'shipped', 'completed', 'refunded']";
  expect(
    await one(`SELECT count(*)::INTEGER AS wrong FROM (
      SELECT list_position(${order}, status) AS now, updated_at,
        lag(now) OVER w AS before, lag(updated_at) OVER w AS updated_before
      FROM orders_delivered WINDOW w AS (PARTITION BY order_id ORDER BY delivery)
    ) WHERE now <= before OR updated_at <= updated_before`),
  ).toEqual({ wrong: 0 });
});

it('looks back as far as anything changes', async () => {
  const shop = shopOf({ folder: '', seed: 5, lines: 50_000, until });
  for (const sql of preparations(shop)) await session.run(sql);
  for (const sql of copies(shop, await readDays(session.rows))) if (!sql.startsWith('COPY')) await session.run(sql);
  const day = (seconds: string) => `to_timestamp(${seconds})::DATE`;
  const { changed, refunded } = await one(`SELECT
    max(${day('greatest(cancelled, completed, returned)')} - ${day('ordered')}) AS changed,
    (SELECT max(${day('refunded')} - ${day('ordered')}) FROM sample_refunds JOIN sample_orders USING (order_id)) AS refunded
    FROM sample_orders`);
  expect(Number(changed)).toBeGreaterThan(20);
  expect(Number(refunded)).toBeGreaterThan(20);
  expect(Math.max(Number(changed), Number(refunded))).toBeLessThan(CHANGING_DAYS);
});

it('cuts a large shop into files of whole orders, also its nights', () => {
  const shop = shopOf({ folder: '', seed: 1, lines: 5_000_000, until, days: 2 });
  // 2,000,000 orders on 1096 even days; the last 37 of them are still changing.
  const calendar = Array.from({ length: 1096 }, (_, n): Day => {
    const [firstOrder, endOrder] = [n, n + 1].map((days) => Math.floor((days * shop.orders) / 1096)) as [
      number,
      number,
    ];
    return {
      day: addDays(until, n - 1096),
      midnight: n,
      ends: n + 1,
      firstOrder,
      endOrder,
      endUser: Math.ceil(endOrder / 5),
    };
  });
  const files = copies(shop, calendar).flatMap((sql) => /TO '(?:orders|users)\/(.*)\.csv'/.exec(sql)?.[1] ?? []);
  expect(files).toEqual([
    ...['1', '2', '3', '4', '5'].map((part) => `orders-2026-11-24-000${part}`),
    'orders-2026-11-25',
    'users-2026-11-24',
    'users-2026-11-25',
  ]);
});
