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
}
