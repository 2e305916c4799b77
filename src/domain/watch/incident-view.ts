/** What lists and the Web UI show of an incident. */
import type { Incident, IncidentStatus } from './incident';
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

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

/** Markdown for the Web UI. */
export function incidentDetails({ status, severity, last, timeline }: Incident): string {
  return [
    `**${status}**, ${severity}: ${cell(last.title)}`,
    '',
    ...last.sections.map(({ label, text }) => `- **${label}**: ${cell(text)}`),
    '',
    `\`${last.command}\``,
    '',
    '| when | what | |',
    '|---|---|---|',
    ...timeline.slice(-30).map(({ at, what, text }) => `| ${at} | ${what} | ${cell(text)} |`),
  ].join('\n');
}
