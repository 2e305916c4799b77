/** The seam to where rows come from: a source lists its parts, and makes one part at a time. */
import type { PostgresSourceDefinition } from '../domain/definition';
import type { Column, KeyBound, KeyRange, PartPlan } from '../domain/receipt';

export type { Column, KeyBound, KeyRange, PartPlan };

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

/** A table as a source declares it, and what belongs to it. */
export interface DatabaseTable {
  /** The name of its table in the pipeline. */
  readonly name: string;
  readonly definition: PostgresSourceDefinition;
  readonly mapping?: string;
}

/** A range of keys with about how much is in it. */
export interface Stretch extends KeyRange {
  readonly records: number;
  readonly bytes: number;
}

/** What a look at the tables says, before a row is read. */
export interface DatabaseLook {
  /** Tells databases and tables apart: rows of one are never merged with those of another. */
  readonly identity: string;
  /** Where the next reading begins: no transaction that is still open has a cursor before it. `null` without a cursor. */
  readonly cut: string | null;
  /** How the cut was found, in words: `the oldest open transaction`, `a declared lag of 10m`. */
  readonly cutBy: string;
  /** The whole key space in order, without gaps. */
  readonly stretches: readonly Stretch[];
  /** Rows that were written at or after `since`, of the parent and its children; `null` without `since`. */
  readonly changed: number | null;
  /** Rows that each table has now; only where a count was asked for. */
  readonly counts: ReadonlyMap<string, number> | null;
  /** Tables of which row-level security may keep rows from us. */
  readonly hidesRows: ReadonlySet<string>;
}

/** Paths that a chunk is written to, of one table. */
export interface ChunkTarget extends PartTarget {
  /** Parquet of the keys that were read, also of quarantined rows; of a child, its parents' keys. Written for changes only. */
  readonly touched: string;
}

/** Paths that the keys of a table are written to as Parquet. */
export interface KeysTarget {
  readonly keys: string;
  /** Of a child, keys of parents that changed since, under its own names for them. Not written for the parent. */
  readonly touched: string;
  /** A folder of the attempt's own for what is needed on the way. */
  readonly scratch: string;
}

export interface ChunkRead extends PartRead {
  /** Rows that the database says it sent. `rows + quarantined + deleted` is that. */
  readonly read: number;
  /** Rows that a soft delete takes out. */
  readonly deleted: number;
  /** Rows in the range of keys, whatever their cursor, counted in the same transaction; `null` unless asked for. */
  readonly counted: number | null;
}

/** What a reader waits for before a database lets it in, and who has it. */
export interface Waiting {
  /** `waiting for one of 4 connections to the database` */
  readonly reason: string;
  /** Names of sessions, as the database shows them. */
  readonly heldBy: readonly string[];
}

/** Hears what a reader waits for each time it has looked, and `null` when that is over. */
export type OnWaiting = (waiting: Waiting | null) => void;

/** A database whose tables are read by ranges of keys, as they are in one transaction a chunk. */
export interface DatabaseSource {
  /**
   * Fails as `SchemaDrifted` where columns are not as declared, `NotAsDeclared` where a cut cannot be known,
   * and as `postgresFailure` says.
   */
  look(
    request: { readonly since: string | null; readonly count: boolean },
    options?: ReadOptions,
  ): Promise<DatabaseLook>;
  /**
   * Reads the next chunk of a range: about `records` rows of the parent after `range.from`, with all that belongs to
   * them. With `since`, only what changed since: a parent is changed when it or a child of it was. Gives where it ended:
   * `range.to` when nothing is left.
   */
  read(
    chunk: {
      readonly range: KeyRange;
      readonly since: string | null;
      readonly records: number;
      readonly count: boolean;
    },
    targets: ReadonlyMap<string, ChunkTarget>,
    options?: ReadOptions,
  ): Promise<{ readonly to: KeyBound; readonly tables: ReadonlyMap<string, ChunkRead>; readonly seconds: number }>;
  /** Writes the keys that the named tables have, all as of one instant. */
  keys(since: string, targets: ReadonlyMap<string, KeysTarget>, options?: ReadOptions): Promise<void>;
  close(): Promise<void>;
}
