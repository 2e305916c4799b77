/** Why a text is no value of its type, in words; the same judgement as the proof's, and range limits besides. */
import { lexes } from './lexer';

const INTEGER_BITS: Record<string, bigint> = { BIGINT: 64n, INTEGER: 32n, SMALLINT: 16n };
/** So many digits are in the range, whatever they are. */
const SAFE_DIGITS: Record<string, number> = { BIGINT: 18, INTEGER: 9, SMALLINT: 4 };
const EXPECTED: Record<string, string> = {
  BIGINT: 'a whole number',
  INTEGER: 'a whole number',
  SMALLINT: 'a whole number',
  DOUBLE: 'a finite number such as 12.5 or 1e-3',
  FLOAT: 'a finite number such as 12.5 or 1e-3',
  BOOLEAN: 'true or false',
  DATE: 'a day such as 2026-08-31',
  TIMESTAMP: 'a time without offset such as 2026-08-31 10:20:30.123456',
  TIMESTAMPTZ: 'a time with offset such as 2026-08-31T10:20:30Z or 2026-08-31 10:20:30.123456+02:00',
};
const SHOWN = 80;

/** A value in a message: quoted, with control characters escaped, cut when long. */
export function show(text: string): string {
  const cut = text.length > SHOWN ? `${[...text.slice(0, SHOWN + 1)].slice(0, SHOWN).join('')}…` : text;
  return JSON.stringify(cut);
}

function integerProblem(type: string, text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return `is no ${type}: expected ${EXPECTED[type]}`;
  if (text.length <= (SAFE_DIGITS[type] ?? 0)) return undefined;
  const digits = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  const bits = INTEGER_BITS[type] ?? 64n;
  const inRange = digits.length <= 20 && BigInt.asIntN(Number(bits), BigInt(digits)) === BigInt(digits);
  return inRange ? undefined : `is out of the range of ${type}`;
}

function decimalProblem(type: string, text: string): string | undefined {
  const [, precision, scale] = /^DECIMAL\((\d+),\s?(\d+)\)$/.exec(type) ?? [];
  const [, whole, decimals = ''] = /^[+-]?(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined || whole + decimals === '') return `is no ${type}: expected a number such as 12.50`;
  if (decimals.length > Number(scale)) return `has more than ${scale} decimals`;
  const room = Number(precision) - Number(scale);
  return whole.replace(/^0+/, '').length > room ? `has more than ${room} digits before the point` : undefined;
}

/** A number as a DOUBLE or, rounded once more, as a FLOAT holds it. */
export const binaryNumber = (type: string, text: string): number =>
  type === 'FLOAT' ? Math.fround(Number(text)) : Number(text);

function binaryProblem(type: string, text: string): string | undefined {
  const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text);
  if (isNumber && Number.isFinite(binaryNumber(type, text))) return undefined;
  return `is no ${type}: expected ${EXPECTED[type]}`;
}

/** `has more than 4 decimals`; undefined for a proper value. */
export function valueProblem(type: string, text: string): string | undefined {
  if (type === 'VARCHAR') return undefined;
  if (type in INTEGER_BITS) return integerProblem(type, text);
  if (type.startsWith('DECIMAL')) return decimalProblem(type, text);
  if (type === 'DOUBLE' || type === 'FLOAT') return binaryProblem(type, text);
  if (lexes(type, text)) return undefined;
  if (type.startsWith('TIMESTAMP') && /\.\d{7,}/.test(text)) return 'has more than 6 decimals of a second';
  return `is no ${type}: expected ${EXPECTED[type]}`;
}

/**
 * A proper value in the form that the engine reads without doubt; only numbers with needless digits, such as hundreds
 * of leading zeros, differ from the text.
 */
export function canonical(type: string, text: string): string {
  if (type in INTEGER_BITS) return /^[1-9]\d*$/.test(text) ? text : String(BigInt(text.replace(/^\+/, '')));
  return type.startsWith('DECIMAL') ? text.replace(/^([+-]?)0+(?=\d)/, '$1') : text;
}
