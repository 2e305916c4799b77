/** A small shop in a real Postgres that sells, changes and forgets at random, and remembers all that ever was committed. */
import type { TestPostgres } from '../support/postgres';

/** What an order was, with its lines in order; the text is equal when all of it is. */
export type Version = string;

type Sql = (sql: string) => Promise<readonly Readonly<Record<string, string | null>>[]>;
export type Random = () => number;

/** mulberry32: the same seed gives the same history. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const whole = (random: Random, below: number) => Math.floor(random() * below);

/** Everything of an order in one text, as Postgres and DuckDB both write it. */
export const VERSION = `concat_ws('|', o.order_id, o.user_id, coalesce(o.note, '∅'), o.total,
  (SELECT string_agg(concat_ws(':', i.line_no, i.quantity, i.label), ',' ORDER BY i.line_no)
   FROM order_items AS i WHERE i.order_id = o.order_id))`;

const TABLES = `
  CREATE TABLE orders (order_id bigint PRIMARY KEY, user_id int NOT NULL, note text, total numeric(12,2) NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE order_items (order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE, line_no int NOT NULL,
    quantity numeric(9,3) NOT NULL, label text NOT NULL, PRIMARY KEY (order_id, line_no));
  CREATE INDEX ON orders (updated_at)`;

const NOTES = ['NULL', `''`, `'plain'`, `'with "quotes", commas'`, `E'two\\nlines'`, `'ünïcode ☕'`, `'\\N'`];

export async function openShop(postgres: TestPostgres, database: string, random: Random) {
  await postgres.run(`CREATE DATABASE ${database}`);
  const main = await postgres.session(database);
  await main(`${TABLES}; SET lock_timeout = '20ms'`);
  const versions = new Map<string, Set<Version | undefined>>();
  let nextId = 1;

  const state = async (sql: Sql = main): Promise<Map<string, Version>> => {
    const rows = await sql(`SELECT o.order_id AS id, ${VERSION} AS version FROM orders AS o`);
    return new Map(rows.map(({ id, version }) => [String(id), String(version)]));
  };
  /** Adds what is committed now to what ever was. */
  const remember = async (): Promise<void> => {
    const now = await state();
    for (const id of versions.keys()) if (!now.has(id)) versions.get(id)?.add(undefined);
    for (const [id, version] of now) versions.set(id, (versions.get(id) ?? new Set([undefined])).add(version));
  };

  const line = (id: string, no: number) =>
    `INSERT INTO order_items VALUES (${id}, ${no}, ${whole(random, 9_000) / 1000}, 'p${whole(random, 9)}')
     ON CONFLICT (order_id, line_no) DO UPDATE SET quantity = excluded.quantity, label = excluded.label`;
  const touch = (id: string) => `UPDATE orders SET updated_at = now() WHERE order_id = ${id}`;
  const some = async (sql: Sql): Promise<string | undefined> => {
    const [row] = await sql(
      `SELECT order_id FROM orders ORDER BY md5(order_id::text || ${whole(random, 1_000_000)}::text) LIMIT 1`,
    );
    return row?.order_id ?? undefined;
  };

  /** One change inside whatever transaction the session is in. */
  async function change(sql: Sql): Promise<void> {
    const dice = random();
    const known = dice < 0.45 ? undefined : await some(sql);
    if (known === undefined) {
      // Gaps, and keys below those that were read already.
      const id = String(random() < 0.2 ? -whole(random, 1_000_000_000) - nextId++ : (nextId += 1 + whole(random, 40)));
      await sql(`INSERT INTO orders (order_id, user_id, note, total) VALUES (${id}, ${whole(random, 20)},
        ${NOTES[whole(random, NOTES.length)]}, ${whole(random, 100_000) / 100}) ON CONFLICT DO NOTHING`);
      for (let no = 1; no <= whole(random, 4); no += 1) await sql(line(id, no));
      return;
    }
    if (dice < 0.65)
      return void (await sql(
        `UPDATE orders SET total = total + 1, note = ${NOTES[whole(random, NOTES.length)]}, updated_at = now() WHERE order_id = ${known}`,
      ));
    if (dice < 0.75) return void (await sql(`${line(known, 1 + whole(random, 4))}; ${touch(known)}`));
    if (dice < 0.82)
      return void (await sql(
        `DELETE FROM order_items WHERE order_id = ${known} AND line_no = ${1 + whole(random, 3)}; ${touch(known)}`,
      ));
    // Somebody corrects a line and forgets the order.
    if (dice < 0.86)
      return void (await sql(
        `DELETE FROM order_items WHERE order_id = ${known} AND line_no = ${1 + whole(random, 3)}`,
      ));
    await sql(`DELETE FROM orders WHERE order_id = ${known}`);
  }

  /** A transaction of some changes, which have one time; none where another one holds the rows. */
  async function transact(sql: Sql = main): Promise<void> {
    await sql('BEGIN');
    try {
      for (let times = 1 + whole(random, 4); times > 0; times -= 1) await change(sql);
      await sql('COMMIT');
    } catch {
      await sql('ROLLBACK');
    }
    await remember();
  }

  return {
    main,
    state,
    remember,
    transact,
    change,
    /** All that an order ever was; `undefined` is gone or not yet there. */
    everWas: (id: string): ReadonlySet<Version | undefined> => versions.get(id) ?? new Set([undefined]),
    session: async () => await postgres.session(database),
  };
}
