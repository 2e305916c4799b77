/** What the kinds of text have in common for whoever reads them record by record. */
import type { Column } from '../../source';

/** A field's text; null where there is no value. */
export type Field = string | null;
/** A record's fields in the order of the columns, or what is wrong with it. */
export type Parsed = { readonly fields: readonly Field[] } | { readonly problem: string };

/**
 * A record is `bytes[from, to)`, with its line break where it has one; of one over MAX_RECORD bytes only the first may
 * be there. `start` is its first byte's offset in everything pushed.
 */
export type OnRecord = (bytes: Buffer, from: number, to: number, start: number, length: number) => void;

/** Finds where records begin and end. */
export interface Cutter {
  push(chunk: Buffer): void;
  end(): void;
}

const PIECE_BYTES = 1 << 16;

/** In small pieces, with time between them to write what they gave: a line of few bytes becomes one of many. */
export async function pushInPieces(records: Cutter, chunk: Buffer, between: () => Promise<void>): Promise<void> {
  for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
    records.push(chunk.subarray(at, at + PIECE_BYTES));
    await between();
  }
}

/** How text is taken apart from the beginning of a part on. */
export interface RecordForm {
  readonly columns: readonly Column[];
  cutter(onRecord: OnRecord): Cutter;
  /** Fields that are proper values of the columns' types; `length` is that of the whole record. */
  check(record: Buffer, length: number): Parsed;
}
