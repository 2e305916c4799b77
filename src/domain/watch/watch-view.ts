/** What the Web UI shows of a watch. */
import type { WatchState } from './night';
import type { Seen } from './seen';
import { remainingMs } from './trouble';
import { spanText } from './words';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

/** Markdown: each night with its run, its deadline and what is left. */
export function watchDetails(state: WatchState, seen: Seen): string {
  const now = Date.parse(seen.at);
  const { schedule } = seen;
  const next =
    schedule === null
      ? 'no schedule'
      : schedule.paused
        ? `paused: ${schedule.note ?? ''}`
        : `next start ${schedule.nextDue[0] ?? 'never'}`;
  return [
    `looked at ${seen.at}; ${cell(next)}`,
    '',
    '| day | run | deadline | slack | left | is |',
    '|---|---|---|---|---|---|',
    ...state.nights.map((night) => {
      const left = night.settledAt === null ? remainingMs(state, night, now) : null;
      const slack =
        night.deadline === null || night.settledAt !== null ? '' : spanText(Date.parse(night.deadline) - now);
      const late = night.deadline !== null && Date.parse(night.deadline) < now ? ' ago' : '';
      const is = night.edition ?? (night.incident === null ? 'going on' : `incident ${night.incident}`);
      return `| ${night.asOf} | ${night.runs.at(-1)?.workflowId ?? ''} | ${night.deadline ?? ''} | ${slack}${slack === '' ? '' : late} | ${left === null ? '' : `${spanText(left.p50)}, at most ${spanText(left.p90)}`} | ${is} |`;
    }),
  ].join('\n');
}
