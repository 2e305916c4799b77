/** Starts the plain COPY in a process of its own. */
import { join } from 'node:path';
import { inProcess } from '../script';

export interface PlainJob {
  readonly url: string;
  readonly table: string;
  readonly folder: string;
}

export interface PlainRun {
  readonly wall: number;
  /** Of psql and DuckDB. */
  readonly cpu: number;
  /** Of DuckDB alone, in megabytes. */
  readonly peak: number;
  readonly proof: string;
}

export const runPlain = async (job: PlainJob): Promise<PlainRun> =>
  await inProcess<PlainRun>(join(__dirname, 'plain-process.ts'), job);
