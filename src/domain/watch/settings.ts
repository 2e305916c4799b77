/** What the night watch knows of a pipeline, and what runs tell it. Plain data: workflows keep it. */
import type { CheckOutcome, Outcome, StepFailure } from '../run';
import type { Channel, Notify } from './definition';
import type { Message } from './message';
import type { StepExpectation } from './timing';

export type { StepExpectation } from './timing';

/** Of the declaration, what the watch goes by. References to secrets stay references. */
export interface WatchSettings {
  readonly pipeline: string;
  /** What commands name it by, where that is not its name: its folder. */
  readonly asked?: string;
  readonly zone: string;
  /** Queue of the runs' workflows. */
  readonly taskQueue: string;
  /** `07:30` or `07:30 mon-fri`, in the zone; `null` when nobody waits for the data. */
  readonly deadline: string | null;
  readonly repairMs: number;
  readonly owner: string | null;
  readonly notify: Notify;
  /** How often a run that is going on is looked at. */
  readonly lookEveryMs: number;
  /** How long a channel may fail before others are told instead, and how long until it is tried again. */
  readonly patienceMs: number;
  readonly againMs: number;
}

/** How often a run is looked at where nothing else is asked for. */
export const WATCH_EVERY_MS = 30_000;

export const LOG_CHANNEL: Channel = { type: 'log' };

/** A run says that it is going on, once it is planned. */
export interface RunPlanned {
  readonly workflowId: string;
  readonly runId: string;
  /** The day it is for. */
  readonly asOf: string;
  /** In the order in which they are done; empty on the first nights. */
  readonly expected: readonly StepExpectation[];
}

/** A run says how it ended: its last verb. */
export interface RunEnded {
  readonly workflowId: string;
  readonly runId: string;
  /** `null` when it could not be planned. */
  readonly asOf: string | null;
  readonly outcome: Outcome;
  readonly edition: string | null;
  readonly live: string | null;
  readonly failure: StepFailure | null;
  readonly skipped: readonly string[];
  /** Extracts and models that are finished. */
  readonly finished: number;
  /** Steps that needed more than one attempt, where the run could tell; the watch may not have looked in time. */
  readonly retried?: readonly { readonly step: string; readonly attempts: number }[];
  /** Checks that did not pass. */
  readonly checks: readonly {
    readonly name: string;
    readonly subject: string;
    readonly outcome: CheckOutcome;
    readonly observed: string;
    readonly expected: string;
  }[];
  readonly quarantined: number;
  readonly seconds: number;
}

/** Signals of the workflow `watch`. `told` are findings for teams, which the watch sends. */
export type WatchNews =
  /** Somebody said that an incident is over. */
  | { readonly kind: 'answered'; readonly key: string; readonly text: string }
  /** Nothing of the night is declared any more, or under another name. */
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'settings'; readonly settings: WatchSettings }
  | { readonly kind: 'planned'; readonly settings: WatchSettings; readonly run: RunPlanned }
  | { readonly kind: 'ended'; readonly run: RunEnded; readonly told: readonly Told[] }
  /**
   * An incident says whether its messages get through: `text` is what fails, `null` that nothing does any more; `lost` is
   * what was given up.
   */
  | {
      readonly kind: 'delivery';
      readonly incident: string;
      readonly channel: string;
      readonly since: string;
      readonly text: string | null;
      readonly lost: string | null;
    };

/** A message, and the channels it is for. */
export interface Told {
  readonly message: Message;
  readonly to: readonly string[];
}

/** Ids of workflows: queues have stores of their own, and so watches of their own. */
export const watchId = (taskQueue: string, pipeline: string): string => `${taskQueue}-watch-${pipeline}`;
export const incidentId = (taskQueue: string, key: string): string => `${taskQueue}-incident-${key}`;
/** Where watches, incidents and their messages are worked on: by every worker, and by those that do nothing else. */
export const watchQueue = (taskQueue: string): string => `${taskQueue}-watch`;
/** Id of the Temporal Schedule. */
export const scheduleId = (taskQueue: string, pipeline: string): string => `${taskQueue}-${pipeline}`;
