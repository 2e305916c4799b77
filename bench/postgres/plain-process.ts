/** The other side of the extract: one table, COPY by psql, Parquet by DuckDB. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from '../../src/domain/sql';
import { cpuSeconds, peakMb } from '../processes';
import { withCopy } from './copy';
import { COLUMNS, PROOF } from './orders';
import type { PlainJob, PlainRun } from './plain';

async function work({ url, table, folder }: PlainJob): Promise<PlainRun> {
  const instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false' });
  const connection = await instance.connect();
  const target = literal(join(folder, 'plain.parquet'));
  const [began, used] = [Date.now(), cpuSeconds(process.pid)];
  await withCopy(url, table, COLUMNS, join(folder, 'plain.pipe'), async (rows) => {
    await connection.run(`COPY (FROM ${rows}) TO ${target} (FORMAT parquet, COMPRESSION zstd)`);
  });
  const run = { wall: (Date.now() - began) / 1000, cpu: cpuSeconds(process.pid) - used, peak: peakMb(process.pid) };
  const reader = await connection.runAndReadAll(`${PROOF} FROM read_parquet(${target})`);
  return { ...run, proof: reader.getRowsJson()[0]?.map(String).join(' ') ?? '' };
}

process.once('message', (job: PlainJob) => {
  work(job).then(
    (run) => process.send?.({ run }, () => process.exit(0)),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1)),
  );
});
