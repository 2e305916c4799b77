/** Finds the records of JSON: the lines of NDJSON that are not blank, or the objects of an array. */
import { DaybreakError } from '../../../domain/failure';
import { CR, LF, MAX_RECORD } from '../csv/dialect';
import type { Cutter, OnRecord } from '../text/records';
import { gatherer } from './gather';
import { grammar, type Kind } from './grammar';

const BLANKS = [0x20, 0x09, CR];

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!BLANKS.includes(bytes[at] as number)) return false;
  return true;
}

/** Lines with or without their line break, which JSON doesn't mind. */
export function lineCutter(onRecord: OnRecord): Cutter {
  const lines = gatherer((bytes, from, to, start, length) => {
    // Of a line that is too long only the beginning is here.
    if (length > MAX_RECORD || !isBlank(bytes, from, to)) onRecord(bytes, from, to, start, length);
  });
  return {
    push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        if (!lines.isOpen) lines.open(from);
        lines.close(chunk, end);
        from = end + 1;
      }
      if (from < chunk.length && !lines.isOpen) lines.open(from);
      lines.next(chunk);
    },
    end() {
      if (lines.isOpen) lines.close(Buffer.alloc(0), 0);
    },
  };
}

/** What an array's text turned out to be, at an offset of what was pushed. */
export interface ArrayEvents {
  /** No JSON from here on. */
  malformed(offset: number, expected: string, got: string): void;
  /** JSON, but no row. */
  other(offset: number, kind: Kind, depth: number): void;
}

export const shownByte = (byte: number) =>
  byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte 0x${byte.toString(16).padStart(2, '0')}`;

/** The elements of a file that is one array, from its beginning; all of its syntax is proven on the way. */
export function arrayCutter(onRecord: OnRecord, events: ArrayEvents): Cutter {
  return elements(onRecord, events, false);
}

/** The elements of a part of an array that was planned, so nothing can be wrong with it. */
export function elementCutter(onRecord: OnRecord): Cutter {
  const changed = () => {
    throw new DaybreakError('Bug', {
      what: 'a planned part of an array is not JSON',
      next: 'report this with the file',
    });
  };
  return elements(onRecord, { malformed: changed, other: changed }, true);
}

function elements(onRecord: OnRecord, events: ArrayEvents, inside: boolean): Cutter {
  const gathered = gatherer(onRecord);
  let base = 0;
  let broken = false;
  let current: Buffer = Buffer.alloc(0);
  const json = grammar(
    1,
    {
      open: (index) => gathered.open(index),
      close: (index) => gathered.close(current, index),
      other: (index, kind, depth) => events.other(base + index, kind, depth),
    },
    inside,
  );
  return {
    push(chunk) {
      if (broken) return;
      current = chunk;
      const wrong = json.push(chunk);
      if (wrong >= 0) {
        broken = true;
        events.malformed(base + wrong, json.expected(), shownByte(chunk[wrong] as number));
        return;
      }
      gathered.next(chunk);
      base += chunk.length;
    },
    end() {
      const missing = broken || inside ? undefined : json.missing();
      if (missing !== undefined) events.malformed(base, missing, 'the end of the file');
    },
  };
}
