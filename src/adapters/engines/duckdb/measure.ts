/** Measures checks: what can share one scan of a table does; a mistake of one check stays its own. */
import type { Check } from '../../../domain/definition';
import { identifier } from '../../../domain/sql';
import type { Measurement } from '../../../domain/verdict';
import type { QueryRows } from '../../engine';
import { type CheckSql, checkSql, valuesOf } from './check-sql';
import type { QueryOptions, Session } from './client';

const SAMPLE_ROWS = 20;

export interface Measured {
  readonly measurement: Measurement;
  readonly sample: QueryRows | null;
}

interface Item {
  readonly sql: CheckSql;
  readonly subject: string;
}

/** All aggregates of a table in one SELECT; each check gets its own values back. */
async function scan(
  session: Session,
  subject: string,
  items: readonly Item[],
  options: QueryOptions,
): Promise<unknown[][]> {
  const aggregates = items.flatMap((item) => item.sql.aggregates ?? []);
  const aliased = aggregates.map((aggregate, index) => `${aggregate} AS a${index}`);
  const { columns, rows } = await session.query(`SELECT ${aliased.join(', ')} FROM ${identifier(subject)}`, options);
  const values = valuesOf(columns, rows[0]);
  let at = 0;
  return items.map((item) => {
    const own = values.slice(at, at + (item.sql.aggregates?.length ?? 0));
    at += own.length;
    return own;
  });
}

async function single(session: Session, item: Item, options: QueryOptions): Promise<Measurement> {
  try {
    if (item.sql.query === undefined) {
      const [values = []] = await scan(session, item.subject, [item], options);
      return item.sql.judge(values);
    }
    const { columns, rows } = await session.query(item.sql.query, options);
    return item.sql.judge(valuesOf(columns, rows[0]));
  } catch (error) {
    // A stop of the whole run, or of the engine, is not the check's mistake.
    options.signal?.throwIfAborted();
    if (isEngineFailure(error)) throw error;
    return {
      error: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      expected: item.sql.expected,
    };
  }
}

const isEngineFailure = (error: unknown) => (error as { kind?: string }).kind === 'EngineCrashed';

export async function measure(
  session: Session,
  checks: readonly { readonly check: Check; readonly subject: string }[],
  options: QueryOptions,
): Promise<Measured[]> {
  const items = checks.map(({ check, subject }) => ({ sql: checkSql(check, subject), subject }));
  const measured = new Map<Item, Measurement>();
  for (const subject of new Set(items.map((item) => item.subject))) {
    const together = items.filter((item) => item.subject === subject && item.sql.aggregates !== undefined);
    if (together.length < 2) continue;
    try {
      const values = await scan(session, subject, together, options);
      together.forEach((item, index) => measured.set(item, item.sql.judge(values[index] ?? [])));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isEngineFailure(error)) throw error;
      // One of them is wrong; measured one by one, the others still count.
    }
  }
  const results: Measured[] = [];
  for (const item of items) {
    const measurement = measured.get(item) ?? (await single(session, item, options));
    const failed = 'passed' in measurement && !measurement.passed;
    results.push({ measurement, sample: failed ? await sampleOf(session, item.sql, options) : null });
  }
  return results;
}

async function sampleOf(session: Session, sql: CheckSql, options: QueryOptions): Promise<QueryRows | null> {
  if (sql.failing === undefined) return null;
  return await session.query(sql.failing, { ...options, limit: SAMPLE_ROWS }).catch(() => null);
}
