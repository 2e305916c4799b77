/** What happens to an incident: a pure step, state and event to state and what is to be told. */
import { clockText } from '../clock';
import { milliseconds } from '../window';
import type { TroubleKind } from './cause';
import { type Incident, type IncidentInput, type Observation, type Stepped, withEntry } from './incident';
import { messageOf } from './incident-message';
import { ANSWERS, atLeast, type IncidentEvent } from './message';
import { fittingRoutes, targetsOf } from './routes';
import type { WatchSettings } from './settings';

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
  const noted = withEntry(incident, { at, what: event, text: text ?? incident.last.title });
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
    return { incident: withEntry(seen, { at, what: 'observed', text: title }), orders: [] };
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
  return { incident: withEntry(ringing, { at, what: 'observed', text: title }), orders: [] };
}

const resolve = (incident: Incident, at: string, text: string): Stepped => {
  if (incident.status === 'resolved')
    return { incident: withEntry(incident, { at, what: 'observed', text }), orders: [] };
  const over: Incident = { ...incident, status: 'resolved', resolvedAt: at, snoozedUntil: null };
  // Who was never told need not hear that it is over.
  if (incident.toldAt === null) return { incident: withEntry(over, { at, what: 'resolved', text }), orders: [] };
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
  const noted = withEntry(incident, { at, what: 'escalated', text: `told ${channels.join(', ')}` });
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
    return withEntry(incident, { at, what: 'not sent', text: `${how.failure}${how.givenUp ? '; given up' : ''}` });
  const noted = withEntry(incident, { at, what: 'sent', text: `${channel}: ${how.answer}` });
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
