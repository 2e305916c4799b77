/** The seam to where rows come from: a source lists its parts, and makes one part at a time. */
import type { Column, PartPlan } from '../domain/receipt';

export type { Column, PartPlan };

/** Paths that a part is written to; the caller fsyncs and commits them. */
export interface PartTarget {
  /** Snappy Parquet of the accepted rows, always written. */
  readonly data: string;
  /** Parquet (file, record, reason, raw) of the quarantined records; written only when there are some. */
  readonly quarantine: string;
  /** A folder of the attempt's own for what is needed on the way. */
  readonly scratch: string;
}

/** What reading a part gave. `rows + quarantined` is what was read. */
export interface PartRead {
  readonly rows: number;
  readonly quarantined: number;
  readonly schema: readonly Column[];
  /** Sum of the hashes of the keys of the accepted rows, as text; `null` without a key. Sums of parts add up. */
  readonly keyChecksum: string | null;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called as work goes on; `done` and `total` are records for a read, bytes for planning. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Source {
  /**
   * Lists the parts of all files, in the files' order by name.
   * Fails as `MissingFile` where nothing matches (unless optional), `NotAsDeclared` where a file is something else.
   */
  plan(options?: ReadOptions): Promise<PartPlan[]>;
  /** Reads one part. Fails as `SourceChanged` when the file is no longer the planned one. */
  read(part: PartPlan, target: PartTarget, options?: ReadOptions): Promise<PartRead>;
}
