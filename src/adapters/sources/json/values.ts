/** Why a JSON value is no value of a column's type, and the text of one that is; the same judgement as that of CSV. */
import { isNumeric } from '../../../domain/sql';
import { binaryNumber, show, valueProblem } from '../csv/values';
import type { Field } from '../text/records';
import { textOf } from './members';

export type Judged = { readonly field: Field } | { readonly problem: string };

/** No type has so many digits; a number beyond is out of range, or has too many decimals, however it is written. */
const MOST_DIGITS = 100;

/**
 * A JSON number without exponent and needless zeros: `1.50e1` is `15`. One that no type holds stays one, but is not
 * written out: `1e999999999` has some hundred digits.
 */
export function plainNumber(number: string): string {
  const [, sign = '', whole = '', decimals = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const all = whole + decimals;
  const digits = all.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return '0';
  const leading = all.length - all.replace(/^0+/, '').length;
  const point = Math.max(
    -MOST_DIGITS,
    Math.min(digits.length + MOST_DIGITS, whole.length - leading + Number(exponent)),
  );
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function judgeNumber(type: string, number: string): Judged {
  if (!isNumeric(type)) {
    const instead = type === 'BOOLEAN' ? 'true or false' : 'a text in quotes';
    return { problem: `the number ${cut(number)} is no ${type}: expected ${instead}` };
  }
  if (type === 'DOUBLE' || type === 'FLOAT') {
    const value = binaryNumber(type, number);
    const vanished = value === 0 && /^[-.0]*[1-9]/.test(number);
    if (Number.isFinite(value) && !vanished) return { field: String(value) };
    return { problem: `${cut(number)} is out of the range of ${type}` };
  }
  if (valueProblem(type, number) === undefined) return { field: number };
  const plain = plainNumber(number);
  const problem = valueProblem(type, plain);
  return problem === undefined ? { field: plain } : { problem: `${cut(number)} ${problem}` };
}

function judgeText(type: string, token: string): Judged {
  const text = textOf(token);
  if (type === 'BOOLEAN') return { problem: `the text ${show(text)} is no BOOLEAN: expected true or false` };
  if (token.includes('\\')) {
    if (text.includes('\0')) return { problem: 'a NUL character' };
    if (!text.isWellFormed()) return { problem: 'half a surrogate pair, which is no character' };
  }
  const problem = valueProblem(type, text);
  return problem === undefined ? { field: text } : { problem: `${show(text)} ${problem}` };
}

const cut = (token: string) => (token.length > 80 ? `${token.slice(0, 80)}…` : token);

/** A value as it is written: null is NULL, an array or object is its own text in a VARCHAR. */
export function judge(type: string, token: string): Judged {
  switch (token[0]) {
    case 'n':
      return { field: null };
    case 't':
    case 'f':
      if (type === 'BOOLEAN') return { field: token };
      return { problem: `${token} is no ${type}` };
    case '"':
      return judgeText(type, token);
    case '{':
    case '[':
      if (type === 'VARCHAR') return { field: token };
      return { problem: `${token[0] === '{' ? 'an object' : 'an array'} is no ${type}` };
    default:
      return judgeNumber(type, token);
  }
}
