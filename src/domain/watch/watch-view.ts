/** What the Web UI shows of a watch. */
import { markdownText } from '../markdown';
import { clockText } from '../clock';
import { isWork } from './answered';
import type { Night, WatchState } from './night';
import type { ScheduleSeen, Seen } from './seen';
import type { WatchSettings } from './settings';
import { remainingMs } from './trouble';
import { spanText } from './time-text';

export const watchStaticSummary = ({ pipeline, deadline, zone }: WatchSettings): string =>
  deadline === null ? `night watch of ${pipeline}` : `night watch of ${pipeline}: data needed by ${deadline} (${zone})`;

export const watchStaticDetails = ({ pipeline }: WatchSettings): string =>
  [
    'Looks at runs from outside and opens incidents; never ends, starts no run.',
    '',
    '- what is open: `daybreak incidents`',
    `- if it was ended: \`daybreak schedule apply\` in the folder of ${pipeline}`,
  ].join('\n');

function scheduleText(schedule: ScheduleSeen | null, zone: string): string {
  if (schedule === null) return 'No schedule: runs are started by hand or by something else.';
  if (schedule.paused)
    return `**The schedule is paused**${schedule.note === null ? '' : `: ${markdownText(schedule.note)}`}.`;
  const [next] = schedule.nextDue;
  const changed = schedule.changedByHand.length > 0 ? ' **Its schedule was changed by hand.**' : '';
  return `${next === undefined ? 'No start is to come.' : `The next run starts at ${clockText(next, zone)}.`}${changed}`;
}

/** How a night stands, in words. */
function standing(state: WatchState, night: Night, now: number): string {
  if (night.settledAt !== null) return `done: edition ${night.edition ?? ''}`;
  if (night.incident !== null)
    return isWork(state, night)
      ? `**trouble**: incident ${night.incident}`
      : `somebody said that incident ${night.incident} is over; its edition is not out`;
  if (night.runs.length === 0) return 'not started yet';
  const left = remainingMs(state, night, now);
  return left === null
    ? 'going on'
    : `going on, about ${spanText(left.p50)} left, at most ${spanText(left.p90)} on nine nights of ten`;
}

function deadlineCell({ deadline, settledAt }: Night, zone: string, now: number): string {
  if (deadline === null) return 'none';
  const at = clockText(deadline, zone);
  if (settledAt !== null) return `${at}, ${settledAt <= deadline ? 'kept' : 'missed'}`;
  const span = spanText(Date.parse(deadline) - now);
  return Date.parse(deadline) < now ? `${at}, **${span} ago**` : `${at}, in ${span}`;
}

/** Markdown: each night, the newest first, with its run, its deadline and how it stands. */
export function watchDetails(state: WatchState, seen: Seen): string {
  const now = Date.parse(seen.at);
  const { zone } = state.settings;
  const open = state.nights.filter((night) => night.settledAt === null && isWork(state, night)).length;
  const waiting = Object.values(state.undelivered);
  return [
    `**${open === 0 ? 'All is well' : open === 1 ? 'A night is in trouble' : `${open} nights are in trouble`}**, looked at ${clockText(seen.at, zone)} (${zone}).`,
    scheduleText(seen.schedule, zone),
    '',
    '| day | how it stands | data needed | run |',
    '|---|---|---|---|',
    ...state.nights
      .toReversed()
      .map(
        (night) =>
          `| ${night.asOf} | ${standing(state, night, now)} | ${deadlineCell(night, zone, now)} | ${night.runs.at(-1)?.workflowId ?? ''} |`,
      ),
    ...(waiting.length === 0
      ? []
      : ['', ...waiting.map(({ channel, text }) => `- **not sent to ${channel}**: ${markdownText(text)}`)]),
  ].join('\n');
}
