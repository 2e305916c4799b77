/** What worker and engine process say to each other, over the channel that `fork` opens. */

export interface SessionSettings {
  /** Folders whose files the session's SQL may read and write; nothing else is reachable. */
  readonly folders: readonly string[];
  /** Where larger-than-memory intermediate results go; inside one of the folders. Without it they fail. */
  readonly spill?: string;
  /** Bytes for queries; the process itself needs about 1 GB more at most. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** IANA zone of the session: casting a TIMESTAMPTZ to DATE gives days there. */
  readonly zone: string;
  /** Set-up SQL run before the session is locked: macros, variables. */
  readonly setup: readonly string[];
}

export type EngineRequest =
  | { readonly type: 'open'; readonly id: number; readonly session: string; readonly settings: SessionSettings }
  | { readonly type: 'close'; readonly id: number; readonly session: string }
  | {
      readonly type: 'query';
      readonly id: number;
      readonly session: string;
      readonly sql: string;
      readonly limit?: number;
    }
  | { readonly type: 'interrupt'; readonly id: number; readonly query: number };

/** Values as JSON: BIGINT, DECIMAL, DATE and times as text, so that nothing is rounded on the way. */
export type Row = Record<string, Json>;
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Row[];
  /** There were more rows than the limit. */
  readonly truncated: boolean;
}

export type EngineReply =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly result?: QueryResult }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'progress'; readonly id: number; readonly fraction: number };
