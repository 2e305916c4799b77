/** Schedules as people read them. */
import type { ScheduleApplied } from '../../client';
import type { ScheduleListed } from '../../temporal/schedules';
import type { ScheduleDifference } from '../../temporal/schedule-apply';
import { instantText, type Output, textTable } from '../output';

/** `Fri 2026-11-27 03:00:00` on clocks of the zone. */
const clockText = (instant: string, zone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
    new Date(instant),
  );

/** The next starts, on the zone's clocks and UTC's. */
export function nextText({ nextDue, facts, paused }: ScheduleListed, output: Output): string {
  const zone = facts.zone ?? 'UTC';
  if (paused) return 'nothing starts while it is paused';
  if (nextDue.length === 0) return 'nothing is to start';
  if (zone === 'UTC')
    return textTable(
      ['next'],
      nextDue.map((due) => [instantText(due)]),
    );
  return textTable(
    [`next, in ${zone}`, 'UTC'],
    nextDue.map((due) => [clockText(due, zone), { text: instantText(due), paint: output.paint.dim }]),
  );
}

/** The difference, a line each, and what of it somebody else made. */
export function differenceText({ id, isNew, differences, changedByHand }: ScheduleDifference, output: Output): string {
  const { paint } = output;
  const lines = (texts: readonly string[]) =>
    texts.map((text) => `  ${isNew ? text.replace(': none -> ', ': ') : text}`);
  const head = isNew ? 'what is declared:' : 'what is there -> what is declared:';
  return [
    `schedule ${paint.bold(id)}${isNew ? ', which is not there yet' : ''}`,
    ...(changedByHand.length === 0
      ? []
      : [paint.yellow('changed in Temporal since it was applied:'), ...lines(changedByHand)]),
    ...(differences.length === 0 ? ['  it is as it is declared'] : [head, ...lines(differences)]),
  ].join('\n');
}

const DID: Readonly<Record<ScheduleApplied['did'], string>> = {
  made: 'made',
  changed: 'changed; a run that is going on keeps the definition it began with',
  nothing: 'nothing to do',
  refused: 'left as it is, as somebody changed it in Temporal',
};

export const pausedText = ({ paused, note }: ScheduleListed): string =>
  paused ? `it is paused${note === null ? '' : `: ${note}`}; \`daybreak schedule resume\` lets it go on` : '';

export function appliedText({ did, schedule }: ScheduleApplied, output: Output): string {
  const { paint } = output;
  const head = did === 'refused' ? paint.yellow(DID.refused) : paint.green(DID[did]);
  const next =
    did === 'refused'
      ? 'next: declare it so in pipeline.yaml, or overwrite it with `daybreak schedule apply --force`'
      : schedule === null
        ? ''
        : [pausedText(schedule), nextText(schedule, output)].filter((text) => text !== '').join('\n');
  return [head, next].filter((text) => text !== '').join('\n');
}

export function listText(schedules: readonly ScheduleListed[], output: Output): string {
  if (schedules.length === 0)
    return 'no schedule; declare one in pipeline.yaml and make it with `daybreak schedule apply`';
  const { paint } = output;
  const state = ({ paused, changedByHand, pipeline }: ScheduleListed) =>
    paused
      ? { text: 'paused', paint: paint.yellow }
      : pipeline === null
        ? 'made by hand'
        : changedByHand.length > 0
          ? { text: 'changed by hand', paint: paint.yellow }
          : { text: 'on', paint: paint.green };
  return textTable(
    ['schedule', 'pipeline', 'is', 'cron', 'zone', 'next, UTC', 'note'],
    schedules.map((schedule) => [
      schedule.id,
      schedule.pipeline ?? '',
      state(schedule),
      schedule.facts.cron ?? '',
      schedule.facts.zone ?? '',
      schedule.paused ? '' : (schedule.nextDue.slice(0, 1).map(instantText)[0] ?? ''),
      schedule.note ?? '',
    ]),
  );
}
