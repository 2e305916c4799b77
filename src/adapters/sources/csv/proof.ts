/**
 * Proves at a gigabyte a second that a slice of CSV is beyond doubt: every record has the declared fields, every value
 * the form of its type, every quote is closed. The engine may then read it with declared types, whose leniency has
 * nothing left to act on. A slice that is not proven is not wrong yet; the strict reader looks at it record by record.
 *
 * One table drives it: a state for each column and each stage of its value, a row of 256 bytes for each state.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { CR, type Dialect, LF } from './dialect';
import { lexer } from './lexer';

const REJECTED = 0;
/** At the beginning of a record. */
const START = 1;
/** State numbers are 16 bits; a file of more columns than fit goes to the strict reader. */
const MAX_STATES = 65_535;

/** Bytes looked at in one go; they stay in the processor's cache. */
const BLOCK = 250_000;

class Table {
  count = 2;
  cells = new Uint16Array(256 * 256);

  add(): number {
    const state = this.count++;
    if (this.count * 256 > this.cells.length) {
      const grown = new Uint16Array(this.cells.length * 2);
      grown.set(this.cells);
      this.cells = grown;
    }
    return state;
  }

  set(state: number, byte: number, to: number): void {
    this.cells[state * 256 + byte] = to;
  }
}

/** States of a column's value, without what ends it: `next(state)` fills the row. */
function addValue(table: Table, type: string, first: number, plain: (state: number, accepted: boolean) => void): void {
  const { next, done } = lexer(type);
  const states = next.map((_, index) => (index === 0 ? first : table.add()));
  next.forEach((row, index) => {
    const state = states[index] ?? REJECTED;
    row.forEach((to, byte) => {
      if (to >= 0) table.set(state, byte, states[to] ?? REJECTED);
    });
    plain(state, done[index] ?? false);
  });
}

/** The table for files with this line break, or undefined when it would be too large. */
function build(types: readonly string[], dialect: Dialect, lineBreak: LineBreak): Uint16Array | undefined {
  const { delimiter, quote, escape } = dialect;
  const table = new Table();
  const cr = table.add();
  table.set(cr, LF, START);
  const endRecord = (state: number) => (lineBreak === 'LF' ? table.set(state, LF, START) : table.set(state, CR, cr));
  const starts = types.map((_, index) => (index === 0 ? START : table.add()));
  for (const [index, type] of types.entries()) {
    const start = starts[index] ?? REJECTED;
    const after = starts[index + 1];
    const ends = (state: number) => {
      table.set(state, delimiter, after ?? REJECTED);
      table.set(state, LF, REJECTED);
      table.set(state, CR, REJECTED);
      if (after === undefined) endRecord(state);
    };
    const quoted = table.add();
    const closed = table.add();
    if (type === 'VARCHAR') {
      const text = table.add();
      for (let byte = 1; byte < 256; byte++) {
        if (byte !== quote) {
          table.set(start, byte, text);
          table.set(text, byte, text);
        }
        table.set(quoted, byte, quoted);
      }
      ends(text);
      table.set(quoted, quote, closed);
      if (escape === quote) table.set(closed, quote, quoted);
      else {
        const escaped = table.add();
        table.set(quoted, escape, escaped);
        table.set(escaped, quote, quoted);
        table.set(escaped, escape, quoted);
      }
    } else {
      addValue(table, type, start, (state, accepted) => {
        // What ends a value wins over what it may consist of.
        for (const byte of [delimiter, quote]) table.set(state, byte, REJECTED);
        if (accepted) ends(state);
      });
      addValue(table, type, quoted, (state, accepted) => {
        table.set(state, quote, accepted ? closed : REJECTED);
        if (escape !== quote) table.set(state, escape, REJECTED);
      });
    }
    table.set(start, quote, quoted);
    ends(start);
    ends(closed);
    if (table.count > MAX_STATES) return undefined;
  }
  if (!dialect.blankIsRecord) endRecord(START);
  return table.cells.slice(0, table.count * 256);
}

function run(cells: Uint16Array, bytes: Uint8Array, from: number, to: number, state: number): number {
  let current = state;
  for (let index = from; index < to; index++) current = cells[(current << 8) | (bytes[index] as number)] as number;
  return current;
}

/**
 * Four stretches side by side, as each step waits for the one before. They begin behind line breaks, supposedly at the
 * beginning of a record; when that was wrong (a line break in quotes, or a bad record) it runs again in one piece.
 */
function runAll(cells: Uint16Array, bytes: Buffer, state: number): number {
  const length = bytes.length;
  const quarter = length >> 2;
  const b = bytes.indexOf(LF, quarter) + 1;
  const c = bytes.indexOf(LF, quarter * 2) + 1;
  const d = bytes.indexOf(LF, quarter * 3) + 1;
  if (quarter < 1024 || b === 0 || c <= b || d <= c) return run(cells, bytes, 0, length, state);
  const steps = Math.min(b, c - b, d - c, length - d);
  let first = state;
  let second = START;
  let third = START;
  let fourth = START;
  for (let index = 0; index < steps; index++) {
    first = cells[(first << 8) | (bytes[index] as number)] as number;
    second = cells[(second << 8) | (bytes[b + index] as number)] as number;
    third = cells[(third << 8) | (bytes[c + index] as number)] as number;
    fourth = cells[(fourth << 8) | (bytes[d + index] as number)] as number;
  }
  first = run(cells, bytes, steps, b, first);
  second = run(cells, bytes, b + steps, c, second);
  third = run(cells, bytes, c + steps, d, third);
  if (first !== START || second !== START || third !== START) return run(cells, bytes, 0, length, state);
  return run(cells, bytes, d + steps, length, fourth);
}

/** How many bytes at the end are a character that is not complete. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/** Line breaks between records; only one kind in a proven file, as the engine knows one kind at a time. */
export type LineBreak = 'LF' | 'CRLF';

export interface Proof {
  push(chunk: Buffer): void;
  /** Whether all that was pushed is proven, as whole records with these breaks; the last record may lack its own. */
  holds(): LineBreak | undefined;
}

/** Makes proofs for files of these columns. */
export function prover(types: readonly string[], dialect: Dialect): () => Proof {
  const tables = new Map<LineBreak, Uint16Array | undefined>();
  const tableOf = (lineBreak: LineBreak) => {
    if (!tables.has(lineBreak)) tables.set(lineBreak, build(types, dialect, lineBreak));
    return tables.get(lineBreak);
  };

  return () => {
    let proven = true;
    /** State of each table that may still hold; without a carriage return so far, CRLF is where LF is. */
    const states = new Map<LineBreak, number>([['LF', START]]);
    let begun = false;
    let tail: Buffer = Buffer.alloc(0);

    const isText = (chunk: Buffer): boolean => {
      if (tail.length === 0 && isAscii(chunk)) return true;
      const text = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk;
      const whole = text.length - unfinished(text);
      tail = Buffer.from(text.subarray(whole));
      return isUtf8(text.subarray(0, whole));
    };
    const advance = (block: Buffer) => {
      for (const [lineBreak, state] of states) {
        const cells = tableOf(lineBreak);
        const next = cells === undefined ? REJECTED : runAll(cells, block, state);
        if (next === REJECTED) states.delete(lineBreak);
        else states.set(lineBreak, next);
      }
    };

    return {
      push(chunk) {
        if (!proven || chunk.length === 0) return;
        if (!begun) {
          begun = true;
          if (chunk.includes(CR)) states.set('CRLF', START);
          // The engine would take a leading U+FEFF away.
          if (chunk[0] === 0xef) states.clear();
        }
        for (let at = 0; at < chunk.length && states.size > 0; at += BLOCK) advance(chunk.subarray(at, at + BLOCK));
        proven = states.size > 0 && isText(chunk);
      },
      holds() {
        if (!proven || tail.length > 0) return undefined;
        for (const [lineBreak, state] of states) {
          if (state === START) return lineBreak;
          const cells = tableOf(lineBreak) as Uint16Array;
          const end = lineBreak === 'LF' ? Buffer.of(LF) : Buffer.of(CR, LF);
          if (run(cells, end, 0, end.length, state) === START) return lineBreak;
        }
        return undefined;
      },
    };
  };
}
