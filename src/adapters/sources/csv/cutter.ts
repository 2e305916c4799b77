/**
 * Finds where records end. Planning and the strict reader use the same rules, so they always agree:
 *
 * - A quote opens a quoted field only at the field's beginning, elsewhere it is text (`5" nail`); line breaks belong to
 *   a quoted field.
 * - A quoted field that is not closed properly (the file ends, other text follows the closing quote, or the record
 *   gets longer than MAX_RECORD) costs its own line only: the record ends at the first line break after the quote.
 * - Lines end with LF or CRLF; the last one may have no line break. Blank lines are no records, except where a record
 *   has only one field.
 */
import type { Cutter, OnRecord } from '../text/records';
import { CR, type Dialect, LF, MAX_RECORD } from './dialect';

const MORE = -1;
const TOO_LONG = -2;

/** What is kept of a record that is too long to be kept. */
const HEAD = 64 << 10;

/** Index behind the closing quote of a field whose content begins at `at`; -1 when it is not within `to`. */
export function closing(bytes: Buffer, at: number, to: number, eof: boolean, dialect: Dialect): number {
  const { quote, escape } = dialect;
  let index = at;
  while (index < to) {
    const byte = bytes[index];
    if (byte === escape && escape !== quote) index += 2;
    else if (byte !== quote) index += 1;
    else if (index + 1 === to) return eof ? to : -1;
    else if (escape === quote && bytes[index + 1] === quote) index += 2;
    else return index + 1;
  }
  return -1;
}

/** End of the record that begins at `from`, or MORE, or TOO_LONG. */
function recordEnd(bytes: Buffer, from: number, final: boolean, dialect: Dialect): number {
  const { delimiter, quote } = dialect;
  const to = Math.min(bytes.length, from + MAX_RECORD);
  const full = bytes.length - from >= MAX_RECORD;
  const eof = final && to === bytes.length;
  const open = () => (eof ? to : full ? TOO_LONG : MORE);
  const resync = (opened: number) => {
    const newline = bytes.indexOf(LF, opened);
    return newline >= 0 && newline < to ? newline + 1 : open();
  };
  let at = from;
  for (;;) {
    if (at < to && bytes[at] === quote) {
      const opened = at;
      at = closing(bytes, at + 1, to, eof, dialect);
      if (at < 0) return eof || full ? resync(opened) : MORE;
      if (at === to) {
        if (eof) return to;
        return full ? resync(opened) : MORE;
      }
      const byte = bytes[at];
      if (byte === LF) return at + 1;
      if (byte === CR) {
        if (at + 1 === to && !eof && !full) return MORE;
        if (at + 1 < to && bytes[at + 1] === LF) return at + 2;
      }
      if (byte !== delimiter) return resync(opened);
      at += 1;
      continue;
    }
    let byte: number | undefined;
    while (at < to && (byte = bytes[at]) !== delimiter && byte !== LF) at += 1;
    if (at >= to) return open();
    at += 1;
    if (byte === LF) return at;
  }
}

export function cutter(dialect: Dialect, onRecord: OnRecord): Cutter {
  let rest: Buffer = Buffer.alloc(0);
  /** A record over MAX_RECORD bytes whose end is still to come. */
  let long: { head: Buffer; start: number; length: number } | undefined;
  /** Offset of the first byte that was not cut yet. */
  let base = 0;

  const finishLong = () => {
    if (long !== undefined) onRecord(long.head, 0, long.head.length, long.start, long.length);
    long = undefined;
  };

  function cut(bytes: Buffer, final: boolean): void {
    let from = 0;
    if (long !== undefined) {
      from = bytes.indexOf(LF) + 1 || bytes.length;
      long.length += from;
      if (bytes[from - 1] === LF || final) finishLong();
    }
    let newline = -1;
    let quote = -1;
    while (from < bytes.length) {
      if (newline < from) newline = bytes.indexOf(LF, from);
      if (quote < from) quote = bytes.indexOf(dialect.quote, from);
      if (quote < 0) quote = Number.POSITIVE_INFINITY;
      let to = newline + 1;
      if (newline < 0 || quote < newline) to = recordEnd(bytes, from, final, dialect);
      if (to === MORE) break;
      if (to === TOO_LONG) {
        const end = bytes.indexOf(LF, from + MAX_RECORD) + 1 || bytes.length;
        long = { head: Buffer.from(bytes.subarray(from, from + HEAD)), start: base + from, length: end - from };
        from = end;
        if (bytes[from - 1] === LF || final) finishLong();
        continue;
      }
      const blank =
        to - from === 1 ? bytes[from] === LF : to - from === 2 && bytes[from] === CR && bytes[from + 1] === LF;
      if (!blank || dialect.blankIsRecord) onRecord(bytes, from, to, base + from, to - from);
      from = to;
    }
    base += from;
    rest = bytes.subarray(from);
  }

  return {
    push(chunk) {
      cut(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), false);
    },
    end() {
      cut(rest, true);
      finishLong();
    },
  };
}
