/** An incident: one root cause, from first sight to recovery. What happens to it is in `incident-step.ts`. */
import type { Cause } from './cause';
import type { IncidentEvent, Message, Severity } from './message';
import type { Target } from './routes';
import type { WatchSettings } from './settings';

export interface TimelineEntry {
  readonly at: string;
  /** What happened to the incident; of a message, whether it arrived. */
  readonly what: IncidentEvent | 'observed' | 'sent' | 'not sent';
  readonly text: string;
}

/** What the watch saw, in words for people. */
export interface Observation {
  readonly at: string;
  readonly severity: Severity;
  readonly cause: Cause;
  /** The day whose data are concerned. */
  readonly asOf: string;
  readonly title: string;
  readonly sections: Message['sections'];
  readonly command: string;
  readonly runbook: string;
  readonly links: Message['links'];
}

export type IncidentStatus = 'open' | 'acknowledged' | 'snoozed' | 'resolved';

export interface Incident {
  readonly id: string;
  readonly settings: WatchSettings;
  readonly status: IncidentStatus;
  /** The worst so far, since it was opened last. */
  readonly severity: Severity;
  readonly openedAt: string;
  readonly last: Observation;
  /** Days whose data it concerned. */
  readonly nights: readonly string[];
  /** Days that somebody said are over. */
  readonly waived: readonly string[];
  /** How often it rang anew after somebody had answered: who took it on before would not be woken. */
  readonly ring: number;
  /** Days for which it has rung already. */
  readonly rung: readonly string[];
  /** When somebody was told first since it was opened last; escalations count from there. */
  readonly toldAt: string | null;
  /** Channels that were told since then: they hear the rest too, at whatever hour. */
  readonly channels: readonly string[];
  /** Steps of escalation that were taken, by their time in ms. */
  readonly escalated: number;
  readonly snoozedUntil: string | null;
  readonly resolvedAt: string | null;
  readonly timeline: readonly TimelineEntry[];
  /** Messages so far: numbers their ids. */
  readonly messages: number;
}

export type IncidentInput =
  | { readonly kind: 'observed'; readonly settings: WatchSettings; readonly observation: Observation }
  | { readonly kind: 'recovered'; readonly at: string; readonly text: string }
  | { readonly kind: 'ack' | 'resolve'; readonly at: string; readonly why: string; readonly who: string }
  | { readonly kind: 'snooze'; readonly at: string; readonly why: string; readonly who: string; readonly until: string }
  | { readonly kind: 'time'; readonly at: string };

/** A message, and who gets it. */
export interface Order {
  readonly message: Message;
  readonly targets: readonly Target[];
}

export interface Stepped {
  readonly incident: Incident;
  readonly orders: readonly Order[];
}

/** What a timeline keeps; the oldest of the middle go first. */
const TIMELINE = 200;

export const withEntry = (incident: Incident, entry: TimelineEntry): Incident => {
  const all = [...incident.timeline, entry];
  return { ...incident, timeline: all.length <= TIMELINE ? all : [...all.slice(0, 20), ...all.slice(-TIMELINE + 20)] };
};

/** A new one; it is told by the step of its first observation. */
export const newIncident = (id: string, settings: WatchSettings, observation: Observation): Incident => ({
  id,
  settings,
  status: 'open',
  severity: observation.severity,
  openedAt: observation.at,
  last: observation,
  nights: [],
  waived: [],
  ring: 0,
  rung: [],
  toldAt: null,
  channels: [],
  escalated: 0,
  snoozedUntil: null,
  resolvedAt: null,
  timeline: [],
  messages: 0,
});
