/** The sample shop in Postgres, and a day of it: one order in a hundred changes, and as many are new. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { withSources } from '../../src/cli/demo/sources';
import { createShop, fillShop } from '../../src/sample';
import { ROOT } from '../shop';

export async function loadShop(client: Client, data: string): Promise<void> {
  await client.query('DROP SCHEMA IF EXISTS shop CASCADE');
  await createShop(client);
  await fillShop(client, data);
  await client.query('VACUUM ANALYZE');
}

/** Changed orders are spread over all years, new ones are of the day before `day`, at the shop's noon. */
export async function sell(client: Client, day: string): Promise<{ orders: number; lines: number }> {
  await client.query('BEGIN');
  const changed = await client.query(
    `UPDATE shop.orders SET updated_at = now(), status = CASE status WHEN 'paid' THEN 'completed' ELSE status END
     WHERE order_id % 100 = 7`,
  );
  await client.query(`CREATE TEMP TABLE ordered ON COMMIT DROP AS
    SELECT order_id, (SELECT max(order_id) FROM shop.orders) + row_number() OVER (ORDER BY order_id) AS new_id
    FROM shop.orders WHERE order_id % 100 = 13`);
  const made = await client.query(`INSERT INTO shop.orders (order_id, user_id, status, ordered_at, currency, updated_at)
    SELECT new_id, user_id, 'completed', timestamptz '${day} 12:00Z' - interval '1 day', currency, now()
    FROM ordered JOIN shop.orders USING (order_id)`);
  const lines = await client.query(`INSERT INTO shop.order_items
    SELECT new_id, line_no, product_id, quantity, unit_price, discount FROM ordered JOIN shop.order_items USING (order_id)`);
  await client.query('COMMIT');
  return { orders: (changed.rowCount ?? 0) + (made.rowCount ?? 0), lines: lines.rowCount ?? 0 };
}

/** The shipped pipeline, but for its sources. */
export function shopPipeline(folder: string): string {
  const shipped = join(ROOT, 'pipelines', 'customer-analytics');
  const target = join(folder, 'customer-analytics');
  rmSync(target, { recursive: true, force: true });
  cpSync(shipped, target, { recursive: true });
  const block = readFileSync(join(shipped, 'sources.postgres.yaml'), 'utf8');
  const declaration = readFileSync(join(shipped, 'pipeline.yaml'), 'utf8');
  writeFileSync(join(target, 'pipeline.yaml'), withSources(declaration, block));
  return target;
}
