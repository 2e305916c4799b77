/**
 * An incident: one root cause, from first sight to recovery. What happens to it is a pure step: state and event to state and
 * what is to be told.
 */
import { clockText } from '../wall-clock';
import { milliseconds } from '../window';
import type { Cause, TroubleKind } from './cause';
import { atLeast, type IncidentEvent, type Message, type Severity } from './message';
import { fittingRoutes, type Target, targetsOf } from './routes';
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

const note = (incident: Incident, entry: TimelineEntry): Incident => {
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

const TITLES: Partial<Record<IncidentEvent, string>> = {
  resolved: 'Resolved: ',
  acknowledged: 'Acknowledged: ',
  snoozed: 'Snoozed: ',
  reopened: 'Again: ',
  escalated: 'Nobody has answered: ',
};

/** What wants an answer. */
const ASKING: readonly IncidentEvent[] = ['opened', 'raised', 'reopened', 'escalated'];

/** By the end of its id, which is enough to find it. */
const answerText = (id: string): string =>
  `daybreak incidents ack ${id.split('-').at(-1) ?? id} --why "…" says that you are at it, and nobody else is woken`;

function messageOf(incident: Incident, event: IncidentEvent, at: string, text?: string): Message {
  const { id, settings, last, severity, openedAt } = incident;
  const over = event === 'resolved';
  return {
    id: `${id}/${Date.parse(openedAt)}/${incident.messages + 1}`,
    kind: 'incident',
    thread: id,
    ...(incident.ring === 0 ? {} : { ring: incident.ring }),
    event,
    severity,
    pipeline: settings.pipeline,
    ...(settings.owner === null ? {} : { owner: settings.owner }),
    title: `${TITLES[event] ?? ''}${last.title}`,
    sections: [
      ...(text === undefined ? [] : [{ label: 'Now', text }]),
      ...(over ? [] : last.sections),
      ...(severity === 'critical' && ASKING.includes(event) ? [{ label: 'To answer', text: answerText(id) }] : []),
    ],
    ...(over ? {} : { command: last.command }),
    runbook: last.runbook,
    links: last.links,
    at,
  };
}

const ANSWERS: readonly IncidentEvent[] = ['acknowledged', 'snoozed', 'resolved'];

/** Tells everyone whom it concerns now or was told before; nobody where no route fits, and then it counts as not told. */
function tell(incident: Incident, event: IncidentEvent, at: string, text?: string): Stepped {
  const fitting = targetsOf(incident.settings, { severity: incident.severity, at });
  const before = incident.channels.filter((name) => !fitting.some(({ channel }) => channel === name));
  // Answers and ends are for who was told.
  const news = ANSWERS.includes(event) ? [] : fitting;
  const heard = ANSWERS.includes(event) ? incident.channels : before;
  const told = [...news.map(({ channel }) => channel), ...heard];
  const targets = told.map((channel) => {
    const { otherwise = [] } = news.find((target) => target.channel === channel) ?? {};
    return { channel, otherwise: otherwise.filter((name) => !told.includes(name)) };
  });
  const noted = note(incident, { at, what: event, text: text ?? incident.last.title });
  if (targets.length === 0) return { incident: noted, orders: [] };
  const next: Incident = {
    ...noted,
    messages: incident.messages + 1,
    toldAt: incident.toldAt ?? at,
    channels: targets.map(({ channel }) => channel),
  };
  return { incident: next, orders: [{ message: messageOf(incident, event, at, text), targets }] };
}

/** Nothing goes on any more. */
const FINAL: readonly TroubleKind[] = ['failed', 'blocked', 'cancelled'];

function observed(incident: Incident, settings: WatchSettings, observation: Observation): Stepped {
  const { at, severity, asOf, title } = observation;
  const first = incident.nights.length === 0;
  const worse = !atLeast(incident.severity, severity);
  const again = incident.status === 'resolved';
  const newNight = !incident.nights.includes(asOf);
  const seen: Incident = {
    ...incident,
    settings,
    last: observation,
    severity: again || worse ? severity : incident.severity,
    nights: newNight ? [...incident.nights, asOf].slice(-30) : incident.nights,
  };
  const rings = severity === 'critical' && !incident.rung.includes(asOf);
  if (incident.waived.includes(asOf))
    return { incident: note(seen, { at, what: 'observed', text: title }), orders: [] };
  const isAnswered = incident.status === 'acknowledged' || incident.status === 'snoozed';
  const ring = incident.ring + (rings && isAnswered ? 1 : 0);
  const ringing = rings ? { ...seen, ring, rung: [...seen.rung, asOf].slice(-30) } : seen;
  if (again)
    return tell(
      { ...ringing, status: 'open', openedAt: at, toldAt: null, channels: [], escalated: 0, resolvedAt: null },
      'reopened',
      at,
    );
  if (first) return tell(ringing, 'opened', at);
  // What rings is news: who took it on before may not know how it is now, or that another night is at risk of it.
  const event = incident.channels.length === 0 ? 'opened' : 'raised';
  if (rings) return tell({ ...ringing, status: 'open', toldAt: null, escalated: 0, snoozedUntil: null }, event, at);
  if (worse) return tell({ ...ringing, toldAt: null, escalated: 0 }, event, at);
  // Who was told of something that might pass must not go on believing it when a run has ended badly.
  const { kind } = observation.cause;
  if (incident.toldAt !== null && FINAL.includes(kind) && kind !== incident.last.cause.kind)
    return tell(ringing, 'updated', at);
  return { incident: note(ringing, { at, what: 'observed', text: title }), orders: [] };
}

const resolve = (incident: Incident, at: string, text: string): Stepped => {
  if (incident.status === 'resolved') return { incident: note(incident, { at, what: 'observed', text }), orders: [] };
  const over: Incident = { ...incident, status: 'resolved', resolvedAt: at, snoozedUntil: null };
  // Who was never told need not hear that it is over.
  if (incident.toldAt === null) return { incident: note(over, { at, what: 'resolved', text }), orders: [] };
  return tell(over, 'resolved', at, text);
};

/** Steps of escalation of all routes that fitted when it was told, by their time. */
function escalations({
  settings,
  severity,
  toldAt,
}: Incident): readonly { readonly afterMs: number; readonly to: readonly string[] }[] {
  if (toldAt === null) return [];
  return fittingRoutes(settings, { severity, at: toldAt })
    .flatMap((route) => route.escalate.map(({ after, to }) => ({ afterMs: milliseconds(after), to })))
    .toSorted((a, b) => a.afterMs - b.afterMs);
}

function timePassed(incident: Incident, at: string): Stepped {
  const now = Date.parse(at);
  if (incident.status === 'snoozed' && incident.snoozedUntil !== null && Date.parse(incident.snoozedUntil) <= now)
    return tell(
      { ...incident, status: 'open', snoozedUntil: null, toldAt: at, escalated: 0, ring: incident.ring + 1 },
      'updated',
      at,
      'The snooze is over.',
    );
  if (incident.status !== 'open' || incident.toldAt === null) return { incident, orders: [] };
  const told = Date.parse(incident.toldAt);
  const due = escalations(incident).filter(({ afterMs }) => afterMs > incident.escalated && told + afterMs <= now);
  const last = due.at(-1);
  if (last === undefined) return { incident, orders: [] };
  const channels = [...new Set(due.flatMap(({ to }) => to))];
  const message = messageOf(incident, 'escalated', at);
  const noted = note(incident, { at, what: 'escalated', text: `told ${channels.join(', ')}` });
  return {
    incident: {
      ...noted,
      escalated: last.afterMs,
      messages: incident.messages + 1,
      channels: [...new Set([...incident.channels, ...channels])],
    },
    orders: [{ message, targets: channels.map((channel) => ({ channel, otherwise: [] })) }],
  };
}

export function incidentStep(incident: Incident, input: IncidentInput): Stepped {
  const { at } = 'observation' in input ? input.observation : input;
  switch (input.kind) {
    case 'observed':
      return observed(incident, input.settings, input.observation);
    case 'recovered':
      return resolve(incident, at, input.text);
    case 'resolve':
      return resolve({ ...incident, waived: incident.nights }, at, `${input.who}: ${input.why}`);
    case 'ack':
      return tell(
        { ...incident, status: 'acknowledged', snoozedUntil: null },
        'acknowledged',
        at,
        `${input.who}: ${input.why}`,
      );
    case 'snooze':
      return tell(
        { ...incident, status: 'snoozed', snoozedUntil: input.until },
        'snoozed',
        at,
        `${input.who}, until ${clockText(input.until, incident.settings.zone)} (${incident.settings.zone}): ${input.why}`,
      );
    case 'time':
      return timePassed(incident, at);
  }
}

/** A message arrived at its channel, or did not; who was told in another's stead hears the rest too. */
export function messageTold(
  incident: Incident,
  at: string,
  { channel }: { readonly channel: string },
  how: { readonly answer: string } | { readonly failure: string; readonly givenUp: boolean },
): Incident {
  if ('failure' in how)
    return note(incident, { at, what: 'not sent', text: `${how.failure}${how.givenUp ? '; given up' : ''}` });
  const noted = note(incident, { at, what: 'sent', text: `${channel}: ${how.answer}` });
  const isNew = incident.status !== 'resolved' && !incident.channels.includes(channel);
  return isNew ? { ...noted, channels: [...incident.channels, channel] } : noted;
}

/** When time alone changes something next; `null` when it never does. */
export function nextTime(incident: Incident): number | null {
  const { status, toldAt, snoozedUntil, resolvedAt, settings } = incident;
  if (status === 'resolved') return Date.parse(resolvedAt ?? incident.openedAt) + milliseconds(settings.notify.reopen);
  if (status === 'snoozed' && snoozedUntil !== null) return Date.parse(snoozedUntil);
  if (status !== 'open' || toldAt === null) return null;
  const next = escalations(incident).find(({ afterMs }) => afterMs > incident.escalated);
  return next === undefined ? null : Date.parse(toldAt) + next.afterMs;
}

/** Why an answer makes no sense; `undefined` when it does. Nobody has looked at it before: it may have been typed by hand. */
export function answerProblem(
  incident: Pick<Incident, 'status'> | undefined,
  kind: 'ack' | 'snooze' | 'resolve',
  answer: unknown,
): string | undefined {
  const {
    why,
    who,
    for: span,
  } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  if (typeof why !== 'string' || why.trim() === '') return 'a reason is missing; expected {"why": "…"}';
  if (who !== undefined && typeof who !== 'string') return 'expected a name as "who"';
  if (kind === 'snooze' && span !== undefined && !(typeof span === 'string' && /^[1-9]\d{0,3}(s|m|h|d)$/.test(span)))
    return 'expected a time such as 30m or 2h as "for"';
  if (incident === undefined) return 'nothing is known of it yet';
  if (incident.status === 'resolved') return `it is resolved already: there is nothing to ${kind}`;
  return undefined;
}
