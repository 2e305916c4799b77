/** Reads a source once, as a run would: the product's own reader, with a declaration. */
import { basename, join, resolve } from 'node:path';
import { fileSource } from '../adapters/sources';
import type { FileSourceDefinition } from '../domain/definition';
import { literal } from '../domain/sql';
import { unusable } from './csv-sniff';
import type { Bench, SourceDraft } from './draft';

export interface SetAside {
  /** Absolute. */
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
  /** All that were set aside, as Parquet of `file` (seen from the folder), `record`, `reason` and `raw`; may be none. */
  readonly quarantine: readonly string[];
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
  const aside: string[] = [];
  let [rows, quarantined] = [0, 0];
  for (const [index, part] of (await opened.plan()).entries()) {
    const data = join(scratch, `${step}-${index}.parquet`);
    const quarantine = join(scratch, `${step}-${index}-quarantine.parquet`);
    const read = await opened.read(part, { data, quarantine, scratch: join(scratch, 'attempt') });
    rows += read.rows;
    quarantined += read.quarantined;
    parquet.push(data);
    if (read.quarantined === 0) continue;
    aside.push(quarantine);
    if (examples.length >= EXAMPLES) continue;
    const found = await session.query(
      `SELECT file, record, reason FROM read_parquet(${literal(quarantine)}) ORDER BY record LIMIT ${EXAMPLES}`,
    );
    examples.push(
      ...found.rows.map((row) => ({
        file: resolve(folder, String(row.file)),
        record: Number(row.record),
        reason: String(row.reason),
      })),
    );
  }
  return { parquet, rows, quarantined, examples: examples.slice(0, EXAMPLES), quarantine: aside };
}

/** More records that cannot be read are no accident: the file is something else than it seems. */
const MOST_QUARANTINED = 0.05;

/** Less room would be used up by a few records more, and by looking at a file's beginning. */
const LEAST_ROOM = 0.01;

/** `0.031` → `0.04`: with some room, and readable. */
function roomFor(share: number): number {
  const unit = 10 ** Math.floor(Math.log10(share));
  return Math.max(LEAST_ROOM, Math.min(1, Number((Math.ceil((1.2 * share) / unit) * unit).toPrecision(1))));
}

/** The draft, with room for the records that no declaration would take. Fails as `BadRequest` where they are many. */
export function tolerating(draft: SourceDraft, read: ReadAll): SourceDraft {
  const [example] = read.examples;
  if (example === undefined) return draft;
  const all = read.rows + read.quarantined;
  if (read.quarantined > MOST_QUARANTINED * all)
    throw unusable(
      draft.pattern,
      `${read.quarantined} of ${all} records cannot be read, such as record ${example.record} of ${basename(example.file)}: ${example.reason}`,
      'mend the file, or export it again with quotes around texts',
    );
  return withRoom(draft, read, `record ${example.record}`);
}

/** The draft with room for all records that were set aside, of which `place` says where the first one is. */
export function withRoom(draft: SourceDraft, { rows, quarantined, examples }: ReadAll, place: string): SourceDraft {
  const all = rows + quarantined;
  const told = `${quarantined} of ${all} records ${quarantined === 1 ? 'is' : 'are'} set aside, such as ${place}: ${examples[0]?.reason}`;
  return {
    ...draft,
    settings: { ...draft.settings, max_quarantined: roomFor(quarantined / all) },
    guesses: { ...draft.guesses, max_quarantined: told },
  };
}
