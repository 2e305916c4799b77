/** What happens in the demo's shop between two nights, and figures that Postgres works out by itself. */
import type { ClientBase } from 'pg';
import { TABLES } from '../../sample';

export interface Figures {
  readonly orders: number;
  /** As text with four decimals. */
  readonly gross: string;
}

/** The edition's figures of the window, as SQL over its tables. */
export const FIGURES = 'SELECT orders, gross FROM executive_summary';

/** Orders of the window and what their lines were worth in euros, each line rounded once: as Postgres has them now. */
export async function countedInPostgres(
  client: ClientBase,
  { from, to, zone }: { readonly from: string; readonly to: string; readonly zone: string },
): Promise<Figures> {
  const { rows } = await client.query<{ orders: string; gross: string }>(
    `SELECT count(DISTINCT o.order_id) AS orders, sum(round(i.quantity * i.unit_price * (1 - coalesce(i.discount, 0))
        * CASE o.currency WHEN 'EUR' THEN 1 ELSE fx.rate END, 4))::numeric(18,4) AS gross
      FROM (SELECT *, (ordered_at AT TIME ZONE $3)::date AS day FROM shop.orders) AS o
      JOIN shop.order_items AS i ON i.order_id = o.order_id
      LEFT JOIN LATERAL (
        SELECT rate FROM shop.fx_rates AS f
        WHERE f.currency = o.currency AND f.day BETWEEN o.day - 7 AND o.day ORDER BY f.day DESC LIMIT 1) AS fx ON true
      WHERE o.status IN ('paid', 'shipped', 'completed', 'refunded') AND o.day >= $1 AND o.day < $2`,
    [from, to, zone],
  );
  return { orders: Number(rows[0]?.orders), gross: rows[0]?.gross ?? '0' };
}

/** Rows that each table has now. */
export async function rowCounts(client: ClientBase): Promise<Map<string, number>> {
  const counts = TABLES.map((table) => `(SELECT count(*)::int FROM shop.${table}) AS ${table}`);
  const { rows } = await client.query<Record<string, number>>(`SELECT ${counts.join(', ')}`);
  return new Map(Object.entries(rows[0] ?? {}));
}

/** An order of that day, in a transaction that stays open: nobody else sees it. */
export async function beginLateOrder(client: ClientBase, day: string, zone: string): Promise<void> {
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO shop.orders (order_id, user_id, status, ordered_at, currency)
     SELECT max(order_id) + 1000000, 1, 'paid', ($1::date + time '12:00') AT TIME ZONE $2, 'EUR' FROM shop.orders
     RETURNING order_id AS id`,
    [day, zone],
  );
  await client.query('INSERT INTO shop.order_items VALUES ($1, 1, 1, 2, 100, NULL)', [rows[0]?.id]);
}

/** Deletes the newest order that counts, with its lines. */
export const deleteOrder = async (client: ClientBase): Promise<void> =>
  void (await client.query(
    `DELETE FROM shop.orders WHERE order_id = (SELECT order_id FROM shop.orders WHERE status = 'completed'
      ORDER BY ordered_at DESC LIMIT 1)`,
  ));
