/** A small shop in a real Postgres that sells, changes and forgets at random, and remembers all that ever was committed. */
import { createHash } from 'node:crypto';
import type { TestPostgres } from '../support/postgres';
import { turns } from '../support/turns';

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

/** The seed of draws that are made at one place, whatever else goes on beside it. */
export const seedOf = (...place: readonly (string | number)[]): number =>
  createHash('sha256').update(JSON.stringify(place)).digest().readUInt32BE(0);

/** Histories one after the other; `SEED` and `HISTORIES=1` repeat the one that fails. */
export async function histories<Told>(
  first: number,
  count: number,
  history: (seed: number) => Promise<Told>,
): Promise<Told[]> {
  const told: Told[] = [];
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      told.push(await history(seed));
    } catch (error) {
      console.error(`the history failed whose seed is ${seed}: SEED=${seed} HISTORIES=1 repeats it`);
      throw error;
    }
  }
  return told;
}

/** Draws of its own for a piece of work: how many it takes changes nothing that is drawn after it. */
const forked = (random: Random): Random => randomOf(Math.floor(random() * 4_294_967_296));

const whole = (random: Random, below: number) => Math.floor(random() * below);

/** How a shop keeps its orders. */
export interface Shape {
  readonly key: 'number' | 'text' | 'composite';
  /** Orders are marked as deleted. */
  readonly soft: boolean;
  /** Lines have times of their own, and their orders' stay as they are. */
  readonly lineClock: boolean;
  /** The application's clock tells the times: it jumps, and is behind by less than so many milliseconds. */
  readonly behind: number;
}

export const PLAIN: Shape = { key: 'number', soft: false, lineClock: false, behind: 0 };

export const shapeOf = (random: Random): Shape => ({
  key: (['number', 'text', 'composite'] as const)[whole(random, 3)] ?? 'number',
  soft: random() < 0.25,
  lineClock: random() < 0.4,
  behind: random() < 0.3 ? 400 : 0,
});

export const keyOf = ({ key }: Shape): readonly string[] =>
  key === 'composite' ? ['region', 'order_id'] : ['order_id'];

/** Everything of an order in one text, as Postgres and DuckDB both write it. */
export const VERSION = `concat_ws('|', o.region, o.user_id, coalesce(o.note, '∅'), o.total,
  (SELECT string_agg(concat_ws(':', i.line_no, i.quantity, i.label), ',' ORDER BY i.line_no)
   FROM order_items AS i WHERE i.order_id = o.order_id))`;

function tablesOf(shape: Shape): string {
  const id = shape.key === 'text' ? 'text' : 'bigint';
  const key = keyOf(shape).join(', ');
  return `
  CREATE TABLE orders (region text NOT NULL, order_id ${id} NOT NULL UNIQUE, user_id int NOT NULL, note text, total numeric(12,2) NOT NULL,
    updated_at timestamptz NOT NULL, deleted_at timestamptz, PRIMARY KEY (${key}));
  CREATE TABLE order_items (region text NOT NULL, order_id ${id} NOT NULL, line_no int NOT NULL, quantity numeric(9,3) NOT NULL,
    label text NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (${key}, line_no),
    FOREIGN KEY (${key}) REFERENCES orders ON DELETE CASCADE);
  CREATE INDEX ON orders (updated_at)`;
}

const REGIONS = ['DE', 'ch', 'Österreich'];
const NOTES = ['NULL', `''`, `'plain'`, `'with "quotes", commas'`, `E'two\\nlines'`, `'ünïcode ☕'`, `'\\N'`];

export async function openShop(postgres: TestPostgres, database: string, random: Random, shape = PLAIN) {
  await postgres.run(`CREATE DATABASE ${database}`);
  const main = await postgres.session(database);
  await main(`${tablesOf(shape)}; SET lock_timeout = '20ms'`);
  const versions = new Map<string, Set<Version | undefined>>();
  let nextId = 1;

  const literal = (id: string) => (shape.key === 'text' ? `'${id}'` : id);
  const region = (id: string) => `'${REGIONS[Number(/\d+/.exec(id)?.[0]) % 3]}'`;
  const clock = (random: Random) =>
    shape.behind === 0 ? 'now()' : `now() - interval '${whole(random, shape.behind)} ms'`;

  const state = async (sql: Sql = main): Promise<Map<string, Version>> => {
    const rows = await sql(`SELECT o.order_id AS id, ${VERSION} AS version FROM orders AS o WHERE deleted_at IS NULL`);
    return new Map(rows.map(({ id, version }) => [String(id), String(version)]));
  };
  let known = new Map<string, string>();
  const moved = new Set<string>();
  /** Adds what is committed now to what ever was. */
  const remember = async (): Promise<void> => {
    const now = await state();
    const stamps = await main('SELECT order_id AS id, updated_at AS at FROM orders');
    const touched = new Map(stamps.map(({ id, at }) => [String(id), `${now.get(String(id)) ?? ''} ${at}`]));
    for (const id of new Set([...known.keys(), ...touched.keys()]))
      if (known.get(id) !== touched.get(id)) moved.add(id);
    known = touched;
    for (const id of versions.keys()) if (!now.has(id)) versions.get(id)?.add(undefined);
    for (const [id, version] of now) versions.set(id, (versions.get(id) ?? new Set([undefined])).add(version));
  };

  const line = (random: Random, id: string, no: number) =>
    `INSERT INTO order_items VALUES (${region(id)}, ${literal(id)}, ${no}, ${whole(random, 9_000) / 1000}, 'p${whole(random, 9)}', ${clock(random)})
     ON CONFLICT (${keyOf(shape).join(', ')}, line_no) DO UPDATE
     SET quantity = excluded.quantity, label = excluded.label, updated_at = excluded.updated_at`;
  const touch = (random: Random, id: string) =>
    `UPDATE orders SET updated_at = ${clock(random)} WHERE order_id = ${literal(id)}`;
  const forget = (random: Random, id: string) =>
    `DELETE FROM order_items WHERE order_id = ${literal(id)} AND line_no = ${1 + whole(random, 3)}`;
  const some = async (random: Random, sql: Sql): Promise<string | undefined> => {
    const [row] = await sql(
      `SELECT order_id FROM orders WHERE deleted_at IS NULL ORDER BY md5(order_id::text || ${whole(random, 1_000_000)}::text) LIMIT 1`,
    );
    return row?.order_id ?? undefined;
  };

  /** One change inside whatever transaction the session is in. */
  async function change(sql: Sql, draws: Random): Promise<void> {
    const random = forked(draws);
    const dice = random();
    const known = dice < 0.45 ? undefined : await some(random, sql);
    if (known === undefined) {
      // Gaps, and keys below those that were read already.
      const number = random() < 0.2 ? -whole(random, 1_000_000_000) - nextId++ : (nextId += 1 + whole(random, 40));
      const id = shape.key === 'text' ? `${number < 0 ? 'A' : 'ü'}-${Math.abs(number)}` : String(number);
      await sql(`INSERT INTO orders (region, order_id, user_id, note, total, updated_at) VALUES (${region(id)}, ${literal(id)},
        ${whole(random, 20)}, ${NOTES[whole(random, NOTES.length)]}, ${whole(random, 100_000) / 100}, ${clock(random)}) ON CONFLICT DO NOTHING`);
      for (let no = 1; no <= whole(random, 4); no += 1) await sql(line(random, id, no));
      return;
    }
    if (dice < 0.65)
      return void (await sql(
        `UPDATE orders SET total = total + 1, note = ${NOTES[whole(random, NOTES.length)]}, updated_at = ${clock(random)}
         WHERE order_id = ${literal(known)}`,
      ));
    if (dice < 0.75)
      return void (await sql(
        shape.lineClock
          ? line(random, known, 1 + whole(random, 4))
          : `${line(random, known, 1 + whole(random, 4))}; ${touch(random, known)}`,
      ));
    if (dice < 0.82) return void (await sql(`${forget(random, known)}; ${touch(random, known)}`));
    // Somebody corrects a line and forgets the order.
    if (dice < 0.86) return void (await sql(forget(random, known)));
    await sql(
      shape.soft
        ? `UPDATE orders SET deleted_at = now(), updated_at = ${clock(random)} WHERE order_id = ${literal(known)}`
        : `DELETE FROM orders WHERE order_id = ${literal(known)}`,
    );
  }

  /** A transaction of some changes, which have one time; none where another one holds the rows. */
  async function transact(draws: Random): Promise<void> {
    const own = forked(draws);
    await main('BEGIN');
    try {
      for (let times = 1 + whole(own, 4); times > 0; times -= 1) await change(main, own);
      await main('COMMIT');
    } catch {
      await main('ROLLBACK');
    }
    await remember();
  }

  // Lanes that go on side by side let it sell one after the other.
  const inTurn = turns(1);
  return {
    shape,
    main,
    state,
    /** Orders that were touched since this was asked last, also those that came and went. */
    moved: (): ReadonlySet<string> => {
      const found = new Set(moved);
      moved.clear();
      return found;
    },
    /** Some keys that cut the key space, in the database's order. */
    async bounds(most: number): Promise<string[][]> {
      const key = keyOf(shape);
      const rows =
        await main(`SELECT * FROM (SELECT ${key.map((name) => `${name}::text AS ${name}_text, ${name}`).join(', ')},
        row_number() OVER (ORDER BY ${key.join(', ')}) AS n FROM orders) AS o
        WHERE n % greatest(1, (SELECT count(*) FROM orders) / ${most + 1}) = 0 ORDER BY n LIMIT ${most}`);
      return rows.map((row) => key.map((name) => row[`${name}_text`] ?? ''));
    },
    remember,
    transact: async (draws = random) => await inTurn(async () => await transact(draws)),
    change: async (sql: Sql) => await change(sql, random),
    /** All that an order ever was; `undefined` is gone or not yet there. */
    everWas: (id: string): ReadonlySet<Version | undefined> => versions.get(id) ?? new Set([undefined]),
    session: async () => await postgres.session(database),
    /** Sells an order that the gate of the source lets nobody have, until it is mended. */
    async spoil(): Promise<{ mend(): Promise<void> }> {
      const id = shape.key === 'text' ? `spoilt-${(nextId += 1)}` : String((nextId += 1));
      await main(`INSERT INTO orders (region, order_id, user_id, note, total, updated_at)
        VALUES (${region(id)}, ${literal(id)}, 1, 'spoilt', 1, ${clock(random)})`);
      await remember();
      return {
        mend: async () => {
          await main(
            `UPDATE orders SET note = 'mended', updated_at = ${clock(random)} WHERE order_id = ${literal(id)}`,
          );
          await remember();
        },
      };
    },
  };
}
