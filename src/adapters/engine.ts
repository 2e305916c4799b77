/** The seam to what computes: it understands models, keeps a workspace a run, writes tables and measures checks. */
import type { Check } from '../domain/definition';
import type { WrittenRow } from '../domain/model-tests';
import type { Followed, TypedValue } from '../domain/plan';
import type { Column } from '../domain/receipt';
import type { Measurement } from '../domain/verdict';

/** A mistake in SQL, at a 0-based offset in its text. */
export interface SqlProblem {
  readonly message: string;
  readonly offset?: number;
}

/** What one SELECT says without being run. */
export interface ParsedSelect {
  readonly reads: readonly { readonly name: string; readonly offset: number }[];
  readonly variables: readonly { readonly name: string; readonly offset: number }[];
  readonly problem?: SqlProblem;
  /** Why it is no row-wise mapping, if it is none. */
  readonly notRowWise?: SqlProblem;
  /** Whether it gives the same of the same rows whenever it is asked. */
  readonly steady: boolean;
}

export interface BindRequest {
  readonly zone: string;
  readonly variables: Readonly<Record<string, TypedValue>>;
  /** Tables that are given: sources as they are declared, before their mapping. */
  readonly sources: readonly {
    readonly name: string;
    readonly columns: readonly Column[];
    readonly mapping?: string;
    /** Conditions over the declared columns. */
    readonly accept?: readonly string[];
  }[];
  /** In topological order. */
  readonly models: readonly { readonly name: string; readonly sql: string }[];
  readonly checks: readonly { readonly id: string; readonly check: Check; readonly subject: string }[];
  /** Tables that have a mistake already: what reads one cannot be bound, and is no problem. */
  readonly broken: readonly string[];
}

/**
 * Columns of each table that could be bound, and every problem of the others: by name of the source or model, id of the
 * check, and `accept:<source>:<index>`.
 */
export interface BindResult {
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  readonly problems: ReadonlyMap<string, SqlProblem>;
}

export interface WorkspaceSettings {
  /** Equal for all activities of one run. */
  readonly id: string;
  /** The run's folder: SQL reads and writes here and nowhere else. */
  readonly folder: string;
  /** More folders that it may read. */
  readonly readable?: readonly string[];
  readonly zone: string;
  readonly variables: Readonly<Record<string, TypedValue>>;
  readonly memoryBytes: number;
  /** Set to less after a model ran out of memory. */
  readonly threads: number;
}

export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  readonly onProgress?: (fraction: number) => void;
}

export interface QueryRows {
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly truncated: boolean;
}

/** Files of one layer of a snapshot's table, by absolute path inside the workspace's folder. */
export interface TableLayerFiles {
  readonly rows: readonly string[];
  /** Keys, under the names of the parent's key, whose rows in older layers are replaced. */
  readonly touched: readonly string[];
  /** Keys whose rows in this layer and in older ones are gone. */
  readonly gone: readonly string[];
}

export interface LayeredTable {
  /** Oldest first. */
  readonly layers: readonly TableLayerFiles[];
  readonly columns: readonly Column[];
  readonly key: readonly string[];
  readonly parentKey: readonly string[];
}

/** The tables of one run, fenced from everything else. */
export interface Workspace {
  /** Makes a table of Parquet files, given by absolute path inside the folder; none is an empty table of these columns. */
  table(
    name: string,
    paths: readonly string[],
    columns: readonly Column[],
    options?: Pick<WorkOptions, 'signal'>,
  ): Promise<void>;
  /** Makes a table of a snapshot, which is merged where it is read. */
  layered(name: string, table: LayeredTable, options?: Pick<WorkOptions, 'signal'>): Promise<void>;
  /** Makes a table that is computed where it is read. */
  view(name: string, sql: string, options?: Pick<WorkOptions, 'signal'>): Promise<void>;
  has(name: string): boolean;
  /** Computes a SELECT into a Parquet file. Fails as `ModelFailed`, `OutOfMemory`, `DiskFull`, `DeadlineExceeded`. */
  write(
    sql: string,
    path: string,
    options: WorkOptions & { readonly compression: 'snappy' | 'zstd' },
  ): Promise<{ rows: number; schema: readonly Column[] }>;
  /** Measures checks of the tables; never throws for a check's own mistake. Failing rows come as samples. */
  measure(
    checks: readonly { readonly check: Check; readonly subject: string }[],
    options: WorkOptions,
  ): Promise<readonly { readonly measurement: Measurement; readonly sample: QueryRows | null }[]>;
  query(sql: string, options?: WorkOptions & { readonly limit?: number }): Promise<QueryRows>;
  /** Sum of the hashes of the keys, as text. */
  keyChecksum(
    table: string,
    key: readonly string[],
    options?: WorkOptions,
  ): Promise<{ rows: number; checksum: string }>;
  close(): Promise<void>;
}

/** Rows that are written down; a column that a row leaves out is NULL in it. */
export interface WrittenTable {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: readonly WrittenRow[];
}

/** Where models are tried on rows that are written down: no file is reachable, and nothing stays. */
export interface Sandbox {
  /**
   * Computes models of given tables, in their order, and gives the rows of the last. Fails as `ModelFailed` with the
   * table or model that cannot be made, or as `DeadlineExceeded`.
   */
  compute(trial: {
    readonly variables: Readonly<Record<string, TypedValue>>;
    readonly tables: readonly WrittenTable[];
    readonly models: readonly { readonly name: string; readonly sql: string }[];
  }): Promise<QueryRows>;
  /** Rows as they are in a table of these columns, in their order. */
  rows(table: WrittenTable): Promise<QueryRows>;
  close(): Promise<void>;
}

/** A SELECT that may follow changes of the tables it reads. */
export interface FollowRequest {
  readonly sql: string;
  readonly key: readonly string[];
  readonly tables: ReadonlyMap<string, readonly Column[]>;
  readonly variables: Readonly<Record<string, TypedValue>>;
}

export interface Engine {
  /** Part of every fingerprint: another version may compute other bytes. */
  readonly version: string;
  parse(statements: readonly string[]): Promise<readonly ParsedSelect[]>;
  /** Binds a whole pipeline on empty tables, so that an unknown column is found before a row is read. */
  bind(request: BindRequest): Promise<BindResult>;
  /** Judges from its syntax whether rows of a SELECT depend on rows of their key alone, and what changes reach which keys. */
  follow(request: FollowRequest): Promise<{ readonly problem: SqlProblem } | Omit<Followed, 'key' | 'sql'>>;
  workspace(settings: WorkspaceSettings): Promise<Workspace>;
  sandbox(zone: string): Promise<Sandbox>;
  close(): Promise<void>;
}
