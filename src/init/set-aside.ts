/** Records that the declaration sets aside, in words for people: how many, which value, and where. */
import { basename, resolve } from 'node:path';
import type { FileSourceDefinition } from '../domain/definition';
import { literal } from '../domain/sql';
import type { Bench, SourceDraft } from './draft';
import { lineOf } from './lines';
import type { ReadAll } from './read-all';

/** Of one column. */
export interface Odd {
  readonly column: string;
  readonly records: number;
  /** `"12.5o" in line 18` */
  readonly example: string;
}

/** `line 18`, with the file's name where the source has several. */
export async function placeOf(
  found: { readonly file: string; readonly record: number },
  definition: FileSourceDefinition,
  files: number,
): Promise<string> {
  const line = await lineOf(found.file, found.record, definition);
  const place = line === undefined ? `record ${found.record}` : `line ${line}`;
  return files === 1 ? place : `${place} of ${basename(found.file)}`;
}

/** What was set aside for the values of columns that were declared in spite of them. */
export async function oddValues(
  draft: SourceDraft,
  read: ReadAll,
  definition: FileSourceDefinition,
  { session }: Bench,
): Promise<Odd[]> {
  if (read.quarantine.length === 0) return [];
  const table = `read_parquet([${read.quarantine.map(literal).join(', ')}])`;
  const found: Odd[] = [];
  for (const { name, odd } of draft.drafts) {
    if (odd === undefined) continue;
    // Reasons read `column: "value" is no …; column: …`.
    const about = `; ${name}: `;
    const { rows } = await session.query(
      `SELECT file, record, reason, count(*) OVER () AS n FROM ${table}
        WHERE contains('; ' || reason, ${literal(about)}) ORDER BY file, record LIMIT 1`,
    );
    const [first] = rows;
    if (first === undefined) continue;
    const reason = `; ${String(first.reason)}`;
    const [, value = ''] =
      /^(?:the \w+ )?("(?:[^"\\]|\\.)*"|\S+)/.exec(reason.slice(reason.indexOf(about) + about.length)) ?? [];
    const at = { file: resolve('/', String(first.file)), record: Number(first.record) };
    const place = await placeOf(at, definition, draft.files.length);
    found.push({ column: name, records: Number(first.n), example: `${value} in ${place}` });
  }
  return found;
}

/** `2 of 60 records are set aside, such as for "abc" in line 18` */
export const toldOdd = ({ records, example }: Odd, all: number): string =>
  records === 1
    ? `1 of ${all} records is set aside, for ${example}`
    : `${records} of ${all} records are set aside, such as for ${example}`;
