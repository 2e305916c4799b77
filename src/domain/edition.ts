/** Editions and their release. */
import type { CheckResult, Window } from './run';

export interface EditionTable {
  readonly name: string;
  readonly description?: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Of the model that made it: equal means equal content. */
  readonly fingerprint: string;
  /** Relative to the destination. */
  readonly file: string;
  /** Columns that identify a row, where its model says so. */
  readonly key?: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string; readonly description?: string }[];
}

/** The immutable manifest. Its id is made from its content's hash. */
export interface Edition {
  readonly id: string;
  readonly pipeline: string;
  readonly window: Window;
  /** When the sources were planned, ISO 8601. */
  readonly knownAt: string;
  /** Of definition, window, parameters and inputs. */
  readonly fingerprint: string;
  readonly definition: string;
  /** Absolute folder that it is published to. */
  readonly destination: string;
  /** Of its days. */
  readonly zone: string;
  readonly snapshots: readonly {
    readonly source: string;
    readonly fingerprint: string;
    readonly rows: number;
    readonly cut: string | null;
  }[];
  readonly tables: readonly EditionTable[];
  readonly checks: readonly CheckResult[];
  readonly run: { readonly workflowId: string; readonly runId: string };
}

/** An entry of the append-only release log; the highest number is the live edition. */
export interface Release {
  readonly number: number;
  readonly edition: string;
  readonly asOf: string;
  readonly knownAt: string;
  readonly previous: string | null;
  readonly releasedAt: string;
  readonly reason: 'published' | 'rollback';
  readonly why?: string;
  readonly by: string;
}

interface Dated {
  readonly asOf: string;
  readonly knownAt: string;
}

/** Whether a candidate may replace the live edition: never with an older as_of, nor with older knowledge of the same day. */
export function mayReplace(candidate: Dated, live: Dated | null): boolean {
  if (live === null || candidate.asOf > live.asOf) return true;
  return candidate.asOf === live.asOf && candidate.knownAt >= live.knownAt;
}
