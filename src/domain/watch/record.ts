/** What is kept of every run: how long its steps took, and how it ended. Plain data. */
import type { Outcome } from '../run';

/** A step as its workflow saw it, with all of its attempts and waits. */
export interface StepTiming {
  /** Activity type: `extract_orders`; all lanes of a source are one step. */
  readonly step: string;
  /** When it was asked for, ISO 8601. */
  readonly at: string;
  /** Until it was done, or had failed. */
  readonly seconds: number;
  readonly rows?: number;
  /** Of the attempt that succeeded; absent where it does not say. */
  readonly attempts?: number;
  /** It was there already. */
  readonly reused?: true;
  readonly failed?: true;
}

/** Records that a plan means to read, by source. */
export type PlannedRecords = readonly { readonly name: string; readonly records: number }[];

export interface RunRecord {
  readonly pipeline: string;
  readonly workflowId: string;
  readonly runId: string;
  /** `null` when it could not be planned. */
  readonly asOf: string | null;
  readonly outcome: Outcome;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly edition: string | null;
  readonly planned: PlannedRecords;
  /** In the order in which they were asked for. */
  readonly steps: readonly StepTiming[];
  /** The message as it is compared: without what differs from one time to the next. */
  readonly failure: { readonly step: string; readonly kind: string; readonly message: string } | null;
  /** Subjects and names of the checks that stopped it. */
  readonly failedChecks: readonly string[];
  /** When its data were needed, and how many seconds were left when it ended: negative when it was late. */
  readonly deadline: { readonly at: string; readonly slackSeconds: number } | null;
}
