import path from 'node:path';
import { calendarStatement, type Day } from './calendar';
import { type Delivery, deliveriesOf, overlap, type Span, spansOf } from './deliveries';
import { lineStatement } from './lines';
import { MACROS, numbersOf } from './numbers';
import type { Format, Shop } from './options';
import { orderStatement } from './orders';
import { productStatement } from './products';
import { rateStatement } from './rates';
import { refundStatement } from './refunds';
import { type Table, tablesOf } from './tables';
import { userStatement } from './users';

const SETTINGS: Readonly<Record<Format, string>> = {
  csv: 'FORMAT csv, HEADER',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  ndjson: 'FORMAT json',
};

/** SQL of what everything is made from, to be run first. */
export function preparations(shop: Shop): string[] {
  const numbers = numbersOf(shop.seed);
  return [...MACROS, calendarStatement(shop, numbers), productStatement(shop, numbers), rateStatement(numbers)];
}

/** SQL that writes the files, to be run in order; memory holds the orders of one file at a time. */
export function copies(shop: Shop, calendar: readonly Day[]): string[] {
  const numbers = numbersOf(shop.seed);
  const deliveries = deliveriesOf(shop, calendar);
  const tables = new Map(deliveries.map((delivery) => [delivery, tablesOf(shop, numbers, delivery)]));
  const copy = (table: Table, delivery: Delivery, part = '') => {
    const file = path.join(shop.folder, table, `${table}${delivery.suffix}${part}.${shop.format}`);
    return `COPY (${tables.get(delivery)?.[table]}) TO '${file.replaceAll("'", "''")}' (${SETTINGS[shop.format]})`;
  };
  /** One file of each table for each delivery that the rows at hand can be in. */
  const ofSpan = (span: Span, spans: readonly Span[], of: 'orders' | 'users', names: readonly Table[]) =>
    deliveries
      .filter((delivery) => overlap(delivery[of], span))
      .flatMap((delivery) => {
        const parts = spans.filter((other) => overlap(delivery[of], other));
        const part = parts.length === 1 ? '' : `-${String(parts.indexOf(span) + 1).padStart(4, '0')}`;
        return names.map((table) => copy(table, delivery, part));
      });
  const [orders, users] = [spansOf(shop.orders), spansOf(shop.users)];
  return [
    ...orders.flatMap((span) => [
      orderStatement(shop, numbers, span),
      lineStatement(shop, numbers),
      refundStatement(numbers),
      ...ofSpan(span, orders, 'orders', ['orders', 'order_items', 'refunds']),
    ]),
    ...users.flatMap((span) => [userStatement(numbers, span), ...ofSpan(span, users, 'users', ['users'])]),
    ...deliveries.flatMap((delivery) => [copy('products', delivery), copy('fx_rates', delivery)]),
  ];
}
