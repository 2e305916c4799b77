/** What is in published tables, whatever the order of rows and the bytes of files. */
import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TableResult } from '../../src/domain/run';

export type TextRow = Readonly<Record<string, string | null>>;

/** One database for some reading: to open one costs more than to read a small table. */
async function reading<T>(use: (rows: (paths: readonly string[]) => Promise<TextRow[]>) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await use(async (paths) => {
      const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
      const reader = await connection.runAndReadAll(
        `SELECT COLUMNS(*)::VARCHAR FROM (FROM read_parquet([${list}]) ORDER BY ALL)`,
      );
      return reader.getRowObjectsJson() as TextRow[];
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Rows of Parquet files as text, sorted by all columns; instants in UTC. */
export const rowsOf = async (...paths: readonly string[]): Promise<TextRow[]> =>
  await reading(async (rows) => await rows(paths));

/** Hash of the sorted rows, by table: equal for equal content. */
export async function editionHash(tables: readonly TableResult[]): Promise<Record<string, string>> {
  return await reading(async (rowsIn) => {
    const hashes: Record<string, string> = {};
    for (const { name, uri } of tables) {
      const rows = await rowsIn([uri]);
      hashes[name] = `${rows.length} ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`;
    }
    return hashes;
  });
}
