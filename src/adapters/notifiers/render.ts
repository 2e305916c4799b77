/** A message in words, once for all channels. Nothing is escaped here but what no channel can show. */
import type { IncidentEvent, Message, Sending } from '../../domain/watch/message';
import { spanText } from '../../domain/watch/time-text';
import { clean, oneLine } from './escape';

const EVENTS: Readonly<Record<IncidentEvent, string>> = {
  opened: 'new',
  raised: 'raised',
  updated: 'update',
  escalated: 'escalated',
  acknowledged: 'acknowledged',
  snoozed: 'snoozed',
  resolved: 'resolved',
  reopened: 'open again',
};

/** What is read and not answered has no severity. */
const KINDS = { digest: 'DIGEST', insights: 'FINDINGS' } as const;

export interface Rendered {
  /** `[CRITICAL, new] customer-analytics: it will be late`, on one line. */
  readonly headline: string;
  /** What to know of the message itself: that it is a test, late, or may be a repeat. */
  readonly marks: readonly string[];
  readonly sections: readonly { readonly label: string; readonly text: string }[];
  readonly command?: string;
  readonly links: readonly { readonly label: string; readonly url: string }[];
  readonly runbook?: string;
  /** `team data · 2026-11-26T02:10:00Z`, on one line. */
  readonly footer: string;
}

export function render(message: Message, sending: Sending): Rendered {
  const { kind, event, severity, pipeline, owner, command, runbook } = message;
  const title = oneLine(message.title);
  const tag = [
    kind === 'incident' ? severity.toUpperCase() : kind === 'test' ? `TEST ${severity.toUpperCase()}` : KINDS[kind],
    ...(event === undefined ? [] : [EVENTS[event]]),
  ].join(', ');
  const marks = [
    ...(kind === 'test' ? ['This is a test: nothing is wrong, and nothing is to be done.'] : []),
    ...(sending.lateSeconds === undefined
      ? []
      : [`Late: it could not be sent at first, and comes ${spanText(sending.lateSeconds * 1000)} after it was due.`]),
    ...(sending.attempt > 1
      ? [`This may be a repeat: it is attempt ${sending.attempt}, and an earlier one may have arrived.`]
      : []),
  ];
  return {
    headline: `[${tag}] ${title.includes(pipeline) ? title : `${oneLine(pipeline)}: ${title}`}`,
    marks,
    sections: message.sections.map(({ label, text }) => ({ label: oneLine(label), text: clean(text).trim() })),
    ...(command === undefined ? {} : { command: oneLine(command) }),
    links: message.links.map(({ label, url }) => ({ label: oneLine(label), url: oneLine(url) })),
    ...(runbook === undefined ? {} : { runbook: `docs/runbook.md#${oneLine(runbook)}` }),
    footer: [...(owner === undefined ? [] : [`team ${oneLine(owner)}`]), oneLine(message.at)].join(' · '),
  };
}

/** The whole as plain text. */
export const plainText = ({ headline, marks, sections, command, links, runbook, footer }: Rendered): string =>
  [
    [headline, ...marks].join('\n'),
    ...sections.map(({ label, text }) => `${label}\n${text.replaceAll(/^/gm, '  ')}`),
    ...(command === undefined ? [] : [`To do\n  ${command}`]),
    [
      ...links.map(({ label, url }) => `${label}: ${url}`),
      ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
      footer,
    ].join('\n'),
  ].join('\n\n');
