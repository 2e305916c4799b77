/** A look at a source's files before a run: their columns and first records, read as a run would read them. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { columnList, type FileSourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { literal } from '../../domain/sql';
import { didYouMean } from '../definition/issues';
import type { PartPlan } from '../source';
import { fileSource } from '.';
import { type FileSourceOptions, fileFailure, shown } from './files';
import { expand } from './glob';
import { headOf } from './head';

/** Files that are looked at: the first ones and the last ones by name. */
const MOST_FILES = 20;
/** Records of a file's beginning, and bytes that they may have. */
const MOST = { records: 1_000, bytes: 1 << 18 };

export interface Finding {
  /** `error`: a run on these files fails or is stopped. `warn`: it may be meant. */
  readonly severity: 'error' | 'warn';
  /** What of the declaration it is about. */
  readonly about: 'path' | 'columns' | 'delimiter' | 'mapping' | 'accept';
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

export interface LookOptions extends FileSourceOptions<FileSourceDefinition> {
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

/** Another delimiter, which makes the declared columns of a header that has none of them. */
function otherDelimiter(message: string, definition: FileSourceDefinition): string | undefined {
  if (definition.type !== 'csv') return undefined;
  const names = columnList(definition).map(({ name }) => name);
  return [',', ';', '\t', '|'].find(
    (other) => other !== definition.delimiter && message.includes(JSON.stringify(names.join(other))),
  );
}

/** The source of one file alone; of text, only its beginning. */
async function openedHead(
  options: LookOptions,
  file: string,
  where: string,
  work: string,
): Promise<FileSourceOptions<FileSourceDefinition>> {
  const { name, definition, folder, session, mapping } = options;
  const rest = { name, session, ...(mapping === undefined ? {} : { mapping }) };
  if (definition.type === 'parquet') return { ...rest, definition: { ...definition, path: file }, folder };
  const path = join(work, basename(file));
  await writeFile(path, await headOf(file, definition, where, MOST));
  const plain = { ...definition, path, compression: 'none' as const };
  return { ...rest, definition: plain.type === 'csv' ? { ...plain, encoding: 'utf-8' } : plain, folder: work };
}

async function lookAtFile(
  file: string,
  index: number,
  options: LookOptions,
): Promise<{ records: number; findings: Finding[] }> {
  const { name, definition, folder, session, scratch } = options;
  const where = shown(file, folder);
  const work = join(scratch, `${name}-${index}`);
  const finding = (severity: Finding['severity'], about: Finding['about'], message: string): Finding => ({
    severity,
    about,
    file: where,
    message,
  });
  await mkdir(work, { recursive: true });
  try {
    const source = fileSource(await openedHead(options, file, where, work));
    const [first] = await source.plan();
    if (first === undefined) return { records: 0, findings: [] };
    const records = Math.min(first.records, MOST.records);
    const part: PartPlan = definition.type !== 'parquet' ? first : { ...first, to: first.from + records, records };
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
    const about =
      failure.kind === 'BadDefinition'
        ? what.includes('the mapping')
          ? 'mapping'
          : what.includes('accept')
            ? 'accept'
            : 'columns'
        : failure.kind === 'NotAsDeclared'
          ? 'columns'
          : 'path';
    const delimiter = otherDelimiter(what, definition);
    if (delimiter !== undefined) {
      const shown = JSON.stringify(delimiter);
      const told = `the fields are separated by ${shown}; declare delimiter: ${shown}`;
      return { records: 0, findings: [finding('error', 'delimiter', told)] };
    }
    const told = `${what}${expected === undefined ? '' : `; expected ${expected}`}`;
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
