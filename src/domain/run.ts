/** A run as people see it: what was asked for, what came of it. No zod here: workflows import it. */
import type { Deadline, StepExpectation, TimedStep } from './watch/timing';

export type Outcome = 'published' | 'kept' | 'unchanged' | 'duplicate' | 'blocked' | 'failed' | 'cancelled';

/** Days `[from, to)` in the pipeline's zone, as `YYYY-MM-DD`; `asOf` is the midnight that begins `to`. */
export interface Window {
  readonly from: string;
  readonly to: string;
  readonly asOf: string;
}

/** The shipped pipeline that runs when none is named. */
export const DEFAULT_PIPELINE = 'customer-analytics';

/** The workflow's input, from any client; a person may have typed it. Parsed by `planRun`. */
export interface RunRequest {
  /** Name of a shipped pipeline, or a folder. Defaults to `customer-analytics`. */
  readonly pipeline?: string;
  readonly from?: string;
  readonly to?: string;
  /** Makes everything anew, also what could be reused. */
  readonly full?: boolean;
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
}

/** What a run asks for, out of input that nobody has looked at; `null` where it says nothing that could be a pipeline. */
export function askedPipeline(input: unknown): string | null {
  if (input === undefined || input === null) return DEFAULT_PIPELINE;
  if (typeof input !== 'object' || Array.isArray(input)) return null;
  const { pipeline } = input as RunRequest;
  if (pipeline === undefined) return DEFAULT_PIPELINE;
  return typeof pipeline === 'string' ? pipeline.trim() : null;
}

/** A word of a command line. */
export const quoted = (word: string): string =>
  /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command that asks for the same again, out of input that nobody has looked at; `null` where that says no pipeline. */
export function runCommand(input: unknown): string | null {
  const asked = askedPipeline(input);
  if (asked === null) return null;
  const { from, to } = (input ?? {}) as RunRequest;
  const day = (option: string, given: unknown) => (typeof given === 'string' ? ` --${option} ${quoted(given)}` : '');
  return `daybreak run ${quoted(asked)}${day('from', from)}${day('to', to)}`;
}

export interface SourceResult {
  readonly name: string;
  /** Accepted rows. */
  readonly rows: number;
  readonly quarantined: number;
  readonly parts: number;
  /** Parts that were already in the ledger when their lane came to them. */
  readonly resumedParts: number;
  /** What the source was known at: the newest change of its files, ISO 8601; `null` without a file. */
  readonly cut: string | null;
  /** Of a database: how its cut was found, in words. */
  readonly cutBy?: string;
  readonly seconds: number;
}

export interface ModelResult {
  readonly name: string;
  readonly rows: number;
  readonly seconds: number;
  readonly reused: boolean;
  /** Of a model that followed changes: the rows that were computed, of those that the table has. */
  readonly followed?: number;
  /** Why a model that follows changes was made whole. */
  readonly whole?: string;
}

export type CheckOutcome = 'pass' | 'warn' | 'fail' | 'error';

export interface CheckResult {
  readonly name: string;
  /** The source or model that was checked. */
  readonly subject: string;
  readonly severity: 'error' | 'warn';
  readonly outcome: CheckOutcome;
  readonly observed: string;
  readonly expected: string;
  /** Store key of the sample of failing rows. */
  readonly evidence?: string;
}

export interface TableResult {
  readonly name: string;
  /** Where its Parquet file is published. */
  readonly uri: string;
  readonly rows: number;
  readonly sha256: string;
}

/** Counted from the ledger's offsets and key checksums, not from what attempts claim. */
export interface Resumed {
  readonly parts: number;
  readonly rows: number;
  readonly lost: number;
  readonly duplicated: number;
}

export interface StepFailure {
  /** Activity type: `extract_orders`, `transform_customer_metrics`. */
  readonly step: string;
  readonly kind: string;
  readonly message: string;
}

/** What became of the report of an edition: where it is, or why it was not made. */
export type ReportResult = { readonly uri: string } | { readonly problem: string };

/** The result of a run, and the details of its failure. Also what `daybreak run --json` prints. */
export interface RunResult {
  readonly workflowId: string;
  readonly runId: string;
  readonly pipeline: string;
  readonly outcome: Outcome;
  /** The candidate or published edition. */
  readonly edition: string | null;
  readonly previousEdition: string | null;
  /** The edition that readers see now. */
  readonly live: string | null;
  readonly window: Window | null;
  readonly sources: readonly SourceResult[];
  readonly models: readonly ModelResult[];
  readonly checks: readonly CheckResult[];
  readonly tables: readonly TableResult[];
  /** Of the edition that the run made. A report that fails blocks nothing. */
  readonly report?: ReportResult;
  readonly resumed: Resumed;
  readonly seconds: number;
  /** The first cause, and what was skipped because of it. */
  readonly failure?: StepFailure;
  readonly skipped?: readonly string[];
  /** Another run of the same thing that was there first. */
  readonly duplicateOf?: { readonly workflowId: string; readonly runId: string };
}

/** Of a run of which no more is known, or that did no more. */
export const NOTHING_DONE: Pick<
  RunResult,
  'edition' | 'previousEdition' | 'live' | 'window' | 'sources' | 'models' | 'checks' | 'tables' | 'resumed'
> = {
  edition: null,
  previousEdition: null,
  live: null,
  window: null,
  sources: [],
  models: [],
  checks: [],
  tables: [],
  resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
};

export type Stage = 'plan' | 'extract' | 'check sources' | 'transform' | 'check' | 'publish' | 'report' | 'done';
export type StepState = 'waiting' | 'running' | 'done' | 'reused' | 'failed' | 'skipped';

export interface StepProgress {
  readonly name: string;
  readonly state: StepState;
  readonly rows?: number;
  readonly seconds?: number;
  /** Reason of a failure or of being skipped. */
  readonly reason?: string;
}

/** Answer of the query `progress`. The fine grain of running steps is in their heartbeats. */
export interface Progress {
  readonly pipeline: string;
  readonly stage: Stage;
  readonly window: Window | null;
  readonly sources: readonly (StepProgress & { readonly parts: number; readonly total: number })[];
  readonly models: readonly StepProgress[];
  readonly checks: readonly CheckResult[];
  readonly outcome: Outcome | null;
  readonly edition: string | null;
  /** Once it was made, or could not be. */
  readonly report?: ReportResult;
  /** What its steps usually take, and took so far; absent in runs of older workers. */
  readonly expected?: readonly StepExpectation[];
  readonly steps?: readonly TimedStep[];
  readonly deadline?: Deadline;
}

/** Heartbeat details of a lane, once a second. */
export interface LaneBeat {
  readonly source: string;
  readonly lane: number;
  /** Parts of the lane that are committed. */
  readonly parts: number;
  readonly ofParts: number;
  /** Records read in this lane, of so many. */
  readonly records: number;
  readonly ofRecords: number;
  readonly recordsPerSecond: number;
  /** What it waits for instead of reading, and who has it. */
  readonly waiting?: string;
}

/** Heartbeat details of a model or a check. */
export interface QueryBeat {
  readonly step: string;
  /** Share that is done, in [0, 1], as far as the engine knows. */
  readonly fraction: number;
  readonly seconds: number;
}

/** Heartbeat details of planning, and of the gate of the sources. */
export interface StepBeat {
  readonly step: string;
  /** What it waits for, and who has it. */
  readonly waiting?: string;
}

export type Beat = LaneBeat | QueryBeat | StepBeat;
