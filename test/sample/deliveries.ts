/** Nightly deliveries as tables, and the sources as they were known on the morning after one of them. */
import path from 'node:path';
import type { Definition } from '../../src/domain/definition';
import type { Session } from '../pipelines/models';

const columnsOf = (columns: Readonly<Record<string, string>>) =>
  Object.entries(columns)
    .map(([name, type]) => `'${name}': '${type}'`)
    .join(', ');

/** Tables `<source>_delivered` of all rows, each with the day of its delivery. */
export async function readDeliveries(session: Session, definition: Definition, data: string): Promise<void> {
  for (const [name, { columns }] of Object.entries(definition.sources))
    await session.run(`CREATE OR REPLACE TABLE ${name}_delivered AS
      SELECT * EXCLUDE (filename), regexp_extract(parse_filename(filename), '\\d{4}-\\d{2}-\\d{2}')::DATE AS delivery
      FROM read_csv('${path.join(data, name, '*.csv')}', filename = true, header = true, auto_detect = false,
        columns = {${columnsOf(columns)}})`);
}

/** All deliveries up to a day, merged by key: the last one wins, and a changed order replaces all its lines. */
export async function mergeDeliveries(session: Session, definition: Definition, day: string): Promise<void> {
  for (const [name, { key = [] }] of Object.entries(definition.sources)) {
    const newest = `FROM ${name}_delivered WHERE delivery <= DATE '${day}'
      QUALIFY row_number() OVER (PARTITION BY ${key.join(', ')} ORDER BY delivery DESC) = 1`;
    const lines = `FROM order_items_delivered AS i
      SEMI JOIN newest_orders AS o ON o.order_id = i.order_id AND o.delivery = i.delivery`;
    if (name === 'orders') await session.run(`CREATE OR REPLACE TABLE newest_orders AS ${newest}`);
    const rows = name === 'orders' ? 'FROM newest_orders' : name === 'order_items' ? lines : newest;
    await session.run(`CREATE OR REPLACE TABLE ${name} AS SELECT * EXCLUDE (delivery) ${rows}`);
  }
}
