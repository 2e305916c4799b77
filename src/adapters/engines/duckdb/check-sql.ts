/** Checks as SQL: each gives one row of what was observed, and a SELECT of the rows that fail. */
import type { Check } from '../../../domain/definition';
import { identifier, identifiers, literal, liveName } from '../../../domain/sql';
import { milliseconds } from '../../../domain/window';
import { atMostDrift, type Measurement } from '../../../domain/verdict';
import type { Row } from './protocol';

export interface CheckSql {
  /** Aggregates over the subject, measured together with those of other checks in one scan. */
  readonly aggregates?: readonly string[];
  /** A query of its own, one row. */
  readonly query?: string;
  /** Rows that fail; bounded by whoever runs it. */
  readonly failing?: string;
  readonly expected: string;
  /** From the values of the aggregates or of the query's row, in their order. */
  readonly judge: (values: readonly unknown[]) => Measurement;
}

const count = (value: unknown): bigint => BigInt(String(value ?? 0));
const percent = (part: bigint, whole: bigint) =>
  whole === 0n ? '0 %' : `${((Number(part) / Number(whole)) * 100).toFixed(3)} %`;

/** `failed / rows ≤ share`, compared exactly: the share has at most 9 decimals. */
export function withinShare(failed: bigint, rows: bigint, share: number): boolean {
  return failed * 1_000_000_000n <= rows * BigInt(Math.round(share * 1e9));
}

/** 0.07 × 100 is 7, not 7.000000000000001. */
const allowed = (share: number) => (share === 0 ? 'none' : `at most ${Number((share * 100).toPrecision(12))} %`);

/** Judges how many of all rows fail. */
const shareJudge =
  (share: number, expected: string): CheckSql['judge'] =>
  ([rows, failed]) => ({
    passed: withinShare(count(failed), count(rows), share),
    observed: `${count(failed)} of ${count(rows)} rows (${percent(count(failed), count(rows))})`,
    expected,
    clean: count(failed) === 0n,
  });

/** A check that counts rows for which a condition holds. */
function counting(table: string, condition: string, share: number, what: string): CheckSql {
  const expected = `${allowed(share)} ${what}`;
  return {
    aggregates: ['count(*)', `count(*) FILTER (WHERE ${condition})`],
    failing: `SELECT * FROM ${table} WHERE ${condition}`,
    expected,
    judge: shareJudge(share, expected),
  };
}

/** A share of nothing counts as this, so that a value that came or went has a logarithm. */
const LEAST_SHARE = 0.0001;

/** Each value's share now and in the live edition, and what it adds to the population stability index. */
const driftSql = (now: string, live: string, column: string) => `
  SELECT value, share, live_share, (share - live_share) * ln(share / live_share) AS psi
  FROM (
    SELECT value,
      greatest(sum(here) / NULLIF(sum(sum(here)) OVER (), 0), ${LEAST_SHARE}) AS share,
      greatest(sum(there) / NULLIF(sum(sum(there)) OVER (), 0), ${LEAST_SHARE}) AS live_share
    FROM (
      SELECT ${column}::VARCHAR AS value, 1 AS here, 0 AS there FROM ${now}
      UNION ALL
      SELECT ${column}::VARCHAR, 0, 1 FROM ${live}
    )
    GROUP BY value
  )`;

const bound = (value: number | string) => (typeof value === 'number' ? String(value) : literal(value));
const scalar = (value: string | number | boolean) => (typeof value === 'string' ? literal(value) : String(value));

/** The check of a table as SQL. `asOf` is the local midnight that freshness is measured against. */
export function checkSql(check: Check, subject: string): CheckSql {
  const table = identifier(subject);
  switch (check.type) {
    case 'not_null': {
      const condition = check.columns.map((column) => `${identifier(column)} IS NULL`).join(' OR ');
      return counting(table, condition, check.max_share, `NULL in ${check.columns.join(', ')}`);
    }
    case 'accepted_values': {
      const column = identifier(check.column);
      const condition = `${column} IS NOT NULL AND ${column} NOT IN (${check.values.map(scalar).join(', ')})`;
      return counting(table, condition, check.max_share, `outside ${check.values.join(', ')}`);
    }
    case 'range': {
      const column = identifier(check.column);
      const below = check.min === undefined ? [] : [`${column} < ${bound(check.min)}`];
      const above = check.max === undefined ? [] : [`${column} > ${bound(check.max)}`];
      const condition = [...below, ...above].join(' OR ') || 'false';
      return counting(table, condition, check.max_share, `outside [${check.min ?? '−∞'}, ${check.max ?? '∞'}]`);
    }
    case 'expression':
      return counting(table, `(${check.expression}\n) IS NOT TRUE`, check.max_share, `where not ${check.expression}`);
    case 'references': {
      const target = check.to_columns ?? check.columns;
      const left = check.columns.map((column) => `child.${identifier(column)}`);
      const on = left.map((column, index) => `parent.${identifier(target[index] ?? '')} = ${column}`).join(' AND ');
      const given = left.map((column) => `${column} IS NOT NULL`).join(' AND ');
      const orphans = `FROM ${table} AS child ANTI JOIN ${identifier(check.to)} AS parent ON ${on} WHERE ${given}`;
      const expected = `${allowed(check.max_share)} without a row in ${check.to}`;
      return {
        query: `SELECT (SELECT count(*) FROM ${table}) AS given, (SELECT count(*) ${orphans}) AS orphans`,
        failing: `SELECT child.* ${orphans}`,
        expected,
        judge: shareJudge(check.max_share, expected),
      };
    }
    case 'unique': {
      const columns = identifiers(check.columns);
      const doubled = `SELECT ${columns}, count(*) AS times FROM ${table} GROUP BY ${columns} HAVING count(*) > 1`;
      return {
        query: `SELECT count(*) FROM (${doubled})`,
        failing: doubled,
        expected: `each ${check.columns.join(', ')} once`,
        judge: ([doubles]) => ({
          passed: count(doubles) === 0n,
          observed: `${count(doubles)} values more than once`,
          expected: `each ${check.columns.join(', ')} once`,
          clean: count(doubles) === 0n,
        }),
      };
    }
    case 'row_count': {
      const expected = `${check.min ?? 0} to ${check.max ?? 'any number of'} rows`;
      return {
        aggregates: ['count(*)'],
        expected,
        judge: ([rows]) => ({
          passed:
            count(rows) >= BigInt(check.min ?? 0) && (check.max === undefined || count(rows) <= BigInt(check.max)),
          observed: `${count(rows)} rows`,
          expected,
        }),
      };
    }
    case 'freshness': {
      const seconds = milliseconds(check.max_age) / 1000;
      const expected = `newest ${check.column} at most ${check.max_age} before as_of`;
      const column = identifier(check.column);
      // Of the days that the run is about: what came after them says nothing about them. A day of a zone is dear to work
      // out, and only needed near midnight.
      const midnight = "getvariable('as_of')::TIMESTAMPTZ";
      const before = `CASE
        WHEN ${column}::TIMESTAMPTZ < ${midnight} - INTERVAL 6 HOURS THEN true
        WHEN ${column}::TIMESTAMPTZ > ${midnight} + INTERVAL 6 HOURS THEN false
        ELSE ${column}::DATE < getvariable('as_of') END`;
      const newest = `max(${column}::TIMESTAMPTZ) FILTER (WHERE ${before})`;
      return {
        aggregates: [
          `${newest}::VARCHAR`,
          `${newest} >= getvariable('as_of')::TIMESTAMPTZ - INTERVAL '${seconds} seconds'`,
        ],
        expected,
        judge: ([at, fresh]) => ({
          passed: fresh === true,
          observed: at === null ? 'no row before as_of' : `newest ${String(at)}`,
          expected,
        }),
      };
    }
    case 'drift': {
      const shares = driftSql(table, identifier(liveName(subject)), identifier(check.column));
      const expected = atMostDrift(check.max);
      return {
        query: `SELECT round(coalesce(sum(psi), 0), 6) AS psi FROM (${shares})`,
        failing: `${shares} ORDER BY psi DESC, value`,
        expected,
        judge: ([psi]) => ({ passed: Number(psi) <= check.max, observed: Number(psi).toFixed(4), expected }),
      };
    }
    case 'reconcile': {
      const expected = 'both figures equal';
      return {
        query: `SELECT l::VARCHAR AS l, r::VARCHAR AS r, l = r AS equal, (l - r)::VARCHAR AS difference FROM (SELECT (${check.left}\n) AS l, (${check.right}\n) AS r)`,
        expected,
        judge: ([left, right, equal, difference]) => ({
          passed: equal === true,
          observed:
            equal === true
              ? `both ${String(left)}`
              : `${String(left)} and ${String(right)}, difference ${String(difference)}`,
          expected,
        }),
      };
    }
    case 'sql':
      return {
        query: `SELECT count(*) FROM (${check.sql}\n)`,
        failing: check.sql,
        expected: 'no row',
        judge: ([rows]) => ({ passed: count(rows) === 0n, observed: `${count(rows)} rows`, expected: 'no row' }),
      };
  }
}

/** Values of a row in the order of its columns. */
export const valuesOf = (columns: readonly { readonly name: string }[], row: Row | undefined): unknown[] =>
  columns.map(({ name }) => row?.[name] ?? null);
