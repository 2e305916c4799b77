/** Plans the parts of one CSV file: checks the header, and walks the records once. */
import { DaybreakError } from '../../../domain/failure';
import type { PartPlan, ReadOptions } from '../../source';
import { columnDifferences } from '../columns';
import { partBuilder, type TextFile, unmarked } from '../text/parts';
import { cutter } from './cutter';
import type { Dialect } from './dialect';
import { parseRecord } from './strict';
import { show } from './values';

const NEXT = (encoding: string) => `declare \`encoding: ${encoding}\` in pipeline.yaml, or deliver the file as UTF-8`;

/** What packed files begin with. */
const PACKED = { gzip: Buffer.from([0x1f, 0x8b]), zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) };

function checkHeader(record: Buffer | undefined, declared: readonly string[], file: TextFile, dialect: Dialect): void {
  const isUtf8 = dialect.encoding === 'utf-8';
  const wrong = (what: string) =>
    new DaybreakError('NotAsDeclared', {
      where: `${file.shown}:1`,
      what,
      expected: `a header with the columns ${declared.join(', ')}`,
      next: `deliver the file with these columns, or change \`columns\`${isUtf8 ? '' : ` or \`encoding\` (${dialect.encoding})`} in pipeline.yaml`,
    });
  if (record === undefined) throw wrong('the file is empty');
  const parsed = parseRecord(record, dialect);
  const packed = Object.entries(PACKED).find(([, mark]) => record.subarray(0, mark.length).equals(mark))?.[0];
  if (packed !== undefined) throw wrong(`the file is packed: declare \`compression: ${packed}\``);
  if ('problem' in parsed) throw wrong(`the header cannot be read: ${parsed.problem}`);
  const names = parsed.fields.map((name) => name ?? '');
  const differences = columnDifferences(names, declared);
  if (differences === undefined) return;
  const [line = ''] = names;
  const isTitle = names.length === 1 && declared.length > 1 && !declared.some((name) => line.includes(name));
  throw wrong(
    isTitle
      ? `the first line is ${show(line)}, which names no column: does something stand before the header?`
      : differences,
  );
}

export interface CsvPlanSettings {
  readonly dialect: Dialect;
  /** Declared names, in order. */
  readonly columns: readonly string[];
  readonly header: boolean;
  readonly partBytes: number;
}

/** Parts of whole records from the file's text. */
export async function planCsv(
  file: TextFile,
  chunks: AsyncIterable<Buffer>,
  settings: CsvPlanSettings,
  options: ReadOptions,
): Promise<PartPlan[]> {
  const { dialect, columns, partBytes } = settings;
  const parts = partBuilder(file, partBytes);
  let headerPending = settings.header;
  let skipped = 0;
  const records = cutter(dialect, (bytes, begin, end, start, length) => {
    if (headerPending) {
      headerPending = false;
      checkHeader(bytes.subarray(begin, end), columns, file, dialect);
      parts.begin(skipped + start + length);
    } else parts.record(skipped + start);
  });
  let total = 0;
  const text = unmarked(chunks, file, NEXT, (bytes) => {
    skipped = bytes;
    parts.begin(skipped);
  });
  for await (const chunk of text) {
    options.signal?.throwIfAborted();
    total += chunk.length;
    records.push(chunk);
  }
  records.end();
  if (headerPending) checkHeader(undefined, columns, file, dialect);
  return parts.end(skipped + total);
}
