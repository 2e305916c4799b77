/** The tables as they are written: columns in order, and what defects make of them. */
import type { DefectName } from './defects';
import { type Delivery, isNew } from './deliveries';
import { linesOf } from './lines';
import type { Numbers } from './numbers';
import type { Shop } from './options';
import { ordersOf } from './orders';
import { productsOf } from './products';
import { usersOf } from './users';

/** The folders of the tables. */
export const TABLES = ['orders', 'order_items', 'refunds', 'users', 'products', 'fx_rates'] as const;
export type Table = (typeof TABLES)[number];

const ABSENT = 92_000_000_000;

/** SQL of what is written for each table, from the orders and users at hand. */
export function tablesOf(shop: Shop, numbers: Numbers, delivery: Delivery): Readonly<Record<Table, string>> {
  const magnitude = (name: DefectName) => (delivery.isLast ? shop.defects[name] : undefined);
  const time = (seconds: string, name: string) =>
    shop.format === 'parquet'
      ? `to_timestamp(${seconds}) AS ${name}`
      : `strftime(make_timestamp(${seconds} * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS ${name}`;
  // In JSON the engine writes decimals of few digits as floats.
  const discount = shop.format === 'ndjson' ? 'discount::DECIMAL(18, 4) AS discount' : 'discount';
  /** The value, but for the share of rows that a defect of this name hits. */
  const unless = (name: DefectName, n: string, other: string, value: string) => {
    const share = magnitude(name);
    return share === undefined
      ? value
      : `CASE WHEN ${numbers.chance(n, `${name} ${value}`, share)} THEN ${other} ELSE ${value} END`;
  };
  const known = (n: string, column: string) => unless('orphans', n, `${ABSENT} + ${n}`, column);

  const changed = magnitude('changed_type');
  const orderId =
    changed === undefined
      ? 'order_id'
      : `CASE WHEN ${numbers.chance('order_id', 'changed_type', changed)} THEN concat('A-', order_id) ELSE order_id::VARCHAR END AS order_id`;
  const status = magnitude('renamed_column') === undefined ? 'status' : 'status AS order_status';
  const orders = `SELECT ${orderId}, ${unless('nulls', 'order_id', 'NULL', known('order_id', 'user_id'))} AS user_id,
    ${status}, ${time('ordered', 'ordered_at')}, currency, ${time('updated', 'updated_at')}
    FROM (${ordersOf(delivery)})`;
  const doubled = magnitude('duplicate_keys');

  return {
    orders:
      doubled === undefined
        ? orders
        : `${orders} UNION ALL ${orders} WHERE ${numbers.chance('order_id', 'duplicate_keys', doubled)}`,
    order_items: `SELECT ${known('n', 'order_id')} AS order_id, line_no,
      ${unless('nulls', 'n', 'NULL', known('n', 'product_id'))} AS product_id, quantity,
      ${unless('negative_prices', 'n', '-unit_price', 'unit_price')} AS unit_price, ${discount}
      FROM (${linesOf(delivery)})`,
    refunds: `SELECT refund_id, ${known('refund_id', 'order_id')} AS order_id, line_no, quantity, amount,
      ${time('refunded', 'refunded_at')} FROM sample_refunds WHERE ${isNew(delivery, 'refunded')}`,
    users: `SELECT user_id, email, name, country, marketing_opt_in, ${time('created', 'created_at')},
      ${time('updated', 'updated_at')} FROM (${usersOf(delivery)})`,
    products: `SELECT product_id, name, category, list_price, unit_cost, stock, reorder_level, lead_time_days,
      ${time('created', 'created_at')}, ${time('updated', 'updated_at')} FROM (${productsOf(delivery)})
      ${magnitude('empty_source') === undefined ? '' : 'WHERE false'}`,
    fx_rates: `SELECT currency, day, rate FROM sample_rates WHERE day < DATE '${delivery.day}'${
      delivery.since === undefined ? '' : ` AND day >= DATE '${delivery.since.day}'`
    }`,
  };
}
