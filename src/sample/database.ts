/** The sample shop in a Postgres database: its tables, filled and changed by deliveries in CSV. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Table, TABLES } from './tables';

/** Where the tables are. */
export const SHOP_SCHEMA = 'shop';

const DEFINITIONS: Readonly<Record<Table, string>> = {
  users: `user_id bigint PRIMARY KEY, email text, name text, country text, marketing_opt_in boolean NOT NULL,
    created_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now()`,
  products: `product_id bigint PRIMARY KEY, name text NOT NULL, category text, list_price numeric(18,4),
    unit_cost numeric(18,4), stock numeric(18,3), reorder_level numeric(18,3), lead_time_days integer,
    created_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now()`,
  fx_rates: 'currency text, day date, rate numeric(18,8) NOT NULL, PRIMARY KEY (currency, day)',
  // Some orders are of people, and some lines of products, that are not known.
  orders: `order_id bigint PRIMARY KEY, user_id bigint, status text NOT NULL
      CHECK (status IN ('pending', 'paid', 'shipped', 'completed', 'cancelled', 'refunded')),
    ordered_at timestamptz NOT NULL, currency text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()`,
  order_items: `order_id bigint REFERENCES shop.orders ON DELETE CASCADE, line_no integer,
    product_id bigint, quantity numeric(18,3) NOT NULL, unit_price numeric(18,4) NOT NULL,
    discount numeric(5,4), PRIMARY KEY (order_id, line_no)`,
  refunds: `refund_id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES shop.orders ON DELETE CASCADE,
    line_no integer, quantity numeric(18,3), amount numeric(18,4) NOT NULL, refunded_at timestamptz NOT NULL`,
};
/** What refers to others comes after them. */
const ORDER = ['users', 'products', 'fx_rates', 'orders', 'order_items', 'refunds'] as const;

const INDEXES: readonly string[] = [
  ...['users', 'products', 'orders'].map((table) => `CREATE INDEX ON shop.${table} (updated_at)`),
  'CREATE INDEX ON shop.refunds (refunded_at)',
  'CREATE INDEX ON shop.refunds (order_id)',
];

/** Makes the empty tables in the schema `shop`, which must not be there. */
export async function createShop(client: ClientBase): Promise<void> {
  const tables = ORDER.map((table) => `CREATE TABLE shop.${table} (${DEFINITIONS[table]})`);
  await client.query([`CREATE SCHEMA ${SHOP_SCHEMA}`, ...tables, ...INDEXES].join(';\n'));
}

/** Copies the files of a table, of one delivery where there are several, as they are. */
async function copyFiles(client: ClientBase, folder: string, table: Table, day: string | undefined, into: string) {
  const wanted = (await readdir(path.join(folder, table))).filter((file) => day === undefined || file.includes(day));
  for (const file of wanted.toSorted())
    await pipeline(
      createReadStream(path.join(folder, table, file)),
      client.query(copyFrom(`COPY ${into} FROM STDIN WITH (FORMAT csv, HEADER)`)),
    );
}

/** Fills the empty tables; of a series only with the delivery of a day. */
export async function fillShop(client: ClientBase, folder: string, day?: string): Promise<void> {
  await client.query('BEGIN');
  for (const table of ORDER) await copyFiles(client, folder, table, day, `shop.${table}`);
  await client.query('COMMIT');
  await client.query(`ANALYZE ${TABLES.map((table) => `shop.${table}`).join(', ')}`);
}

const columnsOf = async (client: ClientBase, table: Table): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'shop.${table}'::regclass AND attnum > 0 ORDER BY attnum`,
  );
  return rows.map(({ name }) => name);
};

/**
 * What a later delivery of the series brings, in one transaction, as a shop would write it: rows that are new or changed
 * get the time of now, and so does an order of which something was refunded. Gives the rows of each table.
 */
export async function sellDay(client: ClientBase, folder: string, day: string): Promise<Map<Table, number>> {
  const written = new Map<Table, number>();
  await client.query('BEGIN');
  for (const table of ORDER) {
    const staged = `new_${table}`;
    await client.query(`CREATE TEMP TABLE ${staged} (LIKE shop.${table}) ON COMMIT DROP`);
    await copyFiles(client, folder, table, day, staged);
    // A changed order brings all its lines.
    if (table === 'order_items')
      await client.query(`DELETE FROM shop.order_items USING new_orders AS o WHERE order_items.order_id = o.order_id`);
    const columns = await columnsOf(client, table);
    const values = columns.map((name) => (name === 'updated_at' ? 'now()' : name));
    const key =
      { fx_rates: 'currency, day', order_items: 'order_id, line_no' }[table as string] ?? `${table.slice(0, -1)}_id`;
    const { rowCount } = await client.query(
      `INSERT INTO shop.${table} SELECT ${values.join(', ')} FROM ${staged}
       ON CONFLICT (${key}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    );
    written.set(table, rowCount ?? 0);
  }
  await client.query(
    'UPDATE shop.orders AS o SET updated_at = now() FROM new_refunds AS r WHERE o.order_id = r.order_id',
  );
  await client.query('COMMIT');
  return written;
}
