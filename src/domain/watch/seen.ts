/** What is seen of a pipeline from outside its runs: the answer of the activity `observe`. Times are ISO 8601. */
import type { Severity } from './message';
import type { RunEnded } from './settings';

/** A Temporal Schedule as it is now. */
export interface ScheduleSeen {
  readonly paused: boolean;
  /** Why it is paused or goes on, or what made it. */
  readonly note: string | null;
  /** What is not as it was applied: `cron: 0 2 * * * -> 0 5 * * *`. Empty for one that nobody touched. */
  readonly changedByHand: readonly string[];
  /** At most five, jitter included; empty while no start is to come. */
  readonly nextDue: readonly string[];
  /** The newest starts, oldest first, at most ten. */
  readonly recent: readonly { readonly dueAt: string; readonly workflowId: string; readonly runId: string }[];
  readonly running: readonly { readonly workflowId: string; readonly runId: string }[];
  /** Starts that came too late to be made up for, since it was made. */
  readonly missedCatchup: number;
  /** Starts that were left out because a run was going on. */
  readonly overlapSkipped: number;
}

/** A step that goes on or waits. */
export interface StepSeen {
  /** Activity type. */
  readonly step: string;
  readonly attempt: number;
  /** An attempt is at work; else it waits for a worker, or for its next attempt. */
  readonly started: boolean;
  /** When it was scheduled first. */
  readonly since: string;
  readonly failure: { readonly kind: string; readonly message: string } | null;
  /** How far it is, as far as it tells; it changes with each bit of progress, and not with time alone. */
  readonly progress: string | null;
}

export interface RunSeen {
  readonly workflowId: string;
  readonly runId: string;
  readonly running: boolean;
  readonly startedAt: string;
  /** Steps that are done, as activity types; a source is done with its last lane. */
  readonly done: readonly string[];
  readonly pending: readonly StepSeen[];
  /** Queues it waits at that nobody polls. */
  readonly unserved: readonly string[];
  /** Once it ended, and as far as that can be known. */
  readonly ended: RunEnded | null;
}

/** A day that data are needed for. */
export interface NightSeen {
  readonly asOf: string;
  /** When its run is due, where a schedule says so. */
  readonly dueAt: string | null;
  /** When its data are needed; `null` where nobody waits for them. */
  readonly deadline: string | null;
}

/** An incident of the pipeline that is open. */
export interface IncidentSeen {
  readonly key: string;
  readonly severity: Severity;
  readonly title: string;
  /** Days of the data that it is about. */
  readonly nights: readonly string[];
}

export interface Seen {
  readonly at: string;
  readonly schedule: ScheduleSeen | null;
  readonly runs: readonly RunSeen[];
  /** Of the schedule's recent and next starts, and of the days that were asked for. */
  readonly nights: readonly NightSeen[];
  /** Where a watch begins: those that one before it left open. */
  readonly incidents?: readonly IncidentSeen[];
  /** People are about: it is between the digest's time and ten hours later. */
  readonly awake: boolean;
  /** When the next digest is due. */
  readonly nextDigest: string;
}
