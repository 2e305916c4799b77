/** What every source of a database keeps to, whichever way its rows come; a test gives the database and the source. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkRead, ChunkTarget, DatabaseSource, KeyRange } from '../../src/adapters/source';
import type { PostgresSourceDefinition } from '../../src/domain/definition';
import { literal } from '../../src/domain/sql';
import type { Bench } from '../adapters/sources/support';

export type Settings = Partial<PostgresSourceDefinition> & Pick<PostgresSourceDefinition, 'columns'>;
/** Definitions by the names of their tables; the parent first. */
export type Declared = Readonly<Record<string, Settings & { readonly mapping?: string }>>;
export type Row = Readonly<Record<string, unknown>>;

export interface DatabaseFixture {
  readonly at: Bench;
  sql(text: string): Promise<Readonly<Record<string, string | null>>[]>;
  source(declared: Declared, user?: string): Promise<DatabaseSource>;
  close(): Promise<void>;
}

/** What came of a table; `pieces` are the rows of each chunk. */
export interface TableRead {
  readonly rows: Row[];
  readonly bad: Row[];
  readonly touched: Row[];
  readonly chunks: ChunkRead[];
  readonly pieces: Row[][];
}

export interface ReadSettings {
  readonly range?: KeyRange;
  readonly since?: string | null;
  readonly records?: number;
  readonly count?: boolean;
}

let attempts = 0;

/** Follows the chunks of a range to its end, and checks that nothing is lost on the way. */
export async function readRange(
  { at }: Pick<DatabaseFixture, 'at'>,
  source: DatabaseSource,
  names: readonly string[],
  { range = { from: null, to: null }, since = null, records = 1_000, count = false }: ReadSettings = {},
): Promise<Record<string, TableRead>> {
  const empty = (): TableRead => ({ rows: [], bad: [], touched: [], chunks: [], pieces: [] });
  const all = Object.fromEntries(names.map((name) => [name, empty()]));
  for (let { from } = range; ; ) {
    const attempt = join(at.folder, `attempt-${++attempts}`);
    const targets = new Map(
      names.map((name): [string, ChunkTarget] => {
        const scratch = join(attempt, name);
        const path = (kind: string) => join(scratch, `${kind}.parquet`);
        return [name, { data: path('data'), quarantine: path('bad'), touched: path('touched'), scratch }];
      }),
    );
    await mkdir(attempt, { recursive: true });
    const { to, tables } = await source.read({ range: { from, to: range.to }, since, records, count }, targets);
    for (const [name, target] of targets) {
      const [made, sum] = [tables.get(name), all[name]];
      if (made === undefined || sum === undefined) throw new Error(`nothing of ${name}`);
      if (made.rows + made.quarantined + made.deleted !== made.read) throw new Error('rows were lost or doubled');
      const rows = await at.rows(target.data);
      if (rows.length !== made.rows) throw new Error('the data have another number of rows');
      sum.chunks.push(made);
      sum.rows.push(...rows);
      sum.pieces.push(rows);
      if (since !== null) sum.touched.push(...(await at.rows(target.touched)));
      if (made.quarantined === 0) continue;
      const bad = await at.query(`SELECT * FROM read_parquet(${literal(target.quarantine)}) ORDER BY record`);
      if (bad.length !== made.quarantined) throw new Error('the quarantine has another number of rows');
      sum.bad.push(...bad);
    }
    await rm(attempt, { recursive: true });
    if (to === null || JSON.stringify(to) === JSON.stringify(range.to)) return all;
    from = to;
  }
}

export async function readKeys(
  { at }: Pick<DatabaseFixture, 'at'>,
  source: DatabaseSource,
  name: string,
  since = new Date().toISOString(),
  parents = false,
): Promise<Row[]> {
  const scratch = join(at.folder, 'keys');
  const keys = join(at.folder, 'keys.parquet');
  const touched = join(at.folder, 'touched.parquet');
  await source.keys(since, new Map([[name, { keys, touched, scratch }]]));
  return await at.rows(parents ? touched : keys);
}

const numbers = (rows: readonly Row[] = [], column = 'n') =>
  rows.map((row) => Number(row[column])).sort((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** Printed, and repeated with CONTRACT_SEED. */
const seed = Number(process.env.CONTRACT_SEED ?? Date.now() % 1_000_000_000);
let state = seed;
/** A number below 1 that looks random (mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  const mixed = Math.imul(state ^ (state >>> 15), state | 1);
  const more = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61));
  return ((more ^ (more >>> 14)) >>> 0) / 4_294_967_296;
}
const some = (most: number) => 1 + Math.floor(random() * most);
const sum = (chunks: readonly ChunkRead[] = [], of: (chunk: ChunkRead) => number | null) =>
  chunks.reduce((total, chunk) => total + (of(chunk) ?? 0), 0);

/** Orders and what belongs to them, under other names and types for their key. */
const SALES = {
  orders: {
    key: ['shop', 'id'],
    cursor: 'updated_at',
    columns: { id: 'BIGINT', shop: 'VARCHAR', note: 'VARCHAR', updated_at: 'TIMESTAMPTZ' },
  },
  items: {
    key: ['item'],
    parent: 'orders',
    parent_key: ['of_shop', 'of_id'],
    cursor: 'changed',
    columns: { item: 'INTEGER', of_id: 'INTEGER', of_shop: 'VARCHAR', amount: 'DECIMAL(10,2)', changed: 'TIMESTAMP' },
  },
  refunds: {
    key: ['refund'],
    parent: 'orders',
    columns: { refund: 'INTEGER', shop: 'VARCHAR', id: 'BIGINT', gone: 'BOOLEAN' },
    soft_delete: 'gone',
  },
} satisfies Declared;
const TABLES = ['orders', 'items', 'refunds'] as const;
const SHOPS = ['a', 'B', 'ä', 'b', '_'];
const SALES_SQL = `DROP TABLE IF EXISTS orders, items, refunds;
  CREATE TABLE orders (id bigint, shop text COLLATE "C", note text,
    updated_at timestamptz NOT NULL DEFAULT '2026-01-01Z', PRIMARY KEY (shop, id));
  CREATE TABLE items (item int PRIMARY KEY, of_id int, of_shop varchar(9) COLLATE "en-x-icu", amount numeric,
    changed timestamp DEFAULT '2026-01-01');
  CREATE TABLE refunds (refund int PRIMARY KEY, shop text COLLATE "C", id bigint, gone bool);`;

/** One thing that happens in a shop, as its application would write it: with the order that it is about. */
function sale(): string {
  const order = `${literal(SHOPS[some(5) - 1] ?? '')}, ${some(30)}`;
  const of = `(shop, id) = (${order})`;
  const touch = `UPDATE orders SET updated_at = clock_timestamp() WHERE ${of}`;
  const sales = [
    `INSERT INTO orders (shop, id, updated_at) VALUES (${order}, clock_timestamp()) ON CONFLICT DO NOTHING`,
    `UPDATE orders SET note = '${random()}', updated_at = clock_timestamp() WHERE ${of}`,
    `INSERT INTO items (of_shop, of_id, item, amount, changed)
      VALUES (${order}, (SELECT coalesce(max(item), 0) + 1 FROM items), ${some(9)}.25, clock_timestamp() AT TIME ZONE 'UTC')`,
    `UPDATE items SET amount = ${some(99)}, changed = clock_timestamp() AT TIME ZONE 'UTC' WHERE item = ${some(30)}`,
    `${touch}; DELETE FROM items WHERE (of_shop, of_id) = (${order}) AND EXISTS (SELECT FROM orders WHERE ${of})`,
    `${touch}; INSERT INTO refunds (shop, id, refund, gone)
      SELECT shop, id, ${some(90)}, ${random() < 0.3} FROM orders WHERE ${of} ON CONFLICT DO NOTHING`,
  ];
  return sales[some(sales.length) - 1] ?? '';
}

export function databaseSourceContract(kind: string, open: () => Promise<DatabaseFixture>): void {
  describe(`${kind} as a source, CONTRACT_SEED=${seed}`, () => {
    let shop: DatabaseFixture;
    beforeAll(async () => {
      shop = await open();
    });
    beforeEach(() => {
      state = seed;
    });
    afterAll(async () => await shop.close());

    const readSales = async (source: DatabaseSource, settings?: ReadSettings) =>
      (await readRange(shop, source, TABLES, settings)) as Record<(typeof TABLES)[number], TableRead>;

    test.each<[string, string, string[], string]>([
      ['numbers with gaps', 'k int8', ['k'], 'i::int8 * i * 1000003 - 500'],
      ['uuids', 'k uuid', ['k'], 'md5(i::text)::uuid'],
      [
        'text of a language',
        'k text COLLATE "en-x-icu"',
        ['k'],
        `(ARRAY['a', 'A', 'ä', 'z', 'Z', '_', '''"\\', E'\\n'])[1 + i % 8] || (ARRAY['', ' b', '-B'])[1 + i / 8 % 3] || i / 24`,
      ],
      ['text with blanks', 'k varchar(9)', ['k'], `repeat(' ', i % 4) || i || repeat(' ', i % 3)`],
      ['padded text', 'k char(6)', ['k'], 'i::text'],
      ['most in one group', 'g int, k text', ['g', 'k'], 'CASE WHEN i < 280 THEN 7 ELSE i END, md5(i::text)'],
      [
        'times',
        'g date, k timestamptz',
        ['g', 'k'],
        `'2026-03-29'::date + i % 3, '2026-10-25Z'::timestamptz + i * interval '7.000001 min'`,
      ],
      ['exact numbers', 'k numeric', ['k'], 'i / 7.0'],
    ])('chunks of any size give every row once: %s', async (_, columns, key, values) => {
      await shop.sql(`DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (${columns}, n int, PRIMARY KEY (${key.join(', ')}));
        INSERT INTO keyed SELECT ${values}, i FROM generate_series(1, 300) AS i`);
      const texts = Object.fromEntries(key.map((name) => [name, 'VARCHAR']));
      const source = await shop.source({ keyed: { key, columns: { ...texts, n: 'INTEGER' } } });
      for (const records of [some(40) + 20, some(200) + 100]) {
        const { keyed } = await readRange(shop, source, ['keyed'], { records });
        expect({ records, rows: numbers(keyed?.rows) }).toEqual({ records, rows: upTo(300) });
        const sizes = keyed?.chunks.map(({ read }) => read) ?? [];
        expect(Math.max(...sizes)).toBeLessThanOrEqual(records);
        expect(sizes).toHaveLength(Math.ceil(300 / records));
      }
      expect(await readKeys(shop, source, 'keyed')).toHaveLength(300);
    });

    test('an empty table gives one empty chunk', async () => {
      await shop.sql('DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (k int PRIMARY KEY)');
      const source = await shop.source({ keyed: { key: ['k'], columns: { k: 'INTEGER' } } });
      const { keyed } = await readRange(shop, source, ['keyed'], { count: true });
      expect(keyed?.chunks).toEqual([
        {
          ...{ read: 0, rows: 0, quarantined: 0, deleted: 0, counted: 0, keyChecksum: '0' },
          schema: [{ name: 'k', type: 'INTEGER' }],
        },
      ]);
    });

    test('rows with the same key stay together', async () => {
      await shop.sql('CREATE VIEW doubled AS SELECT i / 3 AS k, i AS n FROM generate_series(1, 100) AS i');
      const source = await shop.source({ doubled: { key: ['k'], columns: { k: 'INTEGER', n: 'INTEGER' } } });
      const { doubled } = await readRange(shop, source, ['doubled'], { records: 10 });
      expect(numbers(doubled?.rows)).toEqual(upTo(100));
      const keys = (doubled?.pieces ?? []).flatMap((piece) => [...new Set(piece.map(({ k }) => k))]);
      expect(keys).toHaveLength(new Set(keys).size);
    });

    test('a query is read as a table is', async () => {
      const query = `SELECT i AS k, i::text AS "My Text", NULL::numeric(4,2) AS x FROM generate_series(1, 50) AS i; -- all`;
      const columns = { k: 'INTEGER', 'My Text': 'VARCHAR', x: 'DECIMAL(4,2)' };
      const source = await shop.source({ asked: { query, key: ['k'], columns } });
      const { asked } = await readRange(shop, source, ['asked'], { records: 7 });
      expect(numbers(asked?.rows, 'k')).toEqual(upTo(50));
      expect(asked?.rows[0]).toEqual({ k: 1, 'My Text': '1', x: null });
    });

    test('rows with NULL in a key are quarantined, once, by the last chunk', async () => {
      await shop.sql(`CREATE TABLE loose (a int, b int, n int);
        INSERT INTO loose SELECT i / 10, nullif(i % 10, 3), i FROM generate_series(1, 100) AS i;
        INSERT INTO loose VALUES (NULL, NULL, 0)`);
      const columns = { a: 'INTEGER', b: 'INTEGER', n: 'INTEGER' };
      const source = await shop.source({ loose: { key: ['a', 'b'], columns } });
      const { loose } = await readRange(shop, source, ['loose'], { records: 8, count: true });
      expect(numbers(loose?.rows)).toEqual(upTo(100).filter((n) => n % 10 !== 3));
      expect(loose?.bad).toHaveLength(11);
      expect(sum(loose?.chunks.slice(0, -1), ({ quarantined }) => quarantined)).toBe(0);
      expect(loose?.bad.map(({ reason }) => reason)).toContain('a: is NULL, and is a key; b: is NULL, and is a key');
      expect(sum(loose?.chunks, ({ counted }) => counted)).toBe(101);
      expect(await readKeys(shop, source, 'loose')).toHaveLength(90);
    });

    test.each<[string, Declared]>([
      ['a table', SALES],
      ['a query', { ...SALES, orders: { ...SALES.orders, query: 'SELECT * FROM orders' } }],
    ])('children come with their parents of %s, also those whose parent is not there', async (_, sales) => {
      const shops = `(ARRAY[${SHOPS.map(literal).join(', ')}])`;
      await shop.sql(`${SALES_SQL} INSERT INTO orders SELECT i, ${shops}[1 + i % 5], i FROM generate_series(1, 200) AS i;
        INSERT INTO items SELECT i, i % 220 + 1, ${shops}[1 + (i % 220 + 1) % 5], 1.5 FROM generate_series(1, 600) AS i;
        INSERT INTO refunds SELECT i, ${shops}[1 + i % 5], i, i % 4 = 0 FROM generate_series(1, 40) AS i`);
      const source = await shop.source(sales);
      const records = some(60) + 20;
      const { orders, items, refunds } = await readSales(source, { records, count: true });
      expect(numbers(orders.rows, 'id')).toEqual(upTo(200));
      expect(numbers(items.rows, 'item')).toEqual(upTo(600));
      expect(numbers(refunds.rows, 'refund')).toEqual(upTo(40).filter((refund) => refund % 4 > 0));
      expect(sum(refunds.chunks, ({ deleted }) => deleted)).toBe(10);
      const chunkOf = new Map(orders.pieces.flatMap((piece, index) => piece.map(({ id }) => [Number(id), index])));
      for (const [index, piece] of items.pieces.entries())
        for (const { of_id } of piece) expect(chunkOf.get(Number(of_id)) ?? index).toBe(index);
      for (const { counted, read } of orders.chunks) expect(counted).toBe(read);
    });

    test('changes bring whole parents with all that is left of their children', async () => {
      const since = '2026-02-01T00:00:00.000000Z';
      await shop.sql(`${SALES_SQL} INSERT INTO orders SELECT i, 'a', i FROM generate_series(1, 100) AS i;
        INSERT INTO items SELECT i, i % 100 + 1, 'a', 1 FROM generate_series(1, 300) AS i;
        INSERT INTO refunds SELECT i, 'a', i, false FROM generate_series(1, 10) AS i;
        UPDATE orders SET note = 'new', updated_at = '2026-02-01Z' WHERE id = 7;
        UPDATE orders SET note = 'not yet', updated_at = '2026-01-31 23:59:59.999999Z' WHERE id = 8;
        UPDATE items SET amount = 2, changed = '2026-02-01 00:00:00' WHERE item = 108;
        UPDATE items SET amount = 3, changed = NULL WHERE item = 49;
        UPDATE orders SET updated_at = '2026-03-01Z' WHERE id = 90; DELETE FROM items WHERE of_id = 90;
        INSERT INTO items VALUES (999, 999, 'a', 4, '2026-03-01')`);
      const source = await shop.source(SALES);
      const { changed, counts } = await source.look({ since, count: true });
      expect(changed).toBe(5);
      expect(counts).toEqual(new Map(Object.entries({ orders: 100, items: 298, refunds: 10 })));
      for (const records of [2, 1_000]) {
        const { orders, items, refunds } = await readSales(source, { since, records, count: true });
        expect(numbers(orders.rows, 'id')).toEqual([7, 9, 50, 90]);
        expect(numbers(items.rows, 'item')).toEqual([6, 8, 49, 106, 108, 149, 206, 208, 249, 999]);
        expect(numbers(refunds.rows, 'refund')).toEqual([7, 9]);
        expect(numbers(orders.touched, 'id')).toEqual([7, 9, 50, 90]);
        expect(numbers(items.touched, 'of_id')).toEqual([7, 9, 50, 90, 999]);
        expect(items.touched).toContainEqual({ of_shop: 'a', of_id: 999 });
        expect(numbers(refunds.touched, 'id')).toEqual([7, 9, 50, 90, 999]);
        expect([orders, items, refunds].map(({ chunks }) => sum(chunks, ({ counted }) => counted))).toEqual([
          100, 298, 10,
        ]);
      }
      expect(numbers(await readKeys(shop, source, 'refunds', since), 'refund')).toEqual(upTo(10));
      expect(numbers(await readKeys(shop, source, 'items', since, true), 'of_id')).toEqual([7, 9, 50, 90, 999]);
    });

    test('the keys of changed rows are told also of those that are quarantined or deleted', async () => {
      await shop.sql(`CREATE TABLE soft (id int PRIMARY KEY, x numeric, deleted_at timestamptz, at timestamptz NOT NULL);
        INSERT INTO soft VALUES (1, 1, NULL, '2026-01-01Z'), (2, 'NaN', NULL, '2026-03-01Z'),
          (3, 3, '2026-03-01Z', '2026-03-01Z'), (4, 4, NULL, '2026-03-01Z')`);
      const columns = { x: 'DECIMAL(9,2)', id: 'INTEGER', deleted_at: 'TIMESTAMPTZ', at: 'TIMESTAMPTZ' };
      const declared = { key: ['id'], cursor: 'at', soft_delete: 'deleted_at', accept: ['id <> 4'], columns };
      const source = await shop.source({ soft: declared });
      const { soft } = await readRange(shop, source, ['soft'], { since: '2026-02-01Z' });
      expect(soft?.rows).toEqual([]);
      expect(soft?.touched).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
      expect(soft?.chunks).toMatchObject([{ read: 3, rows: 0, quarantined: 2, deleted: 1 }]);
      expect((await readRange(shop, source, ['soft'])).soft?.rows).toHaveLength(1);
    });

    test('a mapping changes rows, and may not lose any', async () => {
      await shop.sql(`DROP TABLE IF EXISTS keyed; CREATE TABLE keyed (k int PRIMARY KEY);
        INSERT INTO keyed SELECT generate_series(1, 10)`);
      const table = { key: ['k'], columns: { k: 'INTEGER' } };
      const doubled = await shop.source({ keyed: { ...table, mapping: 'SELECT k, k * 2 AS twice FROM source;' } });
      const { keyed } = await readRange(shop, doubled, ['keyed'], { records: 4 });
      expect(keyed?.rows).toContainEqual({ k: 5, twice: 10 });
      const losing = await shop.source({ keyed: { ...table, mapping: 'SELECT k FROM source WHERE k > 3' } });
      await expect(readRange(shop, losing, ['keyed'])).rejects.toMatchObject({ kind: 'BadDefinition' });
      const wrong = await shop.source({ keyed: { ...table, mapping: 'SELECT kk FROM source' } });
      await expect(readRange(shop, wrong, ['keyed'])).rejects.toThrow(/source keyed: Binder Error.*kk/);
    });

    test('what was read first and what changed since make up the table, whatever happens to it', async () => {
      await shop.sql(SALES_SQL);
      const source = await shop.source(SALES);
      const keys = { orders: ['shop', 'id'], items: ['of_shop', 'of_id'], refunds: ['shop', 'id'] };
      const kept = {
        orders: new Map<string, Row[]>(),
        items: new Map<string, Row[]>(),
        refunds: new Map<string, Row[]>(),
      };
      const text = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();
      let since: string | null = null;
      for (let night = 0; night < 6; night++) {
        await shop.sql(
          upTo(night === 0 ? 90 : 12)
            .map(sale)
            .join('; '),
        );
        const { cut } = await source.look({ since, count: false });
        const found = await readSales(source, { since, records: some(25) + 10 });
        for (const name of TABLES) {
          const keyOf = (row: Row) => keys[name].map((column) => row[column]).join('/');
          for (const row of found[name].touched) kept[name].delete(keyOf(row));
          for (const row of found[name].rows) kept[name].set(keyOf(row), [...(kept[name].get(keyOf(row)) ?? []), row]);
        }
        const whole = await readSales(source);
        for (const name of TABLES) {
          const rows = text([...kept[name].values()].flat());
          expect({ night, name, rows }).toEqual({ night, name, rows: text(whole[name].rows) });
        }
        since = cut;
      }
    });
  });
}
