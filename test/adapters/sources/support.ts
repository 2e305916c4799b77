/** An engine session and a folder for tests of sources. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DuckDb, duckDb, type Session } from '../../../src/adapters/engines/duckdb/client';
import type { PartPlan, PartRead, PartTarget, Source } from '../../../src/adapters/source';
import { csvSource, jsonSource } from '../../../src/adapters/sources';
import { type CsvSourceDefinition, type JsonSourceDefinition, sourceSchema } from '../../../src/domain/definition';
import { literal } from '../../../src/domain/sql';

export interface Bench {
  readonly folder: string;
  readonly engine: DuckDb;
  session(): Promise<Session>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Rows of a Parquet file, ordered by all their columns. */
  rows(parquet: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function bench(): Promise<Bench> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'daybreak-source-')));
  const engine = duckDb();
  const session = async () =>
    await engine.session('test', {
      folders: [folder],
      spill: join(folder, 'spill'),
      memoryBytes: 500_000_000,
      threads: 2,
      zone: 'Asia/Kathmandu',
      setup: [],
    });
  const query = async (sql: string) => [...(await (await session()).query(sql, { limit: 1_000_000 })).rows];
  return {
    folder,
    engine,
    session,
    query,
    rows: async (parquet) => await query(`SELECT * FROM read_parquet(${literal(parquet)}) ORDER BY ALL`),
    async close() {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type CsvSettings = Partial<CsvSourceDefinition> & Pick<CsvSourceDefinition, 'path' | 'columns'>;

export const csvDefinition = (settings: CsvSettings): CsvSourceDefinition => {
  const parsed = sourceSchema.parse({ type: 'csv', ...settings });
  if (parsed.type !== 'csv') throw new Error('not CSV');
  return parsed;
};

/** A source in the bench's folder. */
export async function csvIn(at: Bench, settings: CsvSettings, mapping?: string): Promise<Source> {
  return csvSource({
    name: 'orders',
    definition: csvDefinition(settings),
    folder: at.folder,
    session: await at.session(),
    ...(mapping === undefined ? {} : { mapping }),
  });
}

export type JsonSettings = Partial<JsonSourceDefinition> & Pick<JsonSourceDefinition, 'type' | 'path' | 'columns'>;

export const jsonDefinition = (settings: JsonSettings): JsonSourceDefinition => {
  const parsed = sourceSchema.parse(settings);
  if (parsed.type !== 'ndjson' && parsed.type !== 'json') throw new Error('not JSON');
  return parsed;
};

export async function jsonIn(at: Bench, settings: JsonSettings, mapping?: string): Promise<Source> {
  return jsonSource({
    name: 'orders',
    definition: jsonDefinition(settings),
    folder: at.folder,
    session: await at.session(),
    ...(mapping === undefined ? {} : { mapping }),
  });
}

/** Rows as the file of each type: a line each, or one array over several lines. Each row is its JSON text. */
export const jsonText = (type: JsonSourceDefinition['type'], rows: readonly string[]): string =>
  type === 'ndjson' ? rows.map((row) => `${row}\n`).join('') : `[\n  ${rows.join(',\n  ')}\n]\n`;

const zstd = (input: string | Buffer, ...flags: string[]) =>
  execFileSync('zstd', ['-q', '-c', ...flags], { input, maxBuffer: 1e9 });
const hasZstd = (() => {
  try {
    execFileSync('zstd', ['--version']);
    return true;
  } catch {
    console.log('no zstd on the PATH: zstd files are not tested');
    return false;
  }
})();
/** Ways to pack a file, by the ending of its name. */
export const packers: Record<string, (input: string | Buffer) => Buffer> = {
  gz: (input) => gzipSync(input),
  ...(hasZstd ? { zst: (input) => zstd(input), 'checked.zst': (input) => zstd(input, '--check', '-19') } : {}),
};

export interface ReadBack {
  readonly parts: readonly PartPlan[];
  readonly made: readonly PartRead[];
  readonly rows: Record<string, unknown>[];
  /** In the order of their files and numbers. */
  readonly bad: Record<string, unknown>[];
}

/** Plans and reads everything, and checks that nothing is lost. */
export async function readBack(at: Bench, source: Source): Promise<ReadBack> {
  const parts = await source.plan();
  const made: PartRead[] = [];
  const rows: Record<string, unknown>[] = [];
  const bad: Record<string, unknown>[] = [];
  for (const part of parts) {
    const scratch = join(at.folder, 'attempt');
    const target: PartTarget = { data: join(scratch, 'data.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
    const read = await source.read(part, target);
    made.push(read);
    if (read.rows + read.quarantined !== part.records) throw new Error('rows were lost or doubled');
    const found = await at.rows(target.data);
    if (found.length !== read.rows) throw new Error('the data have another number of rows');
    rows.push(...found);
    if (read.quarantined > 0) {
      const set = await at.query(`SELECT * FROM read_parquet(${literal(target.quarantine)}) ORDER BY record`);
      if (set.length !== read.quarantined) throw new Error('the quarantine has another number of rows');
      bad.push(...set);
    }
    await rm(scratch, { recursive: true, force: true });
  }
  return { parts, made, rows, bad };
}

/** A field as CSV: NULL is empty, everything else is quoted. */
export const csvField = (text: string | null): string => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);
export const csvText = (rows: readonly (readonly (string | null)[])[], newline = '\n'): string =>
  rows.map((row) => row.map(csvField).join(',') + newline).join('');
