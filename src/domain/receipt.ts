/** Receipts: what travels between activities instead of rows. */

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A stretch of one file that is extracted as a whole. */
export interface PartPlan {
  /** Absolute path. */
  readonly file: string;
  /** The file's identity when it was planned: bytes, and the time of its last change in nanoseconds. */
  readonly size: number;
  readonly mtimeNs: string;
  /** CSV: bytes `[from, to)` of the uncompressed text. Parquet: rows `[from, to)` of the file, along row groups. */
  readonly from: number;
  readonly to: number;
  /** Number of the first record in its file; 1 is the first after the header. */
  readonly firstRecord: number;
  readonly records: number;
  /** About how many bytes are read for it. */
  readonly bytes: number;
}

/** The key of a row as its database writes it, a text for each column; `null` is before the first or after the last key. */
export type KeyBound = readonly string[] | null;

/** Keys `(from, to]` of a table, in its database's own order. */
export interface KeyRange {
  readonly from: KeyBound;
  readonly to: KeyBound;
}

/** What was read of a range of keys, in one transaction. `read` is accepted, quarantined and deleted rows together. */
export interface ChunkFacts extends KeyRange {
  /** Ledger key of the stretch that it is a chunk of. */
  readonly stretch: string;
  /** Rows that the database says it sent. */
  readonly read: number;
  /** Rows that a soft delete took out. */
  readonly deleted: number;
  /** Rows in the range whatever their cursor; `null` where nobody asked. */
  readonly counted: number | null;
}

/** An immutable file of the store. */
export interface DataFile {
  /** Relative to the store. */
  readonly uri: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the ledger holds under a fingerprint. */
export interface Receipt {
  readonly name: string;
  readonly fingerprint: string;
  readonly data: DataFile;
  readonly rows: number;
  readonly schema: readonly Column[];
  /** Sum of the hashes of the keys, as text; `null` without a key. */
  readonly keyChecksum: string | null;
  /** Temporal's attempt that made it. */
  readonly attempt: number;
  readonly seconds: number;
  readonly madeAt: string;
  /** The run that made it. */
  readonly runId: string;
  /** Of a part: which stretch of its source, and what was set aside. */
  readonly part?: PartPlan;
  readonly quarantined?: number;
  readonly quarantine?: DataFile;
  /** Of a chunk of a table. */
  readonly chunk?: ChunkFacts;
  /** Ledger key of the table that these rows are merged with: a model's that followed changes. `rows` is of the whole. */
  readonly base?: string;
  /** Rows of this file alone; of a table that was written as one again, those of its last step. */
  readonly ownRows?: number;
  /** The last step of a table that was written as one again, for those who follow it: the table before, and what replaced rows of it. */
  readonly step?: { readonly base: string; readonly data: DataFile; readonly touched: DataFile };
  /** Why a model that follows changes was made whole. */
  readonly whole?: string;
  /** The earlier table was not what its inputs give: how they differ. */
  readonly mismatch?: string;
  /** Parquet of the keys that it replaces in older layers; of a child, its parents' keys. */
  readonly touched?: DataFile;
  /** What was read with it in one transaction, of the tables that belong to it. */
  readonly children?: readonly Receipt[];
}

/** Of chunks' receipts, those of one table of the family. */
export const ofTable = (receipts: readonly Receipt[], name: string): Receipt[] =>
  receipts.flatMap((receipt) => [receipt, ...(receipt.children ?? [])]).filter((receipt) => receipt.name === name);

/** All files that a receipt stands for. */
export function filesOf(receipt: Receipt): DataFile[] {
  const { data, quarantine, touched, step, children = [] } = receipt;
  return [data, quarantine, touched, step?.data, step?.touched]
    .filter((file) => file !== undefined)
    .concat(children.flatMap(filesOf));
}
