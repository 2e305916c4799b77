/** What is kept of every run: how long its steps took, and how it ended. Plain data. */
import type { Outcome } from '../run';
import type { StepTiming } from './timing';

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
