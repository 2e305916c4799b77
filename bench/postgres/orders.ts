/** A table of orders of any size, and a pipeline that does nothing but read it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';

export const COLUMNS = {
  order_id: 'BIGINT',
  user_id: 'BIGINT',
  status: 'VARCHAR',
  ordered_at: 'TIMESTAMPTZ',
  currency: 'VARCHAR',
  total: 'DECIMAL(12,2)',
  note: 'VARCHAR',
  updated_at: 'TIMESTAMPTZ',
};

/** Equal for equal rows, whatever their order. */
export const PROOF = `SELECT count(*) AS n, sum(hash(${Object.keys(COLUMNS).join(', ')}))::VARCHAR AS proof`;

export async function makeOrders(client: Client, table: string, rows: number): Promise<void> {
  await client.query(`CREATE TABLE ${table} (order_id bigint PRIMARY KEY, user_id bigint NOT NULL, status text NOT NULL,
    ordered_at timestamptz NOT NULL, currency text NOT NULL, total numeric(12,2) NOT NULL, note text,
    updated_at timestamptz NOT NULL)`);
  await client.query(`INSERT INTO ${table} SELECT i, (i::bigint * 7919) % 500000,
    (ARRAY['pending', 'paid', 'shipped', 'completed', 'cancelled'])[1 + i % 5],
    timestamptz '2023-01-01 00:00Z' + i * interval '17.123457 s', (ARRAY['EUR', 'USD', 'GBP'])[1 + i % 3],
    (i % 100000) / 100.0 + 1, CASE WHEN i % 4 = 0 THEN 'leave it at the door, number ' || i % 1000 END,
    timestamptz '2023-01-01 00:00Z' + i * interval '17.123457 s' + interval '2 days'
    FROM generate_series(1, ${rows}) AS i`);
  await client.query(`CREATE INDEX ON ${table} (updated_at)`);
  await client.query(`VACUUM ANALYZE ${table}`);
}

/** A folder whose run reads the table. */
export function ordersPipeline(folder: string, table: string): string {
  const target = join(folder, `reads-${table}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'models'), { recursive: true });
  const columns = Object.entries(COLUMNS).map(([name, type]) => `      ${name}: "${type}"\n`);
  writeFileSync(
    join(target, 'pipeline.yaml'),
    `name: reads-${table}
zone: UTC
sources:
  orders:
    type: postgres
    connection: \${env:BENCH_DATABASE}
    table: ${table}
    cursor: updated_at
    key: [order_id]
    columns:
${columns.join('')}`,
  );
  writeFileSync(join(target, 'models', 'proof.sql'), `-- publish: true\n${PROOF} FROM orders\n`);
  return target;
}
