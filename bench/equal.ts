/** Whether both sides made the same tables: only then the comparison is one. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TableResult } from '../src/domain/run';
import { literal } from '../src/domain/sql';

/** Rows that only one side has, over all tables; every row counts as often as it is there. */
export async function differences(tables: readonly TableResult[], folder: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const wrong: string[] = [];
  try {
    for (const { name, uri } of tables) {
      const [mine, theirs] = [
        `read_parquet(${literal(uri)})`,
        `read_parquet(${literal(join(folder, `${name}.parquet`))})`,
      ];
      const reader = await connection.runAndReadAll(`SELECT
        (SELECT count(*) FROM (FROM ${mine} EXCEPT ALL FROM ${theirs})) AS mine,
        (SELECT count(*) FROM (FROM ${theirs} EXCEPT ALL FROM ${mine})) AS theirs`);
      const [[mineOnly, theirsOnly] = []] = reader.getRows();
      if (Number(mineOnly) + Number(theirsOnly) > 0)
        wrong.push(`${name}: ${mineOnly} rows only in the product's table, ${theirsOnly} only in the script's`);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return wrong;
}
