/** What both kinds of files end in: Parquet of accepted rows and of quarantined ones, and the figures about them. */
import { columnList, type Condition, expressionOf, type SourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { identifier, identifiers, literal } from '../../domain/sql';
import type { Session } from '../engines/duckdb/client';
import { INTERMEDIATE } from '../engines/duckdb/parquet';
import type { Column, ReadOptions } from '../source';

/** All of these hold; nothing is excluded where there are none. */
export const accepted = (conditions: readonly Condition[]): string =>
  conditions.length === 0
    ? 'true'
    : conditions.map((condition) => `((${expressionOf(condition)}\n) IS TRUE)`).join(' AND ');

/** Characters of a value that a reason shows, as `show` does. */
const SHOWN = 80;

/** SQL of why a condition does not hold: in its own words with the value, else itself. */
function reasonOf(condition: Condition): string {
  if (typeof condition === 'string') return literal(`not accepted: ${condition}`);
  const value = `CAST(${identifier(condition.column)} AS VARCHAR)`;
  const cut = `CASE WHEN length(${value}) > ${SHOWN} THEN left(${value}, ${SHOWN}) || '…' ELSE ${value} END`;
  const shown = `coalesce(CAST(to_json(${cut}) AS VARCHAR), 'nothing')`;
  return `${literal(`${condition.column}: `)} || ${shown} || ${literal(` ${condition.reason}`)}`;
}

/** Which conditions do not hold, as a reason; NULL where there are none. */
export function notAccepted(conditions: readonly Condition[]): string {
  if (conditions.length === 0) return 'CAST(NULL AS VARCHAR)';
  const reasons = conditions.map(
    (condition) => `CASE WHEN (${expressionOf(condition)}\n) IS TRUE THEN NULL ELSE ${reasonOf(condition)} END`,
  );
  return `concat_ws('; ', ${reasons.join(', ')})`;
}

/** The mapping over the typed rows, which `from` selects under the declared names. */
export function mapped(from: string, mapping: string | undefined): string {
  const body = (mapping ?? 'SELECT * FROM source').trim().replace(/;\s*$/, '');
  return `WITH source AS NOT MATERIALIZED (${from}\n) SELECT * FROM (${body}\n)`;
}

export const copyTo = (select: string, path: string): string =>
  `COPY (${select}\n) TO ${literal(path)} ${INTERMEDIATE}`;

/** Runs a COPY and gives the rows it wrote. */
export async function copyRows(
  session: Session,
  sql: string,
  options: ReadOptions,
  onFraction: (fraction: number) => void = () => undefined,
): Promise<number> {
  const { rows } = await session.query(sql, {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: onFraction,
  });
  return Number(rows[0]?.Count);
}

export interface Written {
  readonly schema: readonly Column[];
  readonly keyChecksum: string | null;
}

/** Schema and checksum of the keys of what was written. */
export async function describe(
  session: Session,
  path: string,
  key: readonly string[] | undefined,
  options: ReadOptions,
): Promise<Written> {
  const settings = options.signal === undefined ? {} : { signal: options.signal };
  const file = `read_parquet(${literal(path)})`;
  const { columns } = await session.query(`SELECT * FROM ${file} LIMIT 0`, settings);
  const schema = columns.map(({ name, type }) => ({ name, type }));
  if (key === undefined) return { schema, keyChecksum: null };
  const sum = `SELECT coalesce(sum(hash(${identifiers(key)})), 0)::VARCHAR AS checksum FROM ${file}`;
  const { rows } = await session.query(sum, settings);
  return { schema, keyChecksum: String(rows[0]?.checksum) };
}

/** A SELECT without rows that has the columns of the source's table, for an optional source without a file. */
export function emptySelect(definition: SourceDefinition, mapping?: string): string {
  const columns = columnList(definition).map(({ name, type }) => `CAST(NULL AS ${type}) AS ${identifiers([name])}`);
  return mapped(`SELECT ${columns.join(', ')} WHERE false`, mapping);
}

/** Every record is a row or in quarantine; anything else is an error, whoever made it. */
export function conserve(where: string, mapping: string | undefined, records: number, rows: number, set: number): void {
  if (rows + set === records) return;
  const counted = `${records} records gave ${rows} rows and ${set} quarantined`;
  if (mapping === undefined) {
    throw new DaybreakError('Bug', { where, what: counted, next: 'report this with the file' });
  }
  throw new DaybreakError('BadDefinition', {
    where,
    what: `${counted}, so the mapping drops or doubles rows`,
    expected: 'a mapping that gives one row for each record',
    next: 'leave WHERE, joins and unnest to a model, or declare what to set aside under `accept`',
  });
}

/** An error of the SQL that a pipeline declares, said as such. */
export function declaredSqlFailure(error: unknown, name: string): unknown {
  if (!(error instanceof DaybreakError) || error.kind !== 'ModelFailed') return error;
  return new DaybreakError(
    'BadDefinition',
    { where: `source ${name}`, what: error.message, next: 'correct `mapping`, `accept` or `key` of the source' },
    { cause: error },
  );
}
