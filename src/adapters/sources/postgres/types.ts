/**
 * Which types of Postgres a declared type holds without loss, and how the text that Postgres writes becomes one. A type
 * is given as the catalogue shows it, of a domain the one that it is based on: `numeric(10,2)`, `character varying(80)`.
 */
import { identifier, literal } from '../../../domain/sql';

const WHOLE: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };
const NUMERIC = /^numeric(?:\((\d+),(-?\d+)\))?$/;
const FLOAT = /^(real|double precision)$/;
const TIME: Readonly<Record<string, RegExp>> = {
  DATE: /^date$/,
  TIMESTAMP: /^timestamp(\(\d\))? without time zone$/,
  TIMESTAMPTZ: /^timestamp(\(\d\))? with time zone$/,
};

const isWhole = (declared: string) => ['BIGINT', 'INTEGER', 'SMALLINT'].includes(declared);

const decimalsOf = (declared: string): number => Number(/^DECIMAL\(\d+,\s?(\d+)\)$/.exec(declared)?.[1] ?? 0);

/** Whether values of the type are values of the declared one; numbers may be too large, or have too many decimals. */
export function holds(type: string, declared: string): boolean {
  if (declared === 'VARCHAR') return true;
  if (isWhole(declared) || declared.startsWith('DECIMAL')) return type in WHOLE || NUMERIC.test(type);
  if (declared === 'DOUBLE') return FLOAT.test(type) || type === 'smallint' || type === 'integer';
  if (declared === 'BOOLEAN') return type === 'boolean';
  return TIME[declared]?.test(type) ?? false;
}

/** A declared type that would hold it, for a message. */
export function suggestion(type: string): string {
  if (type in WHOLE) return type.toUpperCase();
  const [, precision, scale] = NUMERIC.exec(type) ?? [];
  if (precision !== undefined && Number(precision) <= 38 && Number(scale) >= 0) return `DECIMAL(${precision},${scale})`;
  if (NUMERIC.test(type)) return 'DECIMAL(38,10)';
  if (FLOAT.test(type)) return 'DOUBLE';
  if (type === 'boolean') return 'BOOLEAN';
  return Object.keys(TIME).find((declared) => TIME[declared]?.test(type)) ?? 'VARCHAR';
}

/** How Postgres sends a column, whatever the session's settings are. */
export function sent(column: string, type: string, declared: string): string {
  if (declared === 'TIMESTAMPTZ') return `${column} AT TIME ZONE 'UTC'`;
  // A number of 4 bytes is written short; all that it is becomes visible with 8.
  if (declared === 'DOUBLE') return `${column}::float8`;
  return declared === 'VARCHAR' && type === 'boolean' ? `${column}::text` : column;
}

/** A column on its way from text to its declared type. */
export interface Reading {
  readonly name: string;
  /** What the engine's reader makes of the text. */
  readonly reads: string;
  /** From that to the declared type; NULL where it is not possible. */
  readonly value: string;
  /** Whether a text that is not NULL was a proper value; absent where it always is. */
  readonly proper?: string;
  /** Why it was not. */
  readonly reason: string;
}

const shown = (text: string) => `to_json(left(${text}::VARCHAR, 80))::VARCHAR`;

/** Whether the engine refuses loudly what is no value of the declared type, so that it may read it as such. */
function isLoud(type: string, declared: string): boolean {
  const [, , scale] = NUMERIC.exec(type) ?? [];
  // Decimals that are too many would be rounded.
  if (NUMERIC.test(type) && declared !== 'VARCHAR') return scale !== undefined && Number(scale) <= decimalsOf(declared);
  // It takes `0044-03-15 BC` for a day after Christ.
  return declared !== 'DATE';
}

const READS_AS: Readonly<Record<string, string>> = { TIMESTAMPTZ: 'TIMESTAMP' };

/** Reads what is loud as the declared type. */
function trusting(name: string, declared: string): Reading {
  const text = identifier(name);
  const reads = READS_AS[declared] ?? declared;
  const reason = literal(`${name}: is no ${declared}`);
  if (!declared.startsWith('TIMESTAMP')) return { name, reads, value: text, reason };
  const finite = `isfinite(${text})`;
  const instant = `CASE WHEN ${finite} THEN make_timestamptz(epoch_us(${text})) END`;
  return { name, reads, value: declared === 'TIMESTAMP' ? text : instant, proper: finite, reason };
}

/** Reads as text, and converts with checks. */
function checking(name: string, declared: string): Reading {
  const text = identifier(name);
  const is = (problem: string) => `${literal(`${name}: `)} || ${shown(text)} || ${literal(` ${problem}`)}`;
  if (declared === 'VARCHAR') return { name, reads: 'VARCHAR', value: text, reason: is('is no VARCHAR') };
  const value = `TRY_CAST(${text} AS ${READS_AS[declared] ?? declared})`;
  const converted = `${value} IS NOT NULL`;
  if (isWhole(declared) || declared.startsWith('DECIMAL')) {
    const most = decimalsOf(declared);
    const few = `length(rtrim(split_part(${text}, '.', 2), '0')) <= ${most}`;
    const decimals = most === 0 ? 'has decimals' : `has more than ${most} decimals`;
    const reason = `CASE WHEN ${few} THEN ${is(`is no ${declared}`)} ELSE ${is(decimals)} END`;
    return { name, reads: 'VARCHAR', value, proper: `(${few} AND ${converted})`, reason };
  }
  const reason = is(`is no ${declared}`);
  if (declared === 'BOOLEAN' || declared === 'DOUBLE') {
    return { name, reads: 'VARCHAR', value, proper: `(${converted})`, reason };
  }
  const proper = `(${converted} AND NOT ends_with(${text}, ' BC') AND isfinite(${value}))`;
  const instant = `CASE WHEN ${proper} THEN make_timestamptz(epoch_us(${value})) END`;
  return { name, reads: 'VARCHAR', value: declared === 'TIMESTAMPTZ' ? instant : value, proper, reason };
}

/** How a column is read; `trust` as far as the engine can be trusted with its type. */
export const reading = (name: string, type: string, declared: string, trust: boolean): Reading =>
  trust && isLoud(type, declared) ? trusting(name, declared) : checking(name, declared);
