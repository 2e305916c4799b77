/**
 * CSV files, plain or packed, in parts. A part's bytes are copied to scratch and proven on the way; what is proven is
 * read by the engine with declared types, in one pass. Anything else goes through the strict reader, which sets each
 * bad record aside with its number and reason.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CsvSourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { identifier, identifiers, literal } from '../../domain/sql';
import type { Session } from '../engines/duckdb/client';
import type { PartPlan, PartTarget, ReadOptions, Source } from '../source';
import { compressionOf, plainBytes, unpackedBytes } from './bytes';
import { dialectOf, MAX_RECORD } from './csv/dialect';
import { planCsv } from './csv/plan';
import { prover } from './csv/proof';
import { rangeReader } from './csv/range';
import { copySlice, type Slice, strictNames, strictSlice } from './csv/slice';
import { byteCount, guardedRead, identity, shown, sourceFiles, verifyUnchanged } from './files';
import { accepted, conserve, copyRows, copyTo, declaredSqlFailure, describe, mapped, notAccepted } from './output';

export interface FileSourceOptions<Definition> {
  readonly name: string;
  readonly definition: Definition;
  /** The pipeline's folder, absolute. */
  readonly folder: string;
  readonly session: Session;
  /** `SELECT … FROM source`, one row for each record. */
  readonly mapping?: string;
}

/** Room for a record that the strict reader quotes and repeats. */
const STRICT_LINE = 4 * MAX_RECORD;
/** The engine's threads take a buffer each; with its own default a part would be one thread's work. */
const BUFFER = 8_000_000;
/** Share of a part's time that copying it takes, for the progress. */
const COPYING = 0.3;

export function csvSource(options: FileSourceOptions<CsvSourceDefinition>): Source {
  const { name, definition, folder, session, mapping } = options;
  const dialect = dialectOf(name, definition);
  const columns = Object.entries(definition.columns).map(([column, type]) => ({ name: column, type }));
  const types = columns.map(({ type }) => type);
  const ranges = rangeReader((file) => shown(file, folder));
  const special = strictNames(columns);
  let makeProof: ReturnType<typeof prover> | undefined;

  const reader = (path: string, all: readonly { name: string; type: string }[], more: string) =>
    `read_csv(${literal(path)}, auto_detect=false, header=false, columns={${all
      .map((column) => `${literal(column.name)}: ${literal(column.type)}`)
      .join(', ')}}, nullstr='', allow_quoted_nulls=false, strict_mode=true, null_padding=false, ${more})`;

  /** The slice as it is; the engine finds nothing in it that it could misread. */
  function provenSlice(path: string, slice: Slice, part: PartPlan): string {
    // Where quotes contain line breaks, readers that begin in the middle could take them for ends of records.
    const parallel = !slice.quotes || slice.lines <= part.records;
    const delimiter = literal(definition.delimiter);
    const quoting = `quote=${literal(definition.quote)}, escape=${literal(definition.escape ?? definition.quote)}`;
    return reader(
      path,
      columns,
      `delim=${delimiter}, ${quoting}, max_line_size=${MAX_RECORD}, buffer_size=${BUFFER}, new_line='${slice.proven === 'LF' ? '\\n' : '\\r\\n'}', parallel=${parallel}`,
    );
  }

  /** Copies the part to `path`, and reads it in one pass when it is proven; gives the rows. */
  async function fast(
    path: string,
    part: PartPlan,
    target: PartTarget,
    read: ReadOptions,
  ): Promise<number | undefined> {
    const report = (fraction: number) => read.onProgress?.(Math.floor(part.records * fraction), part.records);
    try {
      makeProof ??= prover(types, dialect);
      const slice = await copySlice(chunksOf(part, read), path, makeProof(), dialect, (bytes) =>
        report((COPYING * bytes) / (part.bytes + 1)),
      );
      expectBytes(part, slice.bytes);
      if (slice.proven === undefined) return undefined;
      const rows = `SELECT * FROM ${provenSlice(path, slice, part)} WHERE ${accepted(definition.accept)}`;
      return await copyRows(session, copyTo(mapped(rows, mapping), target.data), read, (fraction) =>
        report(COPYING + (1 - COPYING) * fraction),
      );
    } catch (error) {
      // A value out of its type's range, for one: the strict reader finds it.
      if (error instanceof DaybreakError && error.kind === 'ModelFailed') return undefined;
      throw error;
    }
  }

  /** Reads the copied part record by record, then the good ones and the bad ones by the engine. */
  async function strict(copy: string, part: PartPlan, target: PartTarget, read: ReadOptions) {
    const path = join(target.scratch, 'strict.csv');
    try {
      const slice = await strictSlice(plainBytes(copy), path, part.firstRecord, columns, dialect, () => {
        read.signal?.throwIfAborted();
        read.onProgress?.(Math.floor(part.records * COPYING), part.records);
      });
      if (slice.records !== part.records) {
        const what = `planned ${part.records} records, read ${slice.records}`;
        throw new DaybreakError('Bug', { where: shown(part.file, folder), what, next: 'report this with the file' });
      }
      const all = [
        { name: special.record, type: 'BIGINT' },
        { name: special.problem, type: 'VARCHAR' },
        { name: special.raw, type: 'VARCHAR' },
        ...columns,
      ];
      const lines = reader(
        path,
        all,
        `delim=',', quote='"', escape='"', new_line='\\n', max_line_size=${STRICT_LINE}, parallel=false`,
      );
      const [problem, raw] = [identifier(special.problem), identifier(special.raw)];
      const sound = `${problem} IS NULL`;
      const good = `${sound} AND ${accepted(definition.accept)}`;
      const names = identifiers(columns.map((column) => column.name));
      const rows = await copyRows(
        session,
        copyTo(mapped(`SELECT ${names} FROM ${lines} WHERE ${good}`, mapping), target.data),
        read,
      );
      if (slice.bad === 0 && definition.accept.length === 0) return { rows, quarantined: 0 };
      const reason = `coalesce(${problem}, ${notAccepted(definition.accept)})`;
      const set = `SELECT ${literal(shown(part.file, folder))} AS file, ${identifier(special.record)} AS record,
        ${reason} AS reason, ${raw} AS raw FROM ${lines} WHERE NOT (${good}) ORDER BY record`;
      const quarantined = await copyRows(session, copyTo(set, target.quarantine), read);
      if (quarantined === 0) await rm(target.quarantine, { force: true });
      return { rows, quarantined };
    } catch (error) {
      throw declaredSqlFailure(error, name);
    } finally {
      await rm(path, { force: true });
    }
  }

  async function* chunksOf(part: PartPlan, { signal }: ReadOptions): AsyncGenerator<Buffer> {
    const compression = compressionOf(part.file, definition.compression);
    for await (const chunk of ranges.read(part.file, part, compression, part.from, part.to)) {
      signal?.throwIfAborted();
      yield chunk;
    }
  }

  function expectBytes(part: PartPlan, bytes: number): void {
    if (bytes === part.to - part.from) return;
    throw new DaybreakError('SourceChanged', {
      where: shown(part.file, folder),
      what: `the file ended after ${bytes} of the part's ${part.to - part.from} bytes`,
      next: 'start a new run',
    });
  }

  return {
    async plan(read = {}) {
      const files = await sourceFiles(name, definition, folder);
      const found = await Promise.all(
        files.map(async (file) => ({
          file,
          shown: shown(file, folder),
          ...(await identity(file, shown(file, folder))),
        })),
      );
      const total = found.reduce((sum, { size }) => sum + size, 0);
      const settings = {
        dialect,
        columns: columns.map((column) => column.name),
        header: definition.header,
        partBytes: byteCount(definition.part),
      };
      const parts: PartPlan[] = [];
      let done = 0;
      for (const file of found) {
        const compression = compressionOf(file.file, definition.compression);
        const chunks = unpackedBytes(file.file, compression, file.size, file.shown, (bytes) =>
          read.onProgress?.(done + bytes, total),
        );
        parts.push(...(await planCsv(file, chunks, settings, read)));
        await verifyUnchanged(file.file, file, file.shown);
        done += file.size;
      }
      return parts;
    },

    async read(part, target, read = {}) {
      const where = shown(part.file, folder);
      return await guardedRead(part, target, where, async () => {
        const copy = join(target.scratch, 'slice.csv');
        let made: { rows: number; quarantined: number };
        try {
          const rows = await fast(copy, part, target, read);
          made = rows === part.records ? { rows, quarantined: 0 } : await strict(copy, part, target, read);
        } finally {
          await rm(copy, { force: true });
        }
        conserve(`${where}, records from ${part.firstRecord}`, mapping, part.records, made.rows, made.quarantined);
        read.onProgress?.(part.records, part.records);
        const written = await describe(session, target.data, definition.key, read).catch((error: unknown) => {
          throw declaredSqlFailure(error, name);
        });
        return { ...made, ...written };
      });
    },
  };
}
