/** What is told to people. No zod here: workflows import it. */

/**
 * How much it matters: `routine` heals by itself and is read in the morning, `degraded` needs a person but no sleep,
 * `critical` puts the morning at risk.
 */
export const SEVERITIES = ['routine', 'degraded', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const atLeast = (severity: Severity, least: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);

/** What happened to an incident that it is told. */
export type IncidentEvent =
  | 'opened'
  | 'raised'
  | 'updated'
  | 'escalated'
  | 'acknowledged'
  | 'snoozed'
  | 'resolved'
  | 'reopened';

/** What is for who was told, and for nobody else. */
export const ANSWERS: readonly IncidentEvent[] = ['acknowledged', 'snoozed', 'resolved'];

/**
 * One message, for any channel. Its texts may hold words of data and of errors: a channel escapes them, and they hold
 * neither secrets nor names or addresses of customers.
 */
export interface Message {
  /** The same in every attempt, and of no other message: what is accepted twice can be known by it. */
  readonly id: string;
  readonly kind: 'incident' | 'digest' | 'insights' | 'test';
  /** The same for all messages of an incident: PagerDuty's dedup key, Slack's thread, e-mail's references. */
  readonly thread: string;
  /** How often it rang anew after somebody had answered. */
  readonly ring?: number;
  readonly event?: IncidentEvent;
  readonly severity: Severity;
  readonly pipeline: string;
  readonly owner?: string;
  /** One line. */
  readonly title: string;
  /** In this order: what happened, what is still safe, what was done by itself, what remains; or the parts of a digest. */
  readonly sections: readonly { readonly label: string; readonly text: string }[];
  /** The one command to run. */
  readonly command?: string;
  /** Anchor in docs/runbook.md, such as `never-started`. */
  readonly runbook?: string;
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** ISO 8601. */
  readonly at: string;
}

/** What a channel needs to know of this attempt. */
export interface Sending {
  /** From 1; an earlier one may have been accepted without our hearing of it. */
  readonly attempt: number;
  /** What the channel gave for the first message of the thread, such as Slack's time stamp. */
  readonly reference?: string;
  /** How much later than meant, in seconds, when it could not be sent at first. */
  readonly lateSeconds?: number;
}

export interface Sent {
  /** To be handed back with the next message of the thread. */
  readonly reference?: string;
  /** What came back, for people: `202 Accepted`. */
  readonly answer: string;
}
