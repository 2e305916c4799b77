/** Reads one record strictly: the values of the declared columns, or what is wrong with it. */
import { isUtf8 } from 'node:buffer';
import type { Column } from '../../source';
import { meant } from '../columns';
import { MAX_RECORD } from '../csv/dialect';
import { named, tooLong } from '../csv/strict';
import { show } from '../csv/values';
import type { Field, Parsed } from '../text/records';
import { shownByte } from './cutter';
import { grammar, type Kind } from './grammar';
import { eachMember } from './members';
import { judge } from './values';

/** What a line is: a row; or other JSON; or no JSON, from this index on. */
export type Line =
  | { readonly row: true }
  | { readonly kind: Kind }
  | { readonly at: number; readonly expected: string };

const ROW: Line = { row: true };

let kind: Kind | undefined;
const nothing = () => undefined;
/** One for all lines, as there are many. */
const json = grammar(0, {
  open: nothing,
  close: nothing,
  other: (_, found) => {
    kind = found;
  },
});

export function lineOf(record: Buffer): Line {
  kind = undefined;
  json.begin();
  const wrong = json.push(record);
  if (wrong >= 0) return { at: wrong, expected: `${json.expected()}, got ${shownByte(record[wrong] as number)}` };
  const missing = json.missing();
  if (missing !== undefined) return { at: record.length, expected: `${missing}, got the end of the line` };
  return kind === undefined ? ROW : { kind };
}

export interface RecordRules {
  readonly columns: readonly Column[];
  /** Keys that are no columns are left out without a word. */
  readonly ignoreUndeclared: boolean;
  /** Nobody has looked at the record's syntax yet. */
  readonly isLine: boolean;
}

/** Makes the check of records; the rules' columns are looked up by name. */
export function recordCheck({ columns, ignoreUndeclared, isLine }: RecordRules) {
  const indexes = new Map(columns.map(({ name }, index) => [name, index]));
  const names = columns.map(({ name }) => name);

  const undeclared = (keys: readonly string[]): string => {
    const near = keys.length === 1 ? meant(keys[0] as string, names) : undefined;
    const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
    const more = keys.length > 3 ? ` and ${keys.length - 3} more` : '';
    return `not declared: ${keys.slice(0, 3).map(show).join(', ')}${more}${guess}; declare them under \`columns\`, or declare \`undeclared: ignore\``;
  };

  return (record: Buffer, length: number): Parsed => {
    if (length > MAX_RECORD) return { problem: tooLong(length) };
    if (!isUtf8(record)) return { problem: 'the text is not UTF-8' };
    if (isLine) {
      const line = lineOf(record);
      if ('at' in line) return { problem: `malformed at byte ${line.at + 1}: expected ${line.expected}` };
      if ('kind' in line) return { problem: `not a row: expected an object, got ${line.kind}` };
    }
    const fields: Field[] = columns.map(() => null);
    const seen = new Set<string>();
    const problems: string[] = [];
    const unknown: string[] = [];
    eachMember(record.toString('utf8'), (key, token) => {
      if (seen.has(key)) problems.push(`the key ${show(key)} is there twice`);
      seen.add(key);
      const index = indexes.get(key);
      if (index === undefined) {
        if (!ignoreUndeclared) unknown.push(key);
        return;
      }
      const judged = judge(columns[index]?.type ?? 'VARCHAR', token);
      if ('problem' in judged) problems.push(`${key}: ${judged.problem}`);
      else fields[index] = judged.field;
    });
    if (unknown.length > 0) problems.push(undeclared(unknown));
    return problems.length === 0 ? { fields } : { problem: named(problems) };
  };
}
