/** A look at a source's files before a run: their columns and first records, read as a run would read them. */
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { CsvSourceDefinition, SourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { literal } from '../../domain/sql';
import { didYouMean } from '../definition/issues';
import type { PartPlan, Source } from '../source';
import { compressionOf, unpackedBytes } from './bytes';
import { csvSource, type FileSourceOptions } from './csv';
import { cutter } from './csv/cutter';
import { dialectOf } from './csv/dialect';
import { fileFailure, identity, shown } from './files';
import { expand } from './glob';
import { parquetSource } from './parquet';

/** Files that are looked at: the first ones and the last ones by name. */
const MOST_FILES = 20;
/** Records of a file's beginning, and bytes that they may have. */
const MOST_RECORDS = 1_000;
const HEAD = 1 << 18;

export interface Finding {
  /** `error`: a run on these files fails or is stopped. `warn`: it may be meant. */
  readonly severity: 'error' | 'warn';
  /** What of the declaration it is about. */
  readonly about: 'path' | 'columns';
  /** As people know it; absent where there is none. */
  readonly file?: string;
  readonly message: string;
}

export interface SourceLook {
  readonly name: string;
  readonly files: number;
  /** Files that were opened, and records that were read of them. */
  readonly opened: number;
  readonly records: number;
  readonly findings: readonly Finding[];
}

export interface LookOptions extends FileSourceOptions<SourceDefinition> {
  /** A folder that the session may read and write. */
  readonly scratch: string;
}

/** What a path that finds nothing may have meant. */
async function nearNames(pattern: string): Promise<string> {
  let folder = dirname(pattern);
  let wanted = basename(pattern);
  for (;;) {
    const entries = await readdir(folder).catch(() => undefined);
    if (entries !== undefined) {
      const near = didYouMean(wanted, entries);
      const names = entries.filter((name) => !name.startsWith('.')).toSorted();
      const listed = names.length === 0 ? 'nothing' : `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
      return near === '' ? `; in ${folder} there is ${listed}` : `${near} (in ${folder})`;
    }
    if (dirname(folder) === folder) return '';
    wanted = basename(folder);
    folder = dirname(folder);
  }
}

/** The first records of a CSV file, as a file of its own with the same name; gives its path. */
async function csvHead(file: string, definition: CsvSourceDefinition, where: string, folder: string): Promise<string> {
  const { size } = await identity(file, where);
  const head = join(folder, basename(file));
  const bytes: Buffer[] = [];
  let [length, whole] = [0, true];
  for await (const chunk of unpackedBytes(file, compressionOf(file, definition.compression), size, where)) {
    bytes.push(Buffer.from(chunk));
    length += chunk.length;
    whole = length < HEAD;
    if (!whole) break;
  }
  const text = Buffer.concat(bytes).subarray(0, HEAD);
  let [end, records] = [0, 0];
  const cut = cutter(dialectOf('', definition), (_bytes, _from, _to, start, recordLength) => {
    if (records++ <= MOST_RECORDS) end = start + recordLength;
  });
  cut.push(text);
  if (whole) cut.end();
  const handle = await open(head, 'w');
  // A record longer than all that is looked at stays as it is.
  await handle.writeFile(end === 0 || (whole && records <= MOST_RECORDS) ? text : text.subarray(0, end));
  await handle.close();
  return head;
}

/** Another delimiter that makes the declared columns of a header. */
function otherDelimiter(message: string, definition: SourceDefinition): string {
  if (definition.type !== 'csv') return '';
  const names = Object.keys(definition.columns);
  const other = [',', ';', '\t', '|'].find(
    (delimiter) =>
      delimiter !== definition.delimiter && message.includes(JSON.stringify(names.join(delimiter)).slice(1, -1)),
  );
  return other === undefined
    ? ''
    : `; the file is separated by ${JSON.stringify(other)}: declare delimiter: ${JSON.stringify(other)}`;
}

async function lookAtFile(
  file: string,
  index: number,
  options: LookOptions,
): Promise<{ records: number; findings: Finding[] }> {
  const { name, definition, folder, session, scratch, mapping } = options;
  const where = shown(file, folder);
  const work = join(scratch, `${name}-${index}`);
  const rest = { name, session, ...(mapping === undefined ? {} : { mapping }) };
  const finding = (severity: Finding['severity'], about: Finding['about'], message: string): Finding => ({
    severity,
    about,
    file: where,
    message,
  });
  await mkdir(work, { recursive: true });
  try {
    let source: Source;
    if (definition.type === 'csv') {
      const head = await csvHead(file, definition, where, work);
      source = csvSource({ ...rest, definition: { ...definition, path: head, compression: 'none' }, folder: work });
    } else source = parquetSource({ ...rest, definition: { ...definition, path: file }, folder });
    const [first] = await source.plan();
    if (first === undefined) return { records: 0, findings: [] };
    const records = Math.min(first.records, MOST_RECORDS);
    const part: PartPlan = definition.type === 'csv' ? first : { ...first, to: first.from + records, records };
    const [data, quarantine] = [join(work, 'data.parquet'), join(work, 'quarantine.parquet')];
    const read = await source.read(part, { data, quarantine, scratch: join(work, 'attempt') });
    if (read.quarantined === 0) return { records: part.records, findings: [] };
    const { rows } = await session.query(
      `SELECT record, reason FROM read_parquet(${literal(quarantine)}) ORDER BY record LIMIT 1`,
    );
    const seen = `${read.quarantined} of the first ${part.records} records do not fit, such as record ${rows[0]?.record}: ${rows[0]?.reason}`;
    const tolerated = read.quarantined / part.records <= definition.max_quarantined;
    return { records: part.records, findings: [finding(tolerated ? 'warn' : 'error', 'columns', seen)] };
  } catch (error) {
    const failure = fileFailure(error, where);
    if (!(failure instanceof DaybreakError)) throw failure;
    const { what, expected } = failure.text;
    const about = failure.kind === 'NotAsDeclared' || failure.kind === 'BadDefinition' ? 'columns' : 'path';
    const told = `${what}${expected === undefined ? '' : `; expected ${expected}`}${otherDelimiter(what, definition)}`;
    return { records: 0, findings: [finding('error', about, told)] };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Looks at a source's files. Throws only where it is not the files' fault. */
export async function lookAtSource(options: LookOptions): Promise<SourceLook> {
  const { name, definition, folder } = options;
  const files = await expand(definition.path, folder);
  if (files.length === 0) {
    const pattern = resolve(folder, definition.path);
    const message = `no file matches ${pattern}${await nearNames(pattern)}`;
    const findings: Finding[] = definition.optional ? [] : [{ severity: 'warn', about: 'path', message }];
    return { name, files: 0, opened: 0, records: 0, findings };
  }
  const some =
    files.length <= MOST_FILES ? files : [...files.slice(0, MOST_FILES / 2), ...files.slice(-MOST_FILES / 2)];
  const findings: Finding[] = [];
  let records = 0;
  for (const [index, file] of some.entries()) {
    const looked = await lookAtFile(file, index, options);
    records += looked.records;
    findings.push(...looked.findings);
  }
  return { name, files: files.length, opened: some.length, records, findings };
}
