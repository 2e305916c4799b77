/** From what people name, files, folders and globs, to groups of files that are one table each. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { expand } from '../adapters/sources/glob';
import { TABLE_NAME } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import { csvProfiler } from './csv';
import type { Bench, FileGroup, Profiler, Shape } from './draft';
import { jsonProfiler } from './json';
import { parquetProfiler } from './parquet';
import { plainName } from './text-types';

/** By what their first bytes say, then by name. */
const PROFILERS: readonly Profiler[] = [parquetProfiler, jsonProfiler, csvProfiler];

interface Found {
  readonly file: string;
  readonly profiler: Profiler;
}

export interface ProfiledGroup extends FileGroup {
  readonly profiler: Profiler;
}

const refused = (where: string, what: string, expected: string, next: string) =>
  new DaybreakError('BadRequest', { where, what, expected, next });

async function profilerOf(file: string): Promise<Profiler | undefined> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0);
    const head = buffer.subarray(0, bytesRead);
    return PROFILERS.find((profiler) => profiler.matches(basename(file), head));
  } finally {
    await handle.close();
  }
}

/** The files that the arguments mean, each once. Fails as `BadRequest` where one means none. */
export async function givenFiles(given: readonly string[], base: string): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const argument of given) {
    const path = resolve(base, argument);
    const folder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
    const files = await expand(folder ? join(path, '**', '*') : path, base);
    let known = 0;
    for (const file of files) {
      const profiler = await profilerOf(file);
      // What lies in a folder need not be meant; what is named is.
      if (profiler !== undefined) {
        known += 1;
        found.set(file, { file, profiler });
      } else if (!folder)
        throw refused(
          file,
          'this kind of file is not known',
          'CSV (.csv, .tsv, .txt), NDJSON, JSON or Parquet, also as .gz and .zst',
          'give the file another ending, or leave it out',
        );
    }
    if (known > 0) continue;
    const there = await readdir(dirname(path)).catch(() => []);
    throw refused(
      argument,
      folder ? 'there is no data file in the folder' : 'there is no such file',
      folder
        ? 'CSV, NDJSON, JSON or Parquet files in it'
        : `one of ${there.slice(0, 10).join(', ') || 'the files of a folder that exists'}`,
      'correct the path after --from',
    );
  }
  return [...found.values()].sort((left, right) => (left.file < right.file ? -1 : 1));
}

/** `orders-2026-11.csv.gz` → `orders` */
const stemOf = (file: string) => basename(file).replace(/\.[^.]*(\.(gz|zst))?$/i, '');
const withoutNumber = (stem: string) => stem.replace(/([-_. ]?(part|chunk)?[-_. ]?\d[\dTtZz_.-]*)+$/i, '');

const RESERVED = ['source', 'edition'];

/** A table's name from a file's, not taken yet. */
export function tableName(stem: string, taken: ReadonlySet<string>): string {
  const plain = plainName(stem);
  const named = /^[a-z]/.test(plain) ? plain : `table_${plain}`.replace(/_$/, '');
  const base = (RESERVED.includes(named) ? `${named}_rows` : named).slice(0, 50);
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}_${number}`;
  if (!TABLE_NAME.test(name)) throw new Error(`${name} is no name of a table`);
  return name;
}

/** A glob that finds these files and no others. */
async function patternOf(files: readonly string[]): Promise<string | undefined> {
  const [first = ''] = files;
  if (files.length === 1) return first;
  const folder = dirname(first);
  if (files.some((file) => dirname(file) !== folder)) return undefined;
  const names = files.map((file) => basename(file));
  const ending = /\.[^.]*(\.(gz|zst))?$/i.exec(first)?.[0] ?? '';
  if (!names.every((name) => name.endsWith(ending))) return undefined;
  const stem = withoutNumber(stemOf(first));
  const separator = /^[-_. ]/.exec(basename(first).slice(stem.length))?.[0] ?? '';
  const named = [`${stem}${separator}`, stem].filter((start) => names.every((name) => name.startsWith(start)));
  for (const candidate of [...named, ''].map((start) => `${start}*${ending}`)) {
    const found = await expand(join(folder, candidate), '/');
    if (found.length === files.length && found.every((file) => files.includes(file))) return join(folder, candidate);
  }
  return undefined;
}

/** Files that are one table: in one folder, of one shape, and named alike or alone in a folder of their own. */
export async function groupFiles(found: readonly Found[], bench: Bench): Promise<ProfiledGroup[]> {
  const shapes = new Map<string, { files: string[]; stem: string; shape: Shape; profiler: Profiler }>();
  for (const { file, profiler } of found) {
    if (file.includes('${')) throw refused(file, 'its name contains "${"', 'another name', 'rename the file');
    const shape = await profiler.look(file, bench);
    const { type, columns, settings } = shape;
    const stem = withoutNumber(stemOf(file)) || basename(dirname(file));
    // The order of columns means nothing in Parquet.
    const key = JSON.stringify([
      dirname(file),
      type,
      type === 'parquet' ? columns.toSorted() : columns,
      settings,
      stem,
    ]);
    const known = shapes.get(key);
    if (known === undefined) shapes.set(key, { files: [file], stem, shape, profiler });
    else known.files.push(file);
  }
  const taken = new Set<string>();
  const groups: ProfiledGroup[] = [];
  for (const { files, stem, shape, profiler } of shapes.values()) {
    const pattern = await patternOf(files);
    for (const [which, members] of pattern === undefined
      ? files.map((file) => [file, [file]] as const)
      : [[pattern, files] as const]) {
      const name = tableName(pattern === undefined ? stemOf(which) : files.length > 1 ? stem : stemOf(which), taken);
      taken.add(name);
      groups.push({ ...shape, profiler, name, files: members, pattern: which });
    }
  }
  return groups;
}
