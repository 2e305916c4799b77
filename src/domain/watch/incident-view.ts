/** What lists and the Web UI show of an incident. */
import { markdownText } from '../markdown';
import { clockText } from '../clock';
import type { Incident, IncidentStatus, TimelineEntry } from './incident';
import type { Severity } from './message';

export const INCIDENT_MEMO = 'incident';

/** In the memo of its workflow: listed without asking a worker. */
export interface IncidentSummary {
  readonly pipeline: string;
  readonly status: IncidentStatus;
  readonly severity: Severity;
  readonly title: string;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
  readonly nights: readonly string[];
  readonly owner: string | null;
  readonly command: string;
}

export const incidentSummary = ({
  settings,
  status,
  severity,
  last,
  openedAt,
  resolvedAt,
  nights,
}: Incident): IncidentSummary => ({
  pipeline: settings.pipeline,
  status,
  severity,
  title: last.title,
  openedAt,
  resolvedAt,
  nights,
  owner: settings.owner,
  command: last.command,
});

/** What its timer is for. */
export function waitsFor(status: IncidentStatus | undefined): string {
  if (status === 'resolved') return 'until the same cause opens a new incident';
  return status === 'snoozed' ? 'until the snooze is over' : 'until more people are told';
}

const SHOWN = 30;

/** What happened to it, in words. */
export const TIMELINE_WORDS: Readonly<Record<TimelineEntry['what'], string>> = {
  opened: 'opened',
  raised: 'more severe',
  updated: 'told again',
  escalated: 'nobody answered',
  acknowledged: 'acknowledged',
  snoozed: 'snoozed',
  resolved: 'over',
  reopened: 'opened again',
  observed: 'seen',
  sent: 'sent',
  'not sent': 'NOT SENT',
};

/** `open since 2026-11-27 03:10 (Europe/Berlin)` */
export function standingText({ status, openedAt, resolvedAt, snoozedUntil, settings: { zone } }: Incident): string {
  const clock = (instant: string) => `${clockText(instant, zone)} (${zone})`;
  if (status === 'resolved') return `resolved at ${clock(resolvedAt ?? openedAt)}`;
  if (status === 'snoozed') return `snoozed until ${clock(snoozedUntil ?? openedAt)}`;
  return `${status}, since ${clock(openedAt)}`;
}

/** `13:09`, with the day where it is another one than that on which it was opened. */
const timeCell = (at: string, { openedAt, settings: { zone } }: Incident) =>
  clockText(at, zone).replace(`${clockText(openedAt, zone).slice(0, 10)} `, '');

/** Markdown for the Web UI: how it stands, what to do, and what came before. */
export function incidentDetails(incident: Incident): string {
  const { severity, last, timeline, nights, status, settings } = incident;
  const { zone } = settings;
  return [
    `**${severity.toUpperCase()}, ${standingText(incident)}**`,
    '',
    markdownText(last.title),
    '',
    ...last.sections.map(({ label, text }) => `- **${label}**: ${markdownText(text)}`),
    ...(nights.length > 1 ? [`- **Nights**: ${nights.join(', ')}`] : []),
    ...(status === 'resolved'
      ? []
      : ['', `Do next: \`${last.command}\` (why: docs/runbook.md, paragraph ${last.runbook})`]),
    '',
    `| ${zone} | what | |`,
    '|---|---|---|',
    ...timeline
      .slice(-SHOWN)
      .toReversed()
      .map(({ at, what, text }) => `| ${timeCell(at, incident)} | ${TIMELINE_WORDS[what]} | ${markdownText(text)} |`),
  ].join('\n');
}

/** Markdown for the Web UI: how it is answered. Of more lines the page shows less. */
export const incidentStaticDetails = (id: string): string =>
  [
    `- see it: \`daybreak incidents ${id}\``,
    `- you are at it: \`daybreak incidents ack ${id} --why "…"\``,
    '- or `snooze … --for 2h`, or `resolve`; it ends by itself when the data are there',
    '- without daybreak: the update `ack`, `snooze` or `resolve` with `{"why": "…"}`',
  ].join('\n');
