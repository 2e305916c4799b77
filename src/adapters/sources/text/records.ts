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

/** How text is taken apart from the beginning of a part on. */
export interface RecordForm {
  readonly columns: readonly Column[];
  cutter(onRecord: OnRecord): Cutter;
  /** Fields that are proper values of the columns' types; `length` is that of the whole record. */
  check(record: Buffer, length: number): Parsed;
}
