/** Plans the parts of one CSV file: checks the header, and walks the records once. */
import { distance } from 'fastest-levenshtein';
import { DaybreakError } from '../../../domain/failure';
import type { PartPlan, ReadOptions } from '../../source';
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

/** The closest of some names, when it is close enough to be meant. */
function meant(name: string, among: readonly string[]): string | undefined {
  const [best] = among
    .map((candidate) => ({ candidate, away: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((left, right) => left.away - right.away);
  return best !== undefined && best.away <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** What distinguishes the columns that are there from the declared ones; undefined when nothing does. */
export function columnDifferences(got: readonly string[], declared: readonly string[]): string | undefined {
  if (got.length === declared.length && got.every((name, index) => name === declared[index])) return undefined;
  const missing = declared.filter((name) => !got.includes(name));
  const unexpected = got.filter((name) => !declared.includes(name));
  const doubled = got.filter((name, index) => got.indexOf(name) !== index);
  const pieces: string[] = [];
  const explained = new Set<string>();
  for (const name of unexpected) {
    const near = meant(
      name,
      missing.filter((other) => !explained.has(other)),
    );
    if (near !== undefined) explained.add(near);
    pieces.push(`unexpected column ${JSON.stringify(name)}${near === undefined ? '' : ` (did you mean "${near}"?)`}`);
  }
  for (const name of missing) if (!explained.has(name)) pieces.push(`missing column "${name}"`);
  for (const name of new Set(doubled)) pieces.push(`column ${JSON.stringify(name)} is there twice`);
  if (pieces.length === 0) pieces.push(`the columns are in another order: ${got.join(', ')}`);
  const most = 10;
  return pieces.slice(0, most).join(', ') + (pieces.length > most ? `, and ${pieces.length - most} more` : '');
}

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
