/** What people are told of an incident. */
import type { Incident } from './incident';
import type { IncidentEvent, Message } from './message';

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

export function messageOf(incident: Incident, event: IncidentEvent, at: string, text?: string): Message {
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
