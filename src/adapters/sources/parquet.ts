/**
 * Parquet files, in parts along their row groups. Names and types must be the declared ones, or ones that widen without
 * loss; the values are typed already, so only `accept` (and times finer than a microsecond) set rows aside.
 */
import { rm } from 'node:fs/promises';
import { columnList, type ParquetSourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { identifier, identifiers, literal } from '../../domain/sql';
import { byteCount } from '../../domain/window';
import type { PartPlan, ReadOptions, Source } from '../source';
import { columnDifferences, fits } from './columns';
import { failingRecord } from './failing-record';
import {
  type FileSourceOptions,
  guardedRead,
  type Identity,
  identity,
  shown,
  sourceFiles,
  verifyUnchanged,
} from './files';
import { accepted, conserve, copyRows, copyTo, declaredSqlFailure, describe, mapped, notAccepted } from './output';

/** Metadata of so many row groups of a file are looked at. */
const MAX_ROW_GROUPS = 1_000_000;
/** Characters of a row that the quarantine keeps. */
const MAX_RAW = 65_536;
/** Errors that are about the declared SQL, not about the file. */
const SQL_ERROR =
  /^(Failed to extract statements: )?(Binder|Parser|Catalog|Conversion|Out of Range|Mismatch Type) Error/i;

/** The engine takes wildcards in a path; these are only characters of a name. */
const exactPath = (file: string) => literal(file.replace(/[*?[]/g, '[$&]'));

export function parquetSource(options: FileSourceOptions<ParquetSourceDefinition>): Source {
  const { name, definition, folder, session, mapping } = options;
  const declared = columnList(definition).map(({ name: column, type }) => [column, type] as const);
  const names = declared.map(([column]) => column);

  const withSignal = ({ signal }: ReadOptions) => (signal === undefined ? {} : { signal });

  function damaged(error: unknown, where: string): unknown {
    if (!(error instanceof DaybreakError) || error.kind !== 'ModelFailed') return error;
    const [line = ''] = error.message.split('\n');
    if (/No magic bytes|too small to be a Parquet file/i.test(line))
      return new DaybreakError(
        'NotAsDeclared',
        {
          where,
          what: 'the file is no Parquet, or not all of it',
          next: 'deliver the file again, or declare its `type`',
        },
        { cause: error },
      );
    return new DaybreakError(
      'NotAsDeclared',
      { where, what: line, expected: 'an undamaged Parquet file', next: 'deliver the file again' },
      { cause: error },
    );
  }

  /** Types of the file's columns, which are as declared. */
  async function fileTypes(file: string, read: ReadOptions): Promise<Map<string, string>> {
    const where = shown(file, folder);
    const { columns } = await session
      .query(`SELECT * FROM read_parquet(${exactPath(file)}) LIMIT 0`, withSignal(read))
      .catch((error: unknown) => {
        throw damaged(error, where);
      });
    const types = new Map(columns.map((column) => [column.name, column.type]));
    const wrongTypes = declared
      .filter(([column, type]) => types.has(column) && !fits(types.get(column) ?? '', type))
      .map(([column, type]) => `column "${column}" is ${types.get(column)}, not ${type}`);
    const isNested = declared.some(([column]) => /\]$|^(STRUCT|MAP|UNION)\b/.test(types.get(column) ?? ''));
    const present = columns.map((column) => column.name);
    // The order means nothing here.
    const inOrder = [
      ...names.filter((column) => types.has(column)),
      ...present.filter((column) => !names.includes(column)),
    ];
    const differences = [columnDifferences(inOrder, names), ...wrongTypes].filter((piece) => piece !== undefined);
    if (differences.length === 0) return types;
    throw new DaybreakError('NotAsDeclared', {
      where,
      what: differences.join(', '),
      expected: `the columns ${declared.map((column) => column.join(' ')).join(', ')}`,
      next: isNested
        ? 'deliver lists and structures as JSON text (VARCHAR), or as a table of their own'
        : 'deliver the file with these columns, or change `columns` in pipeline.yaml',
    });
  }

  async function planFile(file: string, found: Identity, read: ReadOptions): Promise<PartPlan[]> {
    await fileTypes(file, read);
    const sql = `SELECT row_group_id, any_value(row_group_num_rows) AS records, sum(total_compressed_size)::BIGINT AS bytes
      FROM parquet_metadata(${exactPath(file)}) GROUP BY row_group_id ORDER BY row_group_id`;
    const { rows } = await session
      .query(sql, { ...withSignal(read), limit: MAX_ROW_GROUPS })
      .catch((error: unknown) => {
        throw damaged(error, shown(file, folder));
      });
    const partBytes = byteCount(definition.part);
    const parts: PartPlan[] = [];
    let from = 0;
    let to = 0;
    let bytes = 0;
    const close = () => {
      if (to > from) {
        const { size, mtimeNs } = found;
        parts.push({ file, size, mtimeNs, from, to, firstRecord: from + 1, records: to - from, bytes });
      }
      from = to;
      bytes = 0;
    };
    for (const row of rows) {
      const [records, size] = [Number(row.records), Number(row.bytes)];
      if (!Number.isSafeInteger(records) || records < 0) {
        throw new DaybreakError('NotAsDeclared', {
          where: shown(file, folder),
          what: `row group ${String(row.row_group_id)} says that it has ${String(row.records)} rows`,
          next: 'deliver the file again',
        });
      }
      to += records;
      bytes += Number.isFinite(size) ? Math.max(size, 0) : 0;
      if (bytes >= partBytes) close();
    }
    close();
    return parts;
  }

  /** The part's rows with declared types, and what is wrong with a row or what it was, for those who ask. */
  function typedRows(part: PartPlan, types: ReadonlyMap<string, string>): string {
    const casts = declared.map(([column, type]) => `CAST(${identifier(column)} AS ${type}) AS ${identifier(column)}`);
    const problems = declared
      .filter(([column]) => types.get(column) === 'TIMESTAMP_NS')
      .map(([column]) => {
        const text = identifier(column);
        const reason = literal(`${column}: has more than 6 decimals of a second`);
        return `CASE WHEN CAST(CAST(${text} AS TIMESTAMP) AS TIMESTAMP_NS) <> ${text} THEN ${reason} END`;
      });
    const problem =
      problems.length === 0 ? 'CAST(NULL AS VARCHAR)' : `nullif(concat_ws('; ', ${problems.join(', ')}), '')`;
    const raw = `to_json({${names.map((column) => `${literal(column)}: ${identifier(column)}`).join(', ')}})::VARCHAR`;
    return `SELECT ${casts.join(', ')}, ${problem} AS daybreak_problem, ${raw} AS daybreak_raw, file_row_number
      FROM read_parquet(${exactPath(part.file)}, file_row_number=true)
      WHERE file_row_number >= ${part.from} AND file_row_number < ${part.to}`;
  }

  return {
    async plan(read = {}) {
      const files = await sourceFiles(name, definition, folder);
      const found = await Promise.all(files.map((file) => identity(file, shown(file, folder))));
      const total = found.reduce((sum, { size }) => sum + size, 0);
      const parts: PartPlan[] = [];
      let done = 0;
      for (const [index, file] of files.entries()) {
        read.signal?.throwIfAborted();
        const known = found[index] as Identity;
        parts.push(...(await planFile(file, known, read)));
        await verifyUnchanged(file, known, shown(file, folder));
        done += known.size;
        read.onProgress?.(done, total);
      }
      return parts;
    },

    async read(part, target, read = {}) {
      const where = shown(part.file, folder);
      return await guardedRead(part, target, where, async () => {
        const types = await fileTypes(part.file, read);
        const typed = typedRows(part, types);
        const good = `daybreak_problem IS NULL AND ${accepted(definition.accept)}`;
        const failed = async (error: unknown) => {
          if (!SQL_ERROR.test((error as Error).message)) throw damaged(error, where);
          throw await failingRecord(
            error,
            {
              ...{ session, name, where, part, mapping },
              // In this order: a condition is asked of these records only.
              rows: (first, last) => `SELECT ${identifiers(names)} FROM (${typed})
                WHERE CASE WHEN file_row_number + 1 BETWEEN ${first} AND ${last} THEN ${good} ELSE false END`,
              raw: (record) => `SELECT daybreak_raw FROM (${typed}) WHERE file_row_number + 1 = ${record}`,
            },
            read,
          );
        };
        const source = `SELECT ${identifiers(names)} FROM (${typed}) WHERE ${good}`;
        const written = await copyRows(session, copyTo(mapped(source, mapping), target.data), read, (fraction) =>
          read.onProgress?.(Math.floor(part.records * fraction), part.records),
        ).catch(failed);
        let quarantined = 0;
        if (written !== part.records) {
          const reason = `coalesce(daybreak_problem, ${notAccepted(definition.accept)})`;
          const set = `SELECT ${literal(where)} AS file, file_row_number + 1 AS record, ${reason} AS reason,
            left(daybreak_raw, ${MAX_RAW}) AS raw FROM (${typed}) WHERE NOT (${good}) ORDER BY record`;
          quarantined = await copyRows(session, copyTo(set, target.quarantine), read).catch(failed);
          if (quarantined === 0) await rm(target.quarantine, { force: true });
        }
        if (mapping === undefined && written + quarantined !== part.records) {
          throw new DaybreakError('NotAsDeclared', {
            where,
            what: `the file gave ${written + quarantined} rows where its footer says ${part.records}`,
            next: 'deliver the file again',
          });
        }
        conserve(`${where}, records from ${part.firstRecord}`, mapping, part.records, written, quarantined);
        read.onProgress?.(part.records, part.records);
        const made = await describe(session, target.data, definition.key, read).catch((error: unknown) => {
          throw declaredSqlFailure(error, name);
        });
        return { rows: written, quarantined, ...made };
      });
    },
  };
}
