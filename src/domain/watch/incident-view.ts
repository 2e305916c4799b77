/** What lists and the Web UI show of an incident. */
import type { Incident, IncidentStatus, TimelineEntry } from './incident';
import type { Severity } from './message';
import { clockText } from './words';

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

/** Text of data in Markdown: no markup, and one line. */
const plain = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

/** Markdown for the Web UI: how it stands, what to do, and what came before. */
export function incidentDetails(incident: Incident): string {
  const { severity, last, timeline, nights, status, settings } = incident;
  const { zone } = settings;
  return [
    `**${severity.toUpperCase()}, ${standingText(incident)}**`,
    '',
    plain(last.title),
    '',
    ...last.sections.map(({ label, text }) => `- **${label}**: ${plain(text)}`),
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
      .map(({ at, what, text }) => `| ${clockText(at, zone)} | ${TIMELINE_WORDS[what]} | ${plain(text)} |`),
  ].join('\n');
}

/** Markdown for the Web UI: what this workflow is, and how it is answered. */
export const incidentStaticDetails = (id: string): string =>
  [
    'Something that may keep data from being there in time. It is opened once for a cause, rings by the routes of',
    '`pipeline.yaml`, and ends by itself some time after the data are there. How it stands is under *Current details*.',
    '',
    `- somebody is at it: \`daybreak incidents ack ${id} --why "…"\``,
    `- quiet for a while: \`daybreak incidents snooze ${id} --for 2h --why "…"\``,
    `- it is over: \`daybreak incidents resolve ${id} --why "…"\``,
    '',
    'Or send the update `ack`, `snooze` or `resolve` with `{"why": "…", "who": "…"}` as its input.',
  ].join('\n');
