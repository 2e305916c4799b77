/** Which record the declared SQL fails on: an engine's error says what could not be converted, and not where it stood. */
import { DaybreakError } from '../../domain/failure';
import type { Session } from '../engines/duckdb/client';
import type { PartPlan, ReadOptions } from '../source';
import { declaredSqlFailure, mapped } from './output';

/** Characters of a record that the message shows. */
const MAX_SHOWN = 200;

export interface DeclaredSql {
  readonly session: Session;
  /** The source. */
  readonly name: string;
  /** The file, as people know it. */
  readonly where: string;
  readonly part: PartPlan;
  readonly mapping: string | undefined;
  /** A SELECT of the accepted rows among the records from one to another. */
  readonly rows: (first: number, last: number) => string;
  /** A SELECT of a record's own text. */
  readonly raw: (record: number) => string;
}

/** The error of a part's SQL, with the first record that it fails on where it fails on one. */
export async function failingRecord(error: unknown, declared: DeclaredSql, read: ReadOptions): Promise<unknown> {
  if (!(error instanceof DaybreakError) || error.kind !== 'ModelFailed') return error;
  const { session, name, where, part, mapping, rows, raw } = declared;
  const settings = read.signal === undefined ? {} : { signal: read.signal };
  const problem = async (select: string): Promise<string | undefined> => {
    try {
      // Every column has to be computed.
      await session.query(`SELECT bit_xor(hash(each)) FROM (${select}\n) AS each`, settings);
      return undefined;
    } catch (failure) {
      if (!(failure instanceof DaybreakError) || failure.kind !== 'ModelFailed') throw failure;
      return failure.message.split('\n')[0] ?? '';
    }
  };
  const all = { first: part.firstRecord, last: part.firstRecord + part.records - 1 };
  const isOfRecords =
    (await problem(mapped(rows(1, 0), mapping))) === undefined &&
    (await problem(mapped(rows(all.first, all.last), mapping))) !== undefined;
  if (!isOfRecords) return declaredSqlFailure(error, name);
  let { first, last } = all;
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if ((await problem(mapped(rows(first, middle), mapping))) === undefined) first = middle + 1;
    else last = middle;
  }
  const inCondition = await problem(rows(first, first));
  const said = inCondition ?? (await problem(mapped(rows(first, first), mapping)));
  const [text = ''] = Object.values((await session.query(raw(first), settings)).rows[0] ?? {}).map(String);
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return new DaybreakError(
    'BadDefinition',
    {
      where,
      what: `record ${first}: ${inCondition === undefined ? 'the mapping' : 'a condition of accept'} of ${name} fails: ${said}; the record is ${JSON.stringify(shown)}`,
      next: 'convert with try_cast and say with `accept` what is set aside, or deliver the record right',
    },
    { cause: error },
  );
}
