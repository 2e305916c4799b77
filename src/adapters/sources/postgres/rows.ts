/** From the CSV that Postgres sent to Parquet: accepted rows, quarantined ones, and what is deleted. */
import type { Condition } from '../../../domain/definition';
import { rm } from 'node:fs/promises';
import { DaybreakError } from '../../../domain/failure';
import { identifier, identifiers, literal } from '../../../domain/sql';
import type { Session } from '../../engines/duckdb/client';
import type { PartRead, PartTarget, ReadOptions } from '../../source';
import { plainBytes } from '../bytes';
import { lineBreaks } from '../csv/copy';
import { accepted, conserve, copyRows, copyTo, declaredSqlFailure, describe, mapped, notAccepted } from '../output';
import { csvReader } from '../text';
import { type Reading, reading, sent } from './types';

/** The engine's threads take a buffer each. */
const BUFFER = 8_000_000;
/** Bytes of the longest row that can be read. */
const MAX_ROW = 256_000_000;
/** Characters of a row that the quarantine keeps. */
const MAX_RAW = 65_536;
/** Stands before text, whose first character the engine could take for a mark of the encoding. */
const FIRST = { name: 'daybreak_first', type: 'SMALLINT' };

export interface RowColumn {
  readonly name: string;
  /** As declared. */
  readonly declared: string;
  /** As Postgres has it. */
  readonly type: string;
}

/** What is declared about rows of a table. */
export interface RowForm {
  readonly name: string;
  /** As people know the table: `shop.orders`. */
  readonly where: string;
  readonly columns: readonly RowColumn[];
  readonly key: readonly string[];
  /** What must not be NULL: keys, and what refers to the parent. */
  readonly needed: readonly string[];
  readonly softDelete: string | undefined;
  readonly accept: readonly Condition[];
  readonly mapping: string | undefined;
}

/** What a COPY wrote. */
export interface Sent {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

const leads = (columns: readonly RowColumn[]) => columns.length === 1 || columns[0]?.declared === 'VARCHAR';

/** What to ask Postgres for, of a table that is called `t`. */
export const sentColumns = (columns: readonly RowColumn[]): string =>
  [
    ...(leads(columns) ? ['1'] : []),
    ...columns.map(({ name, type, declared }) => sent(`t.${identifier(name)}`, type, declared)),
  ].join(', ');

const readings = (columns: readonly RowColumn[], trust: boolean): Reading[] =>
  columns.map(({ name, type, declared }) => reading(name, type, declared, trust));

/** Whether readers may begin in the middle: it is worth it, and no line break is inside of a value. */
async function isParallel({ path, rows, bytes }: Sent): Promise<boolean> {
  if (bytes <= BUFFER) return false;
  let lines = 0;
  for await (const chunk of plainBytes(path, 0, bytes, true)) lines += lineBreaks(chunk);
  return lines === rows;
}

function scan(
  columns: readonly RowColumn[],
  read: readonly Reading[],
  path: string,
  longest: number,
  parallel: boolean,
) {
  const all = [...(leads(columns) ? [FIRST] : []), ...read.map(({ name, reads }) => ({ name, type: reads }))];
  return csvReader(
    path,
    all,
    `delim=',', quote='"', escape='"', new_line='\\n', max_line_size=${longest}, buffer_size=${longest}, parallel=${parallel}`,
  );
}

/** The CSV as text, whatever is in it. */
const asTexts = (columns: readonly RowColumn[], { path, bytes }: Sent): string =>
  scan(columns, readings(columns, false), path, Math.min(Math.max(bytes, BUFFER), MAX_ROW), false);

/** Rows with declared types; `daybreak_sound`, `daybreak_deleted`, and for those who ask the problem and the row as text. */
function typedRows(form: RowForm, csv: string, read: readonly Reading[]): string {
  const { columns, needed, key, softDelete } = form;
  const values = read.map(({ name, value }) => `${value} AS ${identifier(name)}`);
  const sound = [
    ...needed.map((name) => `${identifier(name)} IS NOT NULL`),
    ...read.flatMap(({ name, proper }) => (proper === undefined ? [] : [`(${identifier(name)} IS NULL OR ${proper})`])),
  ];
  const problems = [
    ...needed.map(
      (name) => `CASE WHEN ${identifier(name)} IS NULL THEN ${literal(`${name}: is NULL, and is a key`)} END`,
    ),
    ...read.flatMap(({ name, proper, reason }) =>
      proper === undefined ? [] : [`CASE WHEN ${identifier(name)} IS NOT NULL AND NOT ${proper} THEN ${reason} END`],
    ),
  ];
  const flag = columns.find(({ name }) => name === softDelete);
  const deleted =
    flag === undefined
      ? 'false'
      : flag.type === 'boolean'
        ? `CAST(${identifier(flag.name)} AS BOOLEAN) IS TRUE`
        : `${identifier(flag.name)} IS NOT NULL`;
  const shown = [...key, ...columns.map(({ name }) => name).filter((name) => !key.includes(name))];
  const raw = `to_json({${shown.map((name) => `${literal(name)}: ${identifier(name)}`).join(', ')}})::VARCHAR`;
  return `SELECT ${values.join(', ')}, ${sound.length === 0 ? 'true' : sound.join(' AND ')} AS daybreak_sound,
    ${deleted} AS daybreak_deleted, nullif(concat_ws('; ', ${problems.join(', ')}), '') AS daybreak_problem,
    ${raw} AS daybreak_raw FROM ${csv}`;
}

/** What the engine cannot read as CSV at all. */
function unreadable(error: unknown, form: RowForm): unknown {
  const { message } = error as Error;
  if (
    !(error instanceof DaybreakError) ||
    !/^(Invalid Input|Conversion) Error: (CSV Error|Invalid unicode)/.test(message)
  )
    return declaredSqlFailure(error, form.name);
  const next = 'look for text in another encoding than that of the database, or for values of more than 256 MB';
  return new DaybreakError('NotAsDeclared', { where: form.where, what: message, next }, { cause: error });
}

export type RowsRead = PartRead & { readonly deleted: number };

/** Writes the rows of a COPY; each of them is a row, quarantined or deleted. */
export async function writeRows(
  session: Session,
  form: RowForm,
  given: Sent,
  target: PartTarget,
  options: ReadOptions,
): Promise<RowsRead> {
  const { columns, accept, mapping } = form;
  const parallel = await isParallel(given);
  const typed = (trust: boolean) => {
    const read = readings(columns, trust);
    const csv = trust ? scan(columns, read, given.path, BUFFER, parallel) : asTexts(columns, given);
    return typedRows(form, csv, read);
  };
  const good = `NOT daybreak_deleted AND daybreak_sound AND ${accepted(accept)}`;
  const write = async (trust: boolean) => {
    const names = identifiers(columns.map(({ name }) => name));
    const rows = `SELECT ${names} FROM (${typed(trust)}) WHERE ${good}`;
    return await copyRows(session, copyTo(mapped(rows, mapping), target.data), options, (fraction) =>
      options.onProgress?.(Math.floor(given.rows * fraction), given.rows),
    );
  };
  try {
    const rows = await write(true).catch(async (error: unknown) => {
      // A value out of its type's range, for one: it is found as text.
      if (error instanceof DaybreakError && error.kind === 'ModelFailed') return await write(false);
      throw error;
    });
    let [deleted, quarantined] = [0, 0];
    if (rows !== given.rows) {
      if (form.softDelete !== undefined) {
        const flagged = `SELECT count(*)::INTEGER AS deleted FROM (${typed(false)}) WHERE daybreak_deleted`;
        const counted = await session.query(flagged, options.signal === undefined ? {} : { signal: options.signal });
        deleted = Number(counted.rows[0]?.deleted);
      }
      const reason = `coalesce(daybreak_problem, ${notAccepted(accept)})`;
      const set = `SELECT ${literal(form.where)} AS file, row_number() OVER () AS record, ${reason} AS reason,
        left(daybreak_raw, ${MAX_RAW}) AS raw FROM (${typed(false)}) WHERE NOT daybreak_deleted AND NOT (${good})`;
      quarantined = await copyRows(session, copyTo(set, target.quarantine), options);
      if (quarantined === 0) await rm(target.quarantine, { force: true });
    }
    conserve(form.where, mapping, given.rows - deleted, rows, quarantined);
    return { rows, quarantined, deleted, ...(await describe(session, target.data, form.key, options)) };
  } catch (error) {
    throw unreadable(error, form);
  }
}

/** Writes the keys of what a COPY sent, as `names`; gives how many. Keys that are no values of their type are no rows either. */
export async function writeKeys(
  session: Session,
  columns: readonly RowColumn[],
  key: readonly string[],
  given: Sent,
  path: string,
  options: ReadOptions,
): Promise<number> {
  const read = readings(columns, false);
  const keys = read.filter(({ name }) => key.includes(name));
  const values = keys.map(({ name, value }) => `${value} AS ${identifier(name)}`);
  const proper = keys.map(({ name, proper = 'true' }) => `(${identifier(name)} IS NOT NULL AND ${proper})`);
  const csv = asTexts(columns, given);
  return await copyRows(
    session,
    copyTo(`SELECT ${values.join(', ')} FROM ${csv} WHERE ${proper.join(' AND ')}`, path),
    options,
  );
}
