/** What a trouble comes from: the same cause is one incident, whichever run or night it is seen in. */
import { firstLine } from '../failure';

/** What may be wrong with a night, as it is looked at from outside. Each has a paragraph of its name in docs/runbook.md. */
export const TROUBLES = [
  'failed',
  'blocked',
  'cancelled',
  'no-worker',
  'never-started',
  'stuck',
  'retrying',
  'slow',
  'late',
] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface Cause {
  readonly pipeline: string;
  readonly kind: TroubleKind;
  /** Class of the failure, one of `FAILURE_KINDS` or Temporal's own `TimedOut`; `null` where nothing failed. */
  readonly failure: string | null;
  /** Activity type, or the checks that stopped the run; `run` where it is about the whole. */
  readonly step: string;
  /** What was said, with nothing in it that differs from night to night. */
  readonly message: string;
}

const NAMED_VALUE = /(\b(?:string|format:|range:|numerical:|value|text|key|got|line:?)\s+)"[^\n]*?"(?![\p{L}\p{N}])/giu;
/** JSON that could not be read, up to some fifty characters of it as they are, with quotes and new lines in them. */
const INPUT = /(\binput:\s+")(?:[^]{0,60}"(?=\s*$|\s*\n| when casting )|[^\n]*)/gi;
/** A line of text with a caret below the place that is meant. */
const SHOWN = /\n[^\n]*\n[ \t]*\^(?=\n|$)/g;
const QUOTED = /"[^"\n]*"/g;

/** Values in double quotes, which stand around names of columns as well: known by the word before them, or a blank in them. */
const withoutValues = (text: string): string =>
  text
    .replaceAll(SHOWN, '')
    .replaceAll(INPUT, '$1…"')
    .replaceAll(NAMED_VALUE, '$1"…"')
    .replaceAll(QUOTED, (quoted) => (/\s/.test(quoted) ? '"…"' : quoted));

/** The first line of a message without what differs from one time to the next: numbers, ids, quoted values, paths. */
export function normalised(message: string): string {
  const lower = firstLine(message)
    .toLowerCase()
    .replaceAll(/\b[\da-f]{8}-[\da-f-]{27}\b/g, '#')
    .replaceAll(/'[^']*'/g, "'…'");
  return withoutValues(lower)
    .replaceAll(/(?:\/[^\s/:;,]+){2,}/g, '/…')
    .replaceAll(/\b(?=\w*\d)[\da-f]{7,}\b/g, '#')
    .replaceAll(/\d+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}

/** FNV-1a, 64 bit, as 16 hexadecimal digits: short ids without anything that workflows must not use. */
function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash.toString(16).padStart(16, '0');
}

/**
 * The same for the same cause. A step that is tried again and one that was given up are one cause where they say the same;
 * how far it went is no part of it.
 */
export function causeKey({ pipeline, kind, failure, step, message }: Cause): string {
  const about = failure === null ? [kind, step] : [failure, step, normalised(message)];
  return shortHash(JSON.stringify([pipeline, ...about])).slice(0, 12);
}

/**
 * Text of errors and checks for people outside: no address of anybody, no value that stood in the data, and not long. A
 * value may have an apostrophe in it, as names do.
 */
export function withoutPersonal(text: string): string {
  const unquoted = text
    .replaceAll(/[^\s"'<>()]+@[^\s"'<>()]+\.[a-z]{2,}/gi, '…@…')
    .replaceAll(/'[^\n]*?'(?=$|[\s.,;:!?)\]}])/gm, "'…'");
  const clean = withoutValues(unquoted).replaceAll(/[^\P{Cc}\t\n]/gu, ' ');
  return clean.length > 600 ? `${clean.slice(0, 599)}…` : clean;
}
