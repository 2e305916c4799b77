/** Incidents as people read them. */
import type { IncidentAnswered, IncidentFound, IncidentListed } from '../../client';
import { clockText } from '../../domain/clock';
import type { Incident, IncidentStatus } from '../../domain/watch/incident';
import { standingText, TIMELINE_WORDS } from '../../domain/watch/incident-view';
import type { Severity } from '../../domain/watch/message';
import { instantText, oneLine, type Output, printable, textTable, wrapped } from '../output';

const TITLE_WIDTH = 100;
const TEXT_WIDTH = 110;
const INDENT = '  ';
const SHOWN = 40;

const tint = (severity: Severity, { paint }: Output) =>
  ({ critical: paint.red, degraded: paint.yellow, routine: paint.dim })[severity];

export function listText(found: readonly IncidentListed[], all: boolean, output: Output): string {
  if (found.length === 0)
    return all ? 'no incident, ever' : 'no incident is open; `daybreak incidents --all` shows those that are over';
  const isOver = ({ status }: IncidentListed) => status === 'resolved' || status === 'ended';
  const table = textTable(
    ['incident', 'severity', 'is', 'opened', 'what'],
    found.map((one) => [
      one.id,
      { text: one.severity, paint: isOver(one) ? output.paint.dim : tint(one.severity, output) },
      one.status,
      instantText(one.openedAt),
      oneLine(one.title, TITLE_WIDTH),
    ]),
  );
  const first = found.find((one) => !isOver(one));
  return first === undefined
    ? table
    : `${table}\n\nnext: \`daybreak incidents ${first.id}\` says what happened, what is safe and what to do`;
}

const block = (text: string) =>
  text
    .split('\n')
    .flatMap((line) => wrapped(printable(line), TEXT_WIDTH).split('\n'))
    .map((line) => `${INDENT}${line}`)
    .join('\n');

function wholeText(id: string, incident: Incident, output: Output): string {
  const { severity, last, timeline, settings, nights } = incident;
  const { paint } = output;
  const isOver = incident.status === 'resolved';
  const head = `${tint(severity, output)(severity.toUpperCase())}  ${paint.bold(printable(last.title))}`;
  const events = timeline
    .slice(-SHOWN)
    .map(({ at, what, text }) => [clockText(at, settings.zone), TIMELINE_WORDS[what], oneLine(text, TITLE_WIDTH)]);
  return [
    head,
    `${INDENT}incident ${id}, ${standingText(incident)}${settings.owner === null ? '' : `; of ${settings.owner}`}${nights.length > 1 ? `; nights ${nights.join(', ')}` : ''}`,
    ...last.sections.flatMap(({ label, text }) => ['', paint.bold(label), block(text)]),
    '',
    ...(isOver
      ? []
      : [
          `${paint.bold('Do next')}  ${paint.cyan(printable(last.command))}`,
          `Answer   daybreak incidents ack ${id} --why "…"  (or snooze --for 2h, or resolve)`,
        ]),
    `Runbook  docs/runbook.md#${last.runbook}`,
    ...last.links.map(({ label, url }) => `${label}  ${printable(url)}`),
    '',
    textTable([settings.zone, '', ''], events),
  ].join('\n');
}

export function incidentText({ whole, ...listed }: IncidentFound, output: Output): string {
  if (whole !== null) return wholeText(listed.id, whole, output);
  const { id, severity, title, status, openedAt, command } = listed;
  const isOver = status === 'resolved' || status === 'ended';
  return [
    `${tint(severity, output)(severity.toUpperCase())}  ${output.paint.bold(printable(title))}`,
    `${INDENT}incident ${id}, ${status}, since ${instantText(openedAt)}`,
    ...(isOver || command === '' ? [] : ['', `Do next  ${printable(command)}`]),
    '',
    'No worker answers for it: what is known comes from the server alone. Its sections and its timeline are told',
    'once `daybreak worker --only watch` runs.',
  ].join('\n');
}

const BECAME: Readonly<Record<IncidentStatus, string>> = {
  open: 'is open',
  acknowledged: 'is yours: nobody else is told because nobody answers',
  snoozed: 'is quiet',
  resolved: 'is over; the same cause opens it again',
};

export const answeredText = (
  { id, status }: IncidentAnswered,
  told: { readonly who: string; readonly why: string; readonly for?: string },
): string => `${id} ${BECAME[status]}${told.for === undefined ? '' : ` for ${told.for}`} (${told.who}: ${told.why})`;
