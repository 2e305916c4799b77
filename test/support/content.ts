/** What is in published tables, whatever the order of rows and the bytes of files. */
import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TableResult } from '../../src/domain/run';

export type TextRow = Readonly<Record<string, string | null>>;

/** Rows of Parquet files as text, sorted by all columns; instants in UTC. */
export async function rowsOf(...paths: readonly string[]): Promise<TextRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
    const reader = await connection.runAndReadAll(
      `SELECT COLUMNS(*)::VARCHAR FROM (FROM read_parquet([${list}]) ORDER BY ALL)`,
    );
    return reader.getRowObjectsJson() as TextRow[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Hash of the sorted rows, by table: equal for equal content. */
export async function editionHash(tables: readonly TableResult[]): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { name, uri } of tables) {
    const rows = await rowsOf(uri);
    hashes[name] = `${rows.length} ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`;
  }
  return hashes;
}
