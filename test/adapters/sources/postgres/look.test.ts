/** What a look says: where the next reading begins, in which pieces to read, and what is not as it was declared. */
import type { DatabaseSource } from '../../../../src/adapters/source';
import { type CutFacts, cutOf } from '../../../../src/adapters/sources/postgres/cut';
import { type Database, openDatabase } from '../../../../src/adapters/sources/postgres/database';
import { replicaLag } from '../../../../src/adapters/sources/postgres/replica';
import type { Declared } from '../../../contracts/database-source';
import { eventually } from '../../../dev/temporary';
import type { TestPostgres } from '../../../support/postgres';
import { openShop, type Shop } from './support';

const ORDERS = {
  key: ['id'],
  cursor: 'updated_at',
  columns: { id: 'BIGINT', amount: 'DECIMAL(18,4)', status: 'VARCHAR', updated_at: 'TIMESTAMPTZ' },
};
const ORDERS_SQL = `CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(12,2), status text,
  updated_at timestamptz NOT NULL DEFAULT now())`;
const LOOK = { since: null, count: false };

describe('a look at tables of Postgres', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop({ max_prepared_transactions: 4 });
    await shop.server.reader('reader', []);
    await shop.server.reader('blind', []);
    await shop.sql('GRANT pg_read_all_stats TO reader; GRANT pg_read_all_data TO blind');
  });
  beforeEach(async () => {
    await shop.sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader; ${ORDERS_SQL}`);
  });
  afterAll(async () => await shop.close());

  const now = async () => String((await shop.sql(`SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now`))[0]?.now);
  const time = (text: string | null) => Date.parse(`${text?.replace(' ', 'T').replace('Z', '')}Z`);

  test('tells servers apart that were set up alike, by the number of the server', async () => {
    const [{ system } = {}] = await shop.sql('SELECT system_identifier AS system FROM pg_control_system()');
    const [{ oid } = {}] = await shop.sql("SELECT 'orders'::regclass::oid AS oid");
    const identityFor = async (user: string) =>
      (await (await shop.source({ orders: ORDERS }, user)).look(LOOK)).identity;
    const own = new RegExp(`^${system}/.+/\\d+/${oid}$`);
    expect(await identityFor('reader')).toMatch(own);
    await shop.sql('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
    const without = await identityFor('reader');
    await shop.sql('GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC');
    expect(without).toMatch(new RegExp(`^[^/]+/\\d+/${oid}$`));
  });

  describe('the cut', () => {
    let source: DatabaseSource;
    beforeAll(async () => {
      source = await shop.source({ orders: ORDERS }, 'reader');
    });
    /** Whether there is another transaction that keeps the cut. */
    const cutNow = async (since: string | null = null) => await source.look({ since, count: false });

    test("is a moment before the database's own clock when nothing is open", async () => {
      const before = await now();
      const { cut, cutBy } = await cutNow();
      expect(cut).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(time(cut)).toBeGreaterThanOrEqual(time(before) - 1_001);
      expect(time(cut)).toBeLessThanOrEqual(time(await now()) - 999);
      expect(cutBy).toBe("the database's clock");
    });

    test.each(['active', 'idle'])(
      'is the beginning of the oldest open transaction, also of an %s one',
      async (state) => {
        const other = await shop.server.session();
        const [begun] = await other(`BEGIN; SET application_name = 'other'; INSERT INTO orders VALUES (1);
        SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`);
        const running = state === 'active' ? other('SELECT pg_sleep(1.6)') : undefined;
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const { cut, cutBy } = await cutNow();
        await running;
        await other('ROLLBACK');
        expect({ cut, cutBy }).toEqual({ cut: begun?.at, cutBy: 'the oldest open transaction' });
      },
    );

    test('lets the next reading see what was committed late', async () => {
      const other = await shop.server.session();
      await other('BEGIN; INSERT INTO orders VALUES (1)');
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await shop.sql('INSERT INTO orders VALUES (2)');
      const first = await cutNow();
      expect((await shop.read(source, ['orders'])).orders?.rows.map(({ id }) => id)).toEqual(['2']);
      await other('COMMIT');
      const second = await cutNow(first.cut);
      expect(second.changed).toBe(2);
      const { orders } = await shop.read(source, ['orders'], { since: first.cut });
      expect(orders?.rows.map(({ id }) => id)).toEqual(['1', '2']);
    });

    test('does not go on while a transaction is prepared', async () => {
      const other = await shop.server.session();
      await other(`BEGIN; INSERT INTO orders VALUES (1); PREPARE TRANSACTION 'two phases'`);
      try {
        await expect(cutNow()).rejects.toMatchObject({ kind: 'NotAsDeclared' });
        const since = '2026-01-01T00:00:00.000000Z';
        expect(await cutNow(since)).toMatchObject({ cut: since, cutBy: expect.stringContaining('prepared') });
      } finally {
        await other(`ROLLBACK PREPARED 'two phases'`);
      }
    });

    test('needs a lag where the transactions of others are hidden', async () => {
      const blind = await shop.source({ orders: ORDERS }, 'blind');
      await expect(blind.look(LOOK)).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      await expect(blind.look(LOOK)).rejects.toThrow(
        /source orders: the user blind may not see.*\nnext: GRANT pg_read_all_stats TO "blind".*declare `lag`/,
      );
      const lagging = await shop.source({ orders: { ...ORDERS, lag: '10m' } }, 'blind');
      const { cut, cutBy } = await lagging.look(LOOK);
      expect(cutBy).toBe("the database's clock, less a declared lag of 10m");
      expect(Math.abs(time(await now()) - 601_000 - time(cut))).toBeLessThan(5_000);
    });

    test.each(['date', 'bigint'])('needs a cursor that is a time, not a %s', async (type) => {
      await shop.sql(`CREATE TABLE odd (id int PRIMARY KEY, at ${type})`);
      const odd = await shop.source({ odd: { key: ['id'], cursor: 'at', columns: { id: 'INTEGER', at: 'VARCHAR' } } });
      await expect(odd.look(LOOK)).rejects.toThrow(`source odd: the cursor "at" of odd is ${type}, which does not say`);
    });

    test('and the rows can be had by who may read nothing but the declared columns', async () => {
      await shop.sql(`INSERT INTO orders VALUES (1); ALTER TABLE orders ADD secret text; REVOKE ALL ON orders FROM reader;
        GRANT SELECT (id, amount, status, updated_at) ON orders TO reader`);
      const narrow = await shop.source({ orders: ORDERS }, 'reader');
      expect((await narrow.look({ since: '2026-01-01Z', count: true })).changed).toBe(1);
      expect((await shop.read(narrow, ['orders'], { count: true })).orders?.rows).toHaveLength(1);
    });

    test('is none without a cursor', async () => {
      const { cursor: _, ...whole } = ORDERS;
      const all = await (await shop.source({ orders: whole }, 'blind')).look({ since: null, count: true });
      expect(all).toMatchObject({ cut: null, cutBy: 'no cursor is declared', changed: null });
      expect(all.counts).toEqual(new Map([['orders', 0]]));
    });
  });

  describe('the pieces', () => {
    test('of a small table, a view or a query are one', async () => {
      await shop.sql('CREATE VIEW seen AS SELECT * FROM orders');
      const all: Declared[] = [
        { orders: ORDERS },
        { seen: ORDERS },
        { asked: { ...ORDERS, query: 'SELECT * FROM orders' } },
      ];
      for (const declared of all) {
        const { stretches } = await (await shop.source(declared)).look(LOOK);
        expect(stretches).toMatchObject([{ from: null, to: null }]);
      }
    });

    test.each([
      ['bigint', 'i * 7', 'PRIMARY KEY (k)'],
      ['uuid', 'md5(i::text)::uuid', 'PRIMARY KEY (k)'],
      ['text COLLATE "en-x-icu"', `chr(65 + i % 58) || i`, 'PRIMARY KEY (k)'],
      ['int', '1', 'PRIMARY KEY (k, n)'],
    ])('of a big table with a key of %s cover it evenly, in its order', async (type, value, primary) => {
      await shop.sql(`CREATE TABLE big (k ${type}, n int, ${primary}) PARTITION BY HASH (k);
        CREATE TABLE big_1 PARTITION OF big FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE big_2 PARTITION OF big FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO big SELECT ${value}, i FROM generate_series(1, 20000) AS i; ANALYZE big;
        UPDATE pg_class SET reltuples = reltuples * 500 WHERE relname IN ('big', 'big_1', 'big_2')`);
      const columns = { k: 'VARCHAR', n: 'INTEGER' };
      const source = await shop.source({ big: { key: primary.includes('n') ? ['k', 'n'] : ['k'], lanes: 5, columns } });
      const { stretches } = await source.look(LOOK);
      expect(stretches.length).toBe(5);
      expect(stretches.reduce((sum, { records }) => sum + records, 0)).toBeGreaterThan(9_000_000);
      expect([stretches[0]?.from, stretches.at(-1)?.to]).toEqual([null, null]);
      const read: number[] = [];
      for (const [index, range] of stretches.entries()) {
        expect(range.from).toEqual(index === 0 ? null : stretches[index - 1]?.to);
        const { big } = await shop.read(source, ['big'], { range, records: 100_000 });
        expect(big?.rows.length).toBeGreaterThan(1_500);
        read.push(...(big?.rows ?? []).map(({ n }) => Number(n)));
      }
      expect(new Set(read).size).toBe(20_000);
      expect(read).toHaveLength(20_000);
    });
  });

  describe('drift', () => {
    const source = async () => await shop.source({ orders: ORDERS });
    const found = async () => {
      const declared = await source();
      const failure = await declared.look(LOOK).catch((error: unknown) => error);
      expect(failure).toMatchObject({ kind: 'SchemaDrifted' });
      await expect(shop.read(declared, ['orders'])).rejects.toMatchObject({ kind: 'SchemaDrifted' });
      return (failure as Error).message;
    };

    test.each([
      ['ALTER TABLE orders DROP COLUMN amount', 'source orders: orders: column "amount" is gone; expected'],
      [
        'ALTER TABLE orders RENAME status TO state',
        'orders: column "status" is gone; "state" text is there that nobody declared: was it renamed?',
      ],
      [
        'ALTER TABLE orders ALTER amount TYPE float8; ALTER TABLE orders ADD note varchar(9)',
        '"amount" is double precision, not DECIMAL(18,4); DOUBLE would hold it; not declared: "note" character varying(9)',
      ],
      [
        'ALTER TABLE orders ALTER updated_at TYPE timestamp',
        '"updated_at" is timestamp without time zone, not TIMESTAMPTZ',
      ],
      ['DROP TABLE orders', 'source orders: there is no table orders'],
    ])('%s', async (sql, expected) => {
      await shop.sql(sql);
      expect(await found()).toContain(expected);
    });

    test('of all tables is told at once', async () => {
      await shop.sql('CREATE TABLE items (item int, id bigint); ALTER TABLE orders DROP COLUMN status');
      const columns = { item: 'INTEGER', id: 'BIGINT', price: 'DECIMAL(9,2)' };
      const both = await shop.source({ orders: ORDERS, items: { parent: 'orders', key: ['item'], columns } });
      await expect(both.look(LOOK)).rejects.toThrow(
        /source orders, items: orders: column "status" is gone\nitems: column "price" is gone; expected/,
      );
    });

    test('of a query is told as of a table', async () => {
      const asked = await shop.source({
        asked: { ...ORDERS, query: 'SELECT id, updated_at, status::int AS status FROM orders' },
      });
      await expect(asked.look(LOOK)).rejects.toThrow(
        'source asked: the query of asked: column "amount" is gone; expected',
      );
    });

    test('is not what does no harm', async () => {
      await shop.sql(`INSERT INTO orders VALUES (1, 2.5, 'new'); ALTER TABLE orders ADD more int, ALTER amount TYPE int;
        ALTER TABLE orders RENAME TO real_orders; CREATE VIEW orders AS SELECT more, updated_at, amount, status, id FROM real_orders`);
      const { orders } = await shop.read(await source(), ['orders']);
      expect(orders?.rows).toMatchObject([{ id: '1', amount: '3.0000', status: 'new' }]);
    });

    test('is found also between two chunks', async () => {
      await shop.sql('INSERT INTO orders SELECT generate_series(1, 10)');
      const declared = await source();
      await shop.read(declared, ['orders']);
      await shop.sql('ALTER TABLE orders ALTER amount TYPE real');
      await expect(shop.read(declared, ['orders'])).rejects.toThrow('"amount" is real, not DECIMAL(18,4)');
      await shop.sql('DROP TABLE orders');
      await expect(shop.read(declared, ['orders'])).rejects.toThrow('there is no table orders');
    });

    test('a table that is rewritten while it is read does not seem empty', async () => {
      await shop.sql('INSERT INTO orders SELECT generate_series(1, 10)');
      const declared = await source();
      await shop.read(declared, ['orders']);
      const other = await shop.server.session();
      await other('BEGIN; ALTER TABLE orders ALTER amount TYPE numeric(14,3)');
      const reading = shop.read(declared, ['orders']);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await other('COMMIT');
      expect((await reading).orders?.rows).toHaveLength(10);
    });

    test('keys of parent and child must sort alike', async () => {
      await shop.sql('CREATE TABLE items (item int, id uuid)');
      const columns = { item: 'INTEGER', id: 'VARCHAR' };
      const both = await shop.source({ orders: ORDERS, items: { parent: 'orders', key: ['item'], columns } });
      await expect(both.look(LOOK)).rejects.toThrow('"id" of items is uuid, the key id of orders is bigint');
    });
  });
});

describe('a replica', () => {
  let shop: Shop;
  let replica: TestPostgres;
  beforeAll(async () => {
    shop = await openShop();
    await shop.sql(`${ORDERS_SQL}; INSERT INTO orders SELECT generate_series(1, 10)`);
    replica = await shop.server.standby();
  });
  afterAll(async () => await shop.close());

  test('is read with a lag, from the last transaction that it has', async () => {
    const hurried = await shop.source({ orders: ORDERS }, undefined, replica);
    await expect(hurried.look(LOOK)).rejects.toThrow(/the database is a replica, .*; expected a `lag`/);
    const source = await shop.source({ orders: { ...ORDERS, lag: '30m' } }, undefined, replica);
    await shop.sql('INSERT INTO orders VALUES (11)');
    for (let seen = '0'; seen === '0'; ) {
      const [row] = await replica.run('SELECT count(*) AS n FROM orders WHERE id = 11');
      seen = String(row?.n);
    }
    const { cut, cutBy, identity } = await source.look(LOOK);
    expect(cutBy).toBe('the last transaction of the replica, less a declared lag of 30m');
    expect(Math.abs(Date.now() - 30 * 60_000 - Date.parse(String(cut)))).toBeLessThan(20_000);
    expect((await shop.read(source, ['orders'], { since: cut })).orders?.rows).toHaveLength(11);
    const { identity: primary } = await (await shop.source({ orders: ORDERS })).look(LOOK);
    expect(identity).toBe(primary);
  });

  test('tells how far it is behind with what it was sent, however long nothing is written', async () => {
    const opened: Database[] = [];
    const asked = (url: string) => {
      const lag = replicaLag();
      const database = openDatabase({
        ...{ url, environment: {}, applicationName: 'daybreak lag', where: 'source orders' },
        ...{ statementTimeoutMs: 10_000, lockTimeoutMs: 1_000 },
      });
      opened.push(database);
      return async () => await database.reading(async (transaction) => await lag(transaction, {}));
    };
    try {
      const behind = asked(replica.url());
      await shop.sql('INSERT INTO orders VALUES (12)');
      await eventually('it has all', async () => (await behind()) === 0);
      await replica.run('SELECT pg_wal_replay_pause()');
      await shop.sql('INSERT INTO orders VALUES (13)');
      await eventually('it is behind', async () => Number(await behind()) > 0);
      await replica.run('SELECT pg_wal_replay_resume()');
      await eventually('it has all again', async () => (await behind()) === 0);
      expect(await asked(shop.server.url())()).toBeNull();

      // Who may not ask still has its rows.
      await shop.sql('REVOKE EXECUTE ON FUNCTION pg_last_wal_receive_lsn() FROM public');
      await shop.server.reader('barred', []);
      const barred = asked(shop.server.url({ user: 'barred' }));
      expect([await barred(), await barred()]).toEqual([null, null]);
    } finally {
      await Promise.all(opened.map(async (database) => await database.close()));
    }
  });
});

describe('the cut of what a database says', () => {
  const CLOCK = 1_800_000_000_000_000n;
  const facts: CutFacts = {
    clock: CLOCK,
    oldest: null,
    prepared: null,
    sees: true,
    subscribes: false,
    replica: null,
    user: 'reader',
  };
  const at = (micros: bigint) => new Date(Number(micros / 1000n)).toISOString().replace('Z', '000Z');
  const SECOND = 1_000_000n;
  const since = '2026-01-01T00:00:00.000000Z';

  test.each<[string, Partial<CutFacts>, { since?: string; lag?: string }, string, string]>([
    ['a young transaction', { oldest: CLOCK - 1n }, {}, at(CLOCK - SECOND), "the database's clock"],
    ['an old one', { oldest: CLOCK - 9n * SECOND }, {}, at(CLOCK - 9n * SECOND), 'the oldest open transaction'],
    [
      'an old one and a lag',
      { oldest: CLOCK - 9n * SECOND },
      { lag: '1m' },
      at(CLOCK - 69n * SECOND),
      'the oldest open transaction, less a declared lag of 1m',
    ],
    [
      'what it hides, and a lag',
      { oldest: CLOCK - 9n * SECOND, sees: false },
      { lag: '1m' },
      at(CLOCK - 61n * SECOND),
      "the database's clock, less a declared lag of 1m",
    ],
    [
      'a prepared transaction',
      { prepared: CLOCK - 9n * SECOND },
      { since },
      since,
      'the cut before, as a transaction is prepared that may be older',
    ],
    [
      'a prepared one and a lag',
      { prepared: CLOCK - 9n * SECOND },
      { since, lag: '1m' },
      at(CLOCK - 69n * SECOND),
      'the oldest prepared transaction, less a declared lag of 1m',
    ],
    [
      'one prepared just now and a lag',
      { prepared: CLOCK },
      { lag: '1m' },
      at(CLOCK - 61n * SECOND),
      "the database's clock, less a declared lag of 1m",
    ],
    [
      'a replica',
      { replica: { replayed: CLOCK - 30n * SECOND } },
      { lag: '1m' },
      at(CLOCK - 90n * SECOND),
      'the last transaction of the replica, less a declared lag of 1m',
    ],
  ])('%s', (_, said, { since: before, lag }, cut, cutBy) => {
    expect(cutOf({ ...facts, ...said }, { source: 'orders', since: before ?? null, lag })).toEqual({ cut, cutBy });
  });

  test.each<[string, Partial<CutFacts>, string | undefined, string]>([
    ['a replica without a lag', { replica: { replayed: CLOCK } }, undefined, 'NotAsDeclared'],
    ['a replica that has nothing yet', { replica: { replayed: null } }, '1m', 'Transient'],
    ['hidden transactions without a lag', { sees: false }, undefined, 'NotAsDeclared'],
    ['rows of another database without a lag', { subscribes: true }, undefined, 'NotAsDeclared'],
    ['a prepared one at first', { prepared: CLOCK }, undefined, 'NotAsDeclared'],
  ])('%s fails', (_, said, lag, kind) => {
    expect(() => cutOf({ ...facts, ...said }, { source: 'orders', since: null, lag })).toThrow(
      expect.objectContaining({ kind }),
    );
  });
});
