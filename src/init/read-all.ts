/** Reads a source once, as a run would: the product's own reader, with a declaration. */
import { basename, join } from 'node:path';
import { fileSource } from '../adapters/sources';
import type { FileSourceDefinition } from '../domain/definition';
import { literal } from '../domain/sql';
import { unusable } from './csv-sniff';
import type { Bench, SourceDraft } from './draft';

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
  source: { readonly name: string; readonly definition: FileSourceDefinition; readonly mapping?: string },
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

/** More records that cannot be read are no accident: the file is something else than it seems. */
const MOST_QUARANTINED = 0.05;

/** `0.0031` → `0.004`: with some room, and readable. */
function roomFor(share: number): number {
  const unit = 10 ** Math.floor(Math.log10(share));
  return Math.min(1, Number((Math.ceil((1.2 * share) / unit) * unit).toPrecision(1)));
}

/** The draft, with room for the records that no declaration would take. Fails as `BadRequest` where they are many. */
export function tolerating(draft: SourceDraft, { rows, quarantined, examples }: ReadAll): SourceDraft {
  if (quarantined === 0) return draft;
  const share = quarantined / (rows + quarantined);
  const [example] = examples;
  const told = `${quarantined} of ${rows + quarantined} records cannot be read, such as record ${example?.record} of ${basename(example?.file ?? '')}: ${example?.reason}`;
  if (share > MOST_QUARANTINED)
    throw unusable(draft.pattern, told, 'mend the file, or export it again with quotes around texts');
  return {
    ...draft,
    settings: { ...draft.settings, max_quarantined: roomFor(share) },
    guesses: { ...draft.guesses, max_quarantined: told },
  };
}
