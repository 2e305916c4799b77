/** Sessions of a Postgres database that only read, and never wait for ever. */

export interface QueryOptions {
  readonly signal?: AbortSignal;
  /** For `$1`, `$2`, …, as text. */
  readonly values?: readonly (string | null)[];
}

/** Every value is the text that the database writes, so that nothing is rounded or shifted. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface Transaction {
  query(sql: string, options?: QueryOptions): Promise<TextRow[]>;
  /** Writes the rows of a SELECT as CSV: without a header, NULL as nothing, all else quoted where it must be. Gives the server's own count. */
  copy(
    select: string,
    path: string,
    options?: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void },
  ): Promise<{ readonly rows: number; readonly bytes: number }>;
}

export interface Database {
  query(sql: string, options?: QueryOptions): Promise<TextRow[]>;
  /** Everything that `work` asks is answered as of one instant: REPEATABLE READ, READ ONLY. */
  reading<T>(work: (transaction: Transaction) => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  close(): Promise<void>;
}

export interface DatabaseSettings {
  /** `postgres://…`; without it PGHOST, PGUSER and their like count. Never shown. */
  readonly url: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Shown in `pg_stat_activity`: `daybreak orders <run id>`. */
  readonly applicationName: string;
  /** As people know it: `source orders`. */
  readonly where: string;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}
