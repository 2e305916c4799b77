/** Plans the parts of one JSON file, and tells what is no JSON from what is JSON without rows. */
import { DaybreakError } from '../../../domain/failure';
import type { PartPlan, ReadOptions } from '../../source';
import { MAX_RECORD } from '../csv/dialect';
import { type PartBuilder, partBuilder, type TextFile, unmarked } from '../text/parts';
import type { Cutter } from '../text/records';
import { arrayCutter, lineCutter } from './cutter';
import type { Kind } from './grammar';
import { lineOf } from './record';

/** What is wrong with the whole file, at a byte of its text. */
interface Fault {
  readonly at: number;
  readonly what: string;
  readonly expected: string;
  readonly next: string;
}
interface Walk extends Cutter {
  fault(): Fault | undefined;
}

const AGAIN = 'deliver the file again';
const malformed = (at: number, what: string, next: string): Fault => ({
  at,
  what: `malformed: ${what}`,
  expected: 'JSON as in RFC 8259',
  next,
});

/** The whole syntax is proven, as behind a mistake nothing is where it seems. */
function arrayWalk(parts: PartBuilder, skipped: () => number): Walk {
  let first = true;
  let broken: Fault | undefined;
  let noRow: { at: number; kind: Kind; place: string } | undefined;
  const records = arrayCutter(
    (_bytes, _from, _to, start) => {
      if (first) parts.begin(skipped() + start);
      first = false;
      parts.record(skipped() + start);
    },
    {
      malformed(at, expected, got) {
        const next =
          got === '{' && noRow?.kind === 'an object' ? 'declare `type: ndjson` if it is one object a line' : AGAIN;
        broken = malformed(at, `expected ${expected}, got ${got}`, next);
      },
      other(at, kind, depth) {
        noRow ??= { at, kind, place: depth === 0 ? 'the array' : 'an object' };
      },
    },
  );
  return {
    ...records,
    fault() {
      if (broken !== undefined || noRow === undefined) return broken;
      return {
        at: noRow.at,
        what: `not rows: ${noRow.kind} where ${noRow.place} should be`,
        expected: 'one array of objects',
        next: 'deliver the file as an array of objects, or one object a line with `type: ndjson`',
      };
    },
  };
}

/** A line is looked at only until one is found that is a row: bad lines among good ones are records to set aside. */
function lineWalk(parts: PartBuilder, skipped: () => number): Walk {
  let found = false;
  let broken: Fault | undefined;
  let noRow: Fault | undefined;
  const records = lineCutter((bytes, from, to, start, length) => {
    parts.record(skipped() + start);
    // One that is too long is set aside whatever it is.
    found ||= length > MAX_RECORD;
    if (found) return;
    const line = lineOf(bytes.subarray(from, to));
    if ('row' in line) found = true;
    else if ('at' in line) broken ??= malformed(start + line.at, `no line is JSON: expected ${line.expected}`, AGAIN);
    else {
      const next = line.kind === 'an array' ? 'declare `type: json` if the file is one array' : AGAIN;
      noRow ??= {
        at: start,
        what: `not rows: no line is an object, this is ${line.kind}`,
        expected: 'one object a line',
        next,
      };
    }
  });
  return { ...records, fault: () => (found ? undefined : (noRow ?? broken)) };
}

/** `12:5`, counted in lines and characters, of a byte of the text. */
async function placeOf(text: AsyncIterable<Buffer>, at: number): Promise<string> {
  let before = 0;
  let line = 1;
  let column = 1;
  for await (const chunk of text) {
    for (const byte of chunk.subarray(0, at - before)) {
      if (byte === 10) {
        line += 1;
        column = 1;
      } else if ((byte & 0xc0) !== 0x80) column += 1;
    }
    before += chunk.length;
    if (before > at) break;
  }
  return `${line}:${column}`;
}

const NEXT = () => 'deliver the file as UTF-8, as JSON is';

/** Parts of whole records from the file's text. */
export async function planJson(
  file: TextFile,
  text: () => AsyncIterable<Buffer>,
  settings: { readonly isArray: boolean; readonly partBytes: number },
  options: ReadOptions,
): Promise<PartPlan[]> {
  const parts = partBuilder(file, settings.partBytes);
  let skipped = 0;
  const walk = (settings.isArray ? arrayWalk : lineWalk)(parts, () => skipped);
  let total = 0;
  let utf16 = false;
  const chunks = unmarked(text(), file, NEXT, (bytes) => {
    skipped = bytes;
    parts.begin(skipped);
  });
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    if (total === 0) utf16 = chunk.subarray(0, 4).includes(0);
    total += chunk.length;
    walk.push(chunk);
  }
  walk.end();
  const planned = parts.end(skipped + total);
  const fault = walk.fault();
  if (fault === undefined) return planned;
  const { what, expected } = fault;
  const next = utf16 ? 'deliver the file as UTF-8; zero bytes at the beginning are those of UTF-16' : fault.next;
  const place = await placeOf(text(), skipped + fault.at);
  throw new DaybreakError('NotAsDeclared', { where: `${file.shown}:${place}`, what, expected, next });
}
