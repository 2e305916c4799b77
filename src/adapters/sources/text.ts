/**
 * Files of text, plain or packed, in parts. A part's bytes are copied to scratch, and whatever is beyond doubt is read
 * by the engine with declared types, in one pass. Anything else goes through the strict reader, which sets each bad
 * record aside with its number and reason.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { identifier, identifiers, literal } from '../../domain/sql';
import type { Column, PartPlan, PartTarget, ReadOptions, Source } from '../source';
import { compressionOf, plainBytes } from './bytes';
import { MAX_RECORD } from './csv/dialect';
import { failingRecord } from './failing-record';
import { type FileSourceOptions, guardedRead, identity, shown, sourceFiles, verifyUnchanged } from './files';
import { accepted, conserve, copyRows, copyTo, declaredSqlFailure, describe, mapped, notAccepted } from './output';
import type { TextFile } from './text/parts';
import { rangeReader, textBytes } from './text/range';
import type { RecordForm } from './text/records';
import { strictNames, strictSlice } from './text/slice';

/** Room for a record that the strict reader quotes and repeats. */
const STRICT_LINE = 4 * MAX_RECORD;
/** Share of a part's time that copying it takes, for the progress. */
const COPYING = 0.3;

export type TextSourceOptions = FileSourceOptions<Exclude<FileSourceDefinition, { type: 'parquet' }>>;

export interface CopyPaths {
  /** Where the part goes as it is. */
  readonly part: string;
  /** For what the engine reads when that is something else. */
  readonly proven: string;
}

/** What the copy of a part told. */
export interface Copied {
  readonly bytes: number;
  /** What the engine reads instead of the strict reader's work, where nothing is in doubt. */
  readonly proven?: string;
}

/** What is particular to one kind of text. */
export interface TextForm extends RecordForm {
  /** How the text is written, `utf-8` by default. */
  readonly encoding: string;
  /** Parts of one file; `text` reads it from the beginning, as often as it is called. */
  plan(file: TextFile, text: () => AsyncIterable<Buffer>, read: ReadOptions): Promise<PartPlan[]>;
  copy(
    chunks: AsyncIterable<Buffer>,
    paths: CopyPaths,
    part: PartPlan,
    onBytes: (bytes: number) => void,
  ): Promise<Copied>;
}

/** Columns of CSV as the engine reads it; nothing is left to its guesses. */
export const csvReader = (path: string, columns: readonly Column[], more: string): string =>
  `read_csv(${literal(path)}, auto_detect=false, header=false, columns={${columns
    .map((column) => `${literal(column.name)}: ${literal(column.type)}`)
    .join(', ')}}, nullstr='', allow_quoted_nulls=false, strict_mode=true, null_padding=false, ${more})`;

export function textSource(options: TextSourceOptions, form: TextForm): Source {
  const { name, definition, folder, session, mapping } = options;
  const { columns, encoding } = form;
  const ranges = rangeReader((file) => shown(file, folder));
  const special = strictNames(columns);
  const writingOf = (file: string) => ({ compression: compressionOf(file, definition.compression), encoding });

  /** Copies the part, and reads it in one pass when it is proven; gives the rows. */
  async function fast(
    paths: CopyPaths,
    part: PartPlan,
    target: PartTarget,
    read: ReadOptions,
  ): Promise<number | undefined> {
    const report = (fraction: number) => read.onProgress?.(Math.floor(part.records * fraction), part.records);
    try {
      const copied = await form.copy(chunksOf(part, read), paths, part, (bytes) =>
        report((COPYING * bytes) / (part.bytes + 1)),
      );
      expectBytes(part, copied.bytes);
      if (copied.proven === undefined) return undefined;
      const rows = `SELECT * FROM ${copied.proven} WHERE ${accepted(definition.accept)}`;
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
      const slice = await strictSlice(plainBytes(copy), path, part.firstRecord, form, () => {
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
      const lines = csvReader(
        path,
        all,
        `delim=',', quote='"', escape='"', new_line='\\n', max_line_size=${STRICT_LINE}, parallel=false`,
      );
      const [problem, raw] = [identifier(special.problem), identifier(special.raw)];
      const sound = `${problem} IS NULL`;
      const good = `${sound} AND ${accepted(definition.accept)}`;
      const names = identifiers(columns.map((column) => column.name));
      const where = shown(part.file, folder);
      const failed = async (error: unknown) => {
        const record = identifier(special.record);
        throw await failingRecord(
          error,
          {
            ...{ session, name, where, part, mapping },
            // In this order: a condition is asked of these records only.
            rows: (first, last) =>
              `SELECT ${names} FROM ${lines} WHERE CASE WHEN ${record} BETWEEN ${first} AND ${last} THEN ${good} ELSE false END`,
            raw: (number) => `SELECT ${raw} FROM ${lines} WHERE ${record} = ${number}`,
          },
          read,
        );
      };
      const rows = await copyRows(
        session,
        copyTo(mapped(`SELECT ${names} FROM ${lines} WHERE ${good}`, mapping), target.data),
        read,
      ).catch(failed);
      if (slice.bad === 0 && definition.accept.length === 0) return { rows, quarantined: 0 };
      const reason = `coalesce(${problem}, ${notAccepted(definition.accept)})`;
      const set = `SELECT ${literal(where)} AS file, ${identifier(special.record)} AS record,
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
    for await (const chunk of ranges.read(part.file, part, writingOf(part.file), part.from, part.to)) {
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
      const parts: PartPlan[] = [];
      let done = 0;
      for (const file of found) {
        const text = () =>
          textBytes(file.file, writingOf(file.file), file.size, file.shown, (bytes) =>
            read.onProgress?.(done + bytes, total),
          );
        parts.push(...(await form.plan(file, text, read)));
        await verifyUnchanged(file.file, file, file.shown);
        done += file.size;
      }
      return parts;
    },

    async read(part, target, read = {}) {
      const where = shown(part.file, folder);
      return await guardedRead(part, target, where, async () => {
        const paths = { part: join(target.scratch, 'part'), proven: join(target.scratch, 'proven.csv') };
        let made: { rows: number; quarantined: number };
        try {
          const rows = await fast(paths, part, target, read);
          made = rows === part.records ? { rows, quarantined: 0 } : await strict(paths.part, part, target, read);
        } finally {
          for (const path of Object.values(paths)) await rm(path, { force: true });
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
