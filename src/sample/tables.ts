/** The tables as they are written: columns in order, and what defects make of them. */
import type { Numbers } from './numbers';
import type { DefectName, Shop } from './options';

export interface Table {
  readonly name: string;
  /** SELECT of what is written. With `{range}` where a range of order ids goes, which cuts big tables into files. */
  readonly select: string;
}

const ABSENT = 92_000_000_000;

export function tablesOf(shop: Shop, numbers: Numbers): Table[] {
  const magnitude = (name: DefectName) => shop.defects.find((defect) => defect.name === name)?.magnitude;
  const time = (seconds: string, name: string) =>
    shop.format === 'csv'
      ? `strftime(make_timestamp(${seconds} * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS ${name}`
      : `to_timestamp(${seconds}) AS ${name}`;
  /** The value, but for the share of rows that a defect of this name hits. */
  const unless = (name: DefectName, n: string, other: string, value: string) => {
    const share = magnitude(name);
    return share === undefined ? value : `CASE WHEN ${numbers.chance(n, name, share)} THEN ${other} ELSE ${value} END`;
  };

  const late = magnitude('late_rows');
  const missing = magnitude('missing_day');
  const drop = magnitude('volume_drop');
  const there = [
    ...(late === undefined ? [] : [`age > ${Math.ceil(late)}`]),
    ...(missing === undefined ? [] : [`age <> ${Math.ceil(missing)}`]),
    ...(drop === undefined ? [] : [`NOT (age = 1 AND ${numbers.chance('order_id', 'volume_drop', drop)})`]),
  ];
  const present = ['{range}', ...there].join(' AND ');
  const refunded =
    there.length === 0 ? '' : ` AND order_id IN (SELECT order_id FROM sample_orders WHERE ${there.join(' AND ')})`;

  const changed = magnitude('changed_type');
  const orderId =
    changed === undefined
      ? 'order_id'
      : `CASE WHEN ${numbers.chance('order_id', 'changed_type', changed)} THEN concat('A-', order_id) ELSE order_id::VARCHAR END AS order_id`;
  const userId = unless('nulls', 'order_id', 'NULL', unless('orphans', 'order_id', `${ABSENT} + order_id`, 'user_id'));
  const productId = unless('nulls', 'n', 'NULL', unless('orphans', 'n', `${ABSENT} + n`, 'product_id'));
  const status = magnitude('renamed_column') === undefined ? 'status' : 'status AS order_status';
  const orders = `SELECT ${orderId}, ${userId} AS user_id, ${status}, ${time('ordered', 'ordered_at')}, currency,
      ${time('updated', 'updated_at')} FROM sample_orders WHERE ${present}`;
  const doubled = magnitude('duplicate_keys');

  return [
    {
      name: 'orders',
      select:
        doubled === undefined
          ? orders
          : `${orders} UNION ALL ${orders} AND ${numbers.chance('order_id', 'duplicate_keys', doubled)}`,
    },
    {
      name: 'order_items',
      select: `SELECT order_id, line_no, ${productId} AS product_id, quantity,
        ${unless('negative_prices', 'n', '-unit_price', 'unit_price')} AS unit_price, discount
        FROM sample_lines WHERE ${present}`,
    },
    {
      name: 'refunds',
      select: `SELECT refund_id, order_id, line_no, quantity, amount, ${time('refunded', 'refunded_at')}
        FROM sample_refunds WHERE {range}${refunded}`,
    },
    {
      name: 'users',
      select: `SELECT user_id, email, name, country, marketing_opt_in, ${time('created', 'created_at')},
        ${time('updated', 'updated_at')} FROM sample_users`,
    },
    {
      name: 'products',
      select: `SELECT product_id, name, category, list_price, unit_cost, stock, reorder_level, lead_time_days,
        ${time('created', 'created_at')}, ${time('updated', 'updated_at')} FROM sample_products
        ${magnitude('empty_source') === undefined ? '' : 'WHERE false'}`,
    },
    { name: 'fx_rates', select: 'SELECT currency, day, rate FROM sample_rates ORDER BY currency, day' },
  ];
}
