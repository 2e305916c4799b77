import path from 'node:path';
import { calendarStatements } from './calendar';
import { lineStatements } from './lines';
import { MACROS, numbersOf } from './numbers';
import { type SampleOptions, shopOf } from './options';
import { orderStatements } from './orders';
import { productStatements } from './products';
import { rateStatements } from './rates';
import { refundStatements } from './refunds';
import { tablesOf } from './tables';
import { userStatements } from './users';

/** Orders in one file; about a million lines. */
const ORDERS_PER_FILE = 400_000;

/** The folders that the statements write into; they must be there. */
export const TABLES = ['orders', 'order_items', 'refunds', 'users', 'products', 'fx_rates'] as const;

/** SQL that makes the shop, to be run in order on one DuckDB connection; the last statements write the files. */
export function sampleStatements(options: SampleOptions): string[] {
  const shop = shopOf(options);
  const numbers = numbersOf(shop.seed);
  const settings = shop.format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
  const copies = tablesOf(shop, numbers).flatMap(({ name, select }) => {
    const files = select.includes('{range}') ? Math.ceil(shop.orders / ORDERS_PER_FILE) : 1;
    return Array.from({ length: files }, (_, index) => {
      const range = `order_id > ${index * ORDERS_PER_FILE} AND order_id <= ${(index + 1) * ORDERS_PER_FILE}`;
      const suffix = files === 1 ? '' : `-${String(index + 1).padStart(4, '0')}`;
      const file = path.join(shop.folder, name, `${name}${suffix}.${shop.format}`);
      return `COPY (${select.replaceAll('{range}', range)}) TO '${file.replaceAll("'", "''")}' (${settings})`;
    });
  });
  return [
    ...MACROS,
    ...calendarStatements(shop, numbers),
    ...productStatements(shop, numbers),
    ...orderStatements(shop, numbers),
    ...lineStatements(shop, numbers),
    ...refundStatements(shop, numbers),
    ...userStatements(numbers),
    ...rateStatements(numbers),
    ...copies,
  ];
}
