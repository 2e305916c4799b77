/** Plans the parts of one CSV file: checks the header, and walks the records once. */
import { DaybreakError } from '../../../domain/failure';
import type { PartPlan, ReadOptions } from '../../source';
import { columnDifferences } from '../columns';
import { cutter } from './cutter';
import type { Dialect } from './dialect';
import { parseRecord } from './strict';

export interface CsvFile {
  readonly file: string;
  /** The file as messages name it. */
  readonly shown: string;
  readonly size: number;
  readonly mtimeNs: string;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16 = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const NEXT = 'deliver the file with these columns, or change `columns` in pipeline.yaml';

function checkHeader(record: Buffer | undefined, declared: readonly string[], file: CsvFile, dialect: Dialect): void {
  const wrong = (what: string) =>
    new DaybreakError('NotAsDeclared', {
      where: `${file.shown}:1`,
      what,
      expected: `a header with the columns ${declared.join(', ')}`,
      next: NEXT,
    });
  if (record === undefined) throw wrong('the file is empty');
  if (UTF16.some((mark) => record.subarray(0, 2).equals(mark))) throw wrong('the text is UTF-16, not UTF-8');
  const parsed = parseRecord(record, dialect);
  if ('problem' in parsed) throw wrong(`the header cannot be read: ${parsed.problem}`);
  const differences = columnDifferences(
    parsed.fields.map((name) => name ?? ''),
    declared,
  );
  if (differences !== undefined) throw wrong(differences);
}

export interface CsvPlanSettings {
  readonly dialect: Dialect;
  /** Declared names, in order. */
  readonly columns: readonly string[];
  readonly header: boolean;
  readonly partBytes: number;
}

/** Parts of whole records from the file's unpacked bytes. */
export async function planCsv(
  file: CsvFile,
  chunks: AsyncIterable<Buffer>,
  settings: CsvPlanSettings,
  options: ReadOptions,
): Promise<PartPlan[]> {
  const { dialect, columns, partBytes } = settings;
  const parts: PartPlan[] = [];
  let headerPending = settings.header;
  let record = 1;
  let from = 0;
  let first = 1;
  let skipped = 0;

  const close = (to: number) => {
    if (record === first) return;
    const { file: path, size, mtimeNs } = file;
    parts.push({ file: path, size, mtimeNs, from, to, firstRecord: first, records: record - first, bytes: to - from });
    from = to;
    first = record;
  };
  const records = cutter(dialect, (bytes, begin, end, start, length) => {
    if (headerPending) {
      headerPending = false;
      checkHeader(bytes.subarray(begin, end), columns, file, dialect);
      from = skipped + start + length;
      return;
    }
    if (skipped + start - from >= partBytes) close(skipped + start);
    record += 1;
  });

  let total = 0;
  let beginning: Buffer | undefined = Buffer.alloc(0);
  const push = (chunk: Buffer) => {
    total += chunk.length;
    records.push(chunk);
  };
  const begin = (bytes: Buffer) => {
    beginning = undefined;
    if (bytes.subarray(0, 3).equals(BOM)) {
      skipped = BOM.length;
      from = skipped;
    }
    if (bytes.length > skipped) push(bytes.subarray(skipped));
  };
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    if (beginning === undefined) push(chunk);
    else if (beginning.length + chunk.length >= BOM.length) begin(Buffer.concat([beginning, chunk]));
    else beginning = Buffer.concat([beginning, chunk]);
  }
  if (beginning !== undefined) begin(beginning);
  records.end();
  if (headerPending) checkHeader(undefined, columns, file, dialect);
  close(skipped + total);
  return parts;
}
