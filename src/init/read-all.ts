/** Reads a source once, as a run would: the product's own reader, with a declaration. */
import { join } from 'node:path';
import { fileSource } from '../adapters/sources';
import type { SourceDefinition } from '../domain/definition';
import { literal } from '../domain/sql';
import type { Bench } from './draft';

export interface SetAside {
  readonly file: string;
  readonly record: number;
  readonly reason: string;
}

export interface ReadAll {
  /** Accepted rows, as Parquet; may be none. */
  readonly parquet: readonly string[];
  readonly rows: number;
  readonly quarantined: number;
  /** The first that were set aside. */
  readonly examples: readonly SetAside[];
}

const EXAMPLES = 3;

/** Fails as a run would. `step` names the Parquet files within the bench's folder. */
export async function readAll(
  step: string,
  source: { readonly name: string; readonly definition: SourceDefinition; readonly mapping?: string },
  folder: string,
  { session, scratch }: Bench,
): Promise<ReadAll> {
  const opened = fileSource({ ...source, folder, session });
  const parquet: string[] = [];
  const examples: SetAside[] = [];
  let [rows, quarantined] = [0, 0];
  for (const [index, part] of (await opened.plan()).entries()) {
    const data = join(scratch, `${step}-${index}.parquet`);
    const quarantine = join(scratch, `${step}-${index}-quarantine.parquet`);
    const read = await opened.read(part, { data, quarantine, scratch: join(scratch, 'attempt') });
    rows += read.rows;
    quarantined += read.quarantined;
    parquet.push(data);
    if (read.quarantined === 0 || examples.length >= EXAMPLES) continue;
    const found = await session.query(
      `SELECT file, record, reason FROM read_parquet(${literal(quarantine)}) ORDER BY record LIMIT ${EXAMPLES}`,
    );
    examples.push(
      ...found.rows.map((row) => ({ file: String(row.file), record: Number(row.record), reason: String(row.reason) })),
    );
  }
  return { parquet, rows, quarantined, examples: examples.slice(0, EXAMPLES) };
}
