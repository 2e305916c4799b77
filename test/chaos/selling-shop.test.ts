/**
 * A shop sells on while two runs read it, and workers, sessions and the database itself die: rows and cents are those that
 * the shop's own books have at the cut, and the database never sees more sessions than it was promised.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { RunRef } from '../../src/client';
import type { RunResult } from '../../src/domain/run';
import { eventually, removeTemporaryFolders } from '../dev/temporary';
import { rowsOf } from '../support/content';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openSellingShop, type SellingShop } from '../support/selling-shop';
import { startServer, type TestServer } from '../support/server';
import { openSite, type Site } from '../support/site';
import { folderOf } from '../workflows/folders';

const LIMIT_MS = 150_000;
const MOST_SESSIONS = 3;
const ORDERS = 10_000;
/** The planner is told that there is more, so that several lanes are worth their while. */
const BELIEVED = `UPDATE pg_class SET reltuples = 3000000 WHERE relname = 'orders'`;

const PIPELINE = `name: selling
zone: UTC
sources:
  orders:
    type: postgres
    connection: \${env:SHOP}
    table: orders
    key: [order_id]
    cursor: updated_at
    max_connections: ${MOST_SESSIONS}
    lanes: 3
    part: 16KB
    heartbeat: 2s
    columns: {order_id: BIGINT, total: "DECIMAL(12,2)", updated_at: TIMESTAMPTZ}
  order_items:
    type: postgres
    parent: orders
    table: order_items
    key: [order_id, line_no]
    columns: {order_id: BIGINT, line_no: INTEGER, amount: "DECIMAL(12,2)"}
`;
const SOLD = `-- publish: true
SELECT orders.order_id, any_value(orders.total) AS total, sum(amount)::DECIMAL(12,2) AS lines
FROM orders LEFT JOIN order_items USING (order_id) GROUP BY orders.order_id
`;

let server: TestServer;
let postgres: TestPostgres;
let site: Site;
let shop: SellingShop;
let sessions: ReturnType<typeof watchSessions>;

beforeAll(async () => {
  [server, postgres] = await Promise.all([startServer(), startTestPostgres({ autovacuum: 'off' })]);
  site = await openSite(server);
  shop = await openSellingShop(postgres, { orders: ORDERS, sellers: 3 });
  await postgres.run(BELIEVED);
  sessions = watchSessions();
}, LIMIT_MS);

afterAll(async () => {
  await sessions?.end();
  await shop?.close();
  await site?.close();
  await Promise.all([server?.stop(), postgres?.remove()]);
  await removeTemporaryFolders();
});

/** Looks at the sessions that read, all the time; gives the most that there were at once. */
function watchSessions() {
  const ending = new AbortController();
  let most = 0;
  let seen = 0;
  const watching = (async () => {
    while (!ending.signal.aborted) {
      // The server may be away.
      const readers = await postgres.backends('daybreak ').catch(() => []);
      seen += 1;
      most = Math.max(most, readers.length);
      await wait(20);
    }
  })();
  return {
    async end() {
      ending.abort();
      await watching;
      return { most, seen };
    },
  };
}

/** Ends a session of ours in the middle of sending rows. */
async function endInCopy(): Promise<void> {
  const [row] = await postgres.run(`
    CREATE TEMP TABLE ended (pid int);
    DO $$ BEGIN
      FOR i IN 1..20000 LOOP
        PERFORM pg_stat_clear_snapshot();
        INSERT INTO ended SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, 'daybreak ')
          AND state = 'active' AND starts_with(query, 'COPY') AND pg_terminate_backend(pid) LIMIT 1;
        EXIT WHEN FOUND;
        PERFORM pg_sleep(0.001);
      END LOOP;
    END $$;
    SELECT count(*) AS n FROM ended`);
  expect(row?.n).toBe('1');
}

const problemsOf = ({ failure, checks }: RunResult) => [
  ...(failure === undefined ? [] : [failure.message]),
  ...checks.flatMap(({ outcome, subject, observed }) => (outcome === 'pass' ? [] : [`${subject}: ${observed}`])),
];

/** Orders of an edition that are not as the books have them. */
async function wrongOrders(result: RunResult): Promise<string[]> {
  const cut = result.sources.find(({ name }) => name === 'orders')?.cut ?? '';
  const [sold] = result.tables;
  const rows = new Map((await rowsOf(sold?.uri ?? '')).map((row) => [row.order_id ?? '', row]));
  const books = await shop.books(cut);
  let still = 0;
  const wrong = [...books].flatMap(([id, entry]) => {
    const total = rows.get(id)?.total ?? null;
    still += entry.still ? 1 : 0;
    return entry.versions.includes(total) ? [] : [`${id}: ${total}, of ${entry.versions.join(', ')}`];
  });
  const strange = [...rows.keys()].filter((id) => !books.has(id)).map((id) => `${id} never was`);
  const torn = [...rows.values()].flatMap(({ order_id: id, total, lines }) =>
    total === lines ? [] : [`${id}: ${total}, but its lines ${lines}`],
  );
  // Most orders stand still, so that their versions are one.
  expect(still).toBeGreaterThan(ORDERS / 2);
  expect(new Set(rows.keys()).size).toBe(sold?.rows);
  return [...wrong, ...strange, ...torn];
}

test(
  'workers, sessions and the database die while the shop sells: nothing is lost, doubled or torn',
  async () => {
    const pipeline = folderOf({ 'pipeline.yaml': PIPELINE, 'models/sold.sql': SOLD });
    const env = { SHOP: postgres.url() };
    const dies = async (failpoint: string, run: RunRef) => {
      site.rearm();
      const worker = await site.worker({ failpoint, env });
      return await Promise.race([worker.ended, site.client.result(run)]);
    };
    const killed = { reason: 'SIGKILL', asked: false };

    // Two runs at once, three lanes each.
    const one = await site.client.start({ pipeline, to: '2030-01-01' });
    const runs = [one, await site.client.start({ pipeline, to: '2030-01-02' })];
    expect(await dies('part.written:kill@3', one)).toEqual(killed);
    expect(await dies('part.committed:kill@3', one)).toEqual(killed);
    await site.worker({ env });
    const known = (await site.receipts()).length;
    await eventually('more is read', async () => (await site.receipts()).length > known, 60_000);
    await postgres.restart();
    await endInCopy();
    const results = await Promise.all(runs.map(async (run) => await site.client.result(run)));
    expect(results.flatMap(problemsOf)).toEqual([]);
    expect(['kept', 'published']).toContain(results[0]?.outcome);
    for (const result of results) {
      expect(result.resumed).toMatchObject({ lost: 0, duplicated: 0 });
      expect(await wrongOrders(result)).toEqual([]);
    }
    expect(Math.max(...results.map(({ resumed }) => resumed.parts))).toBeGreaterThan(3);

    // The next night reads what changed, and is killed too.
    await site.close();
    const next = await site.client.start({ pipeline, to: '2030-01-03' });
    expect(await dies('part.written:kill@1', next)).toEqual(killed);
    await site.worker({ env });
    const second = await site.client.result(next);
    expect(problemsOf(second)).toEqual([]);
    expect(second).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
    expect(second.sources[0]?.rows).toBeLessThan(ORDERS / 2);
    expect(await wrongOrders(second)).toEqual([]);

    // The shop closes: the last edition is the whole of it.
    await shop.close();
    await wait(1_200);
    const last = await site.run({ pipeline, to: '2030-01-04' });
    expect(last).toMatchObject({ outcome: 'published' });
    expect(await wrongOrders(last)).toEqual([]);
    const rows = await rowsOf(last.tables[0]?.uri ?? '');
    const cents = rows.reduce((sum, { total }) => sum + Math.round(Number(total) * 100), 0);
    const [now] = await postgres.run('SELECT count(*) AS rows, sum(total * 100)::bigint AS cents FROM orders');
    expect({ rows: String(rows.length), cents: String(cents) }).toEqual(now);

    await eventually('no session is left', async () => (await postgres.backends()).length === 0);
    const { most, seen } = await sessions.end();
    expect(seen).toBeGreaterThan(50);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(MOST_SESSIONS);
    // The shop did sell.
    expect(shop.sales()).toBeGreaterThan(500);
  },
  LIMIT_MS,
);
