/** Reads one record strictly: its fields, or what is wrong with it. */
import { isUtf8 } from 'node:buffer';
import type { Column } from '../../source';
import type { Field, Parsed } from '../text/records';
import { closing } from './cutter';
import { CR, type Dialect, LF, MAX_RECORD } from './dialect';
import { show, valueProblem } from './values';

/** Bytes of a record that the quarantine keeps. */
const MAX_RAW = 64 << 10;
/** Bad values that a reason names. */
const MAX_NAMED = 3;

const withoutBreak = (bytes: Buffer) => {
  const end = bytes.length;
  if (bytes[end - 1] !== LF) return bytes;
  return bytes.subarray(0, bytes[end - 2] === CR ? end - 2 : end - 1);
};

export const tooLong = (length: number) => `the record has ${length} bytes; expected at most ${MAX_RECORD}`;

/** The first problems of a record as one reason. */
export function named(problems: readonly string[]): string {
  const more = problems.length - MAX_NAMED;
  return problems.slice(0, MAX_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** A record's fields; `bytes` is the record, with or without its line break. */
export function parseRecord(record: Buffer, dialect: Dialect): Parsed {
  const { delimiter, quote, escape, encoding } = dialect;
  const bytes = withoutBreak(record);
  if (!isUtf8(bytes)) return { problem: `the text is not ${encoding === 'utf-8' ? 'UTF-8' : encoding}` };
  const zero = bytes.indexOf(0);
  if (zero >= 0) return { problem: `a NUL byte at byte ${zero + 1}` };
  const quoteText = String.fromCharCode(quote);
  const escapeText = String.fromCharCode(escape);
  const fields: Field[] = [];
  for (let at = 0; ; at += 1) {
    const place = `field ${fields.length + 1}`;
    if (bytes[at] === quote) {
      const end = closing(bytes, at + 1, bytes.length, true, dialect);
      if (end < 0) return { problem: `the quote that opens ${place} is not closed properly` };
      let text = bytes.toString('utf8', at + 1, end - 1);
      if (escape === quote) text = text.replaceAll(quoteText + quoteText, () => quoteText);
      else if (text.includes(escapeText)) {
        let wrong = false;
        text = text.replace(new RegExp(`\\${escapeText}(.?)`, 'gsu'), (_, char: string) => {
          wrong ||= char !== quoteText && char !== escapeText;
          return char;
        });
        if (wrong) return { problem: `${place} escapes something else than ${quoteText} or ${escapeText}` };
      }
      at = end;
      if (at < bytes.length && bytes[at] !== delimiter)
        return { problem: `text follows the closing quote of ${place}` };
      fields.push(text);
    } else {
      const next = bytes.indexOf(delimiter, at);
      const end = next < 0 ? bytes.length : next;
      const text = bytes.subarray(at, end);
      if (text.includes(CR)) return { problem: `a carriage return inside ${place}, which is not quoted` };
      fields.push(text.length === 0 ? null : text.toString('utf8'));
      at = end;
    }
    if (at >= bytes.length) return { fields };
  }
}

/** Fields of a record that has the declared columns, each with a value of its type. */
export function checkRecord(record: Buffer, length: number, columns: readonly Column[], dialect: Dialect): Parsed {
  if (length > MAX_RECORD) return { problem: tooLong(length) };
  const parsed = parseRecord(record, dialect);
  if ('problem' in parsed) return parsed;
  const { fields } = parsed;
  if (fields.length !== columns.length) {
    return { problem: `expected ${columns.length} field${columns.length === 1 ? '' : 's'}, got ${fields.length}` };
  }
  const problems: string[] = [];
  for (const [index, { name, type }] of columns.entries()) {
    const field = fields[index];
    const problem = field === null || field === undefined ? undefined : valueProblem(type, field);
    if (problem !== undefined) problems.push(`${name}: ${show(field ?? '')} ${problem}`);
  }
  return problems.length === 0 ? { fields } : { problem: named(problems) };
}

/** A record as people can read it: without its line break, bytes that are no text as `\xNN`, cut when long. */
export function rawText(record: Buffer, length: number): string {
  const whole = withoutBreak(record);
  const bytes = whole.subarray(0, MAX_RAW);
  const cut = whole.length > MAX_RAW || length > record.length ? `… (${length} bytes)` : '';
  let end = bytes.length;
  // A character that the cut broke goes altogether.
  if (cut !== '') while (end > bytes.length - 4 && end > 0 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end -= 1;
  if (cut !== '' && end > 0 && (bytes[end - 1] as number) >= 0xc0) end -= 1;
  const text = bytes.subarray(0, end);
  if (isUtf8(text) && !text.includes(0)) return text.toString('utf8') + cut;
  return escapeBytes(text) + cut;
}

function escapeBytes(bytes: Buffer): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] as number;
    const size = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    const character = bytes.subarray(at, at + size);
    if (byte !== 0 && character.length === size && isUtf8(character)) {
      pieces.push(character.toString('utf8'));
      at += size;
    } else {
      pieces.push(`\\x${byte.toString(16).padStart(2, '0')}`);
      at += 1;
    }
  }
  return pieces.join('');
}
