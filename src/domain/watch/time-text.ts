/** Times as people read them, while something goes on. No zod here: workflows import it. */
import { runTimeLeft, type TimedRun, type TimeLeft } from './time-left';
import type { Deadline } from './timing';

const MINUTE = 60_000;

/** `3 h 10 min`, `12 min`, `40 s` */
export function spanText(ms: number): string {
  const span = Math.abs(ms);
  if (span < 2 * MINUTE) return `${Math.round(span / 1000)} s`;
  const minutes = Math.round(span / MINUTE);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** `about 12 min left, at most 18 min (from 14 nights)` */
export const leftText = ({ p50, p90, runs }: TimeLeft): string =>
  `about ${spanText(p50 * 1000)} left, at most ${spanText(p90 * 1000)} (from ${runs} night${runs === 1 ? '' : 's'})`;

/** `deadline 07:30 Europe/Berlin, slack 3 h 10 min` */
export function deadlineText({ at, text }: Deadline, now: number): string {
  const slack = Date.parse(at) - now;
  return `deadline ${text}, ${slack < 0 ? `missed by ${spanText(slack)}` : `slack ${spanText(slack)}`}`;
}

/** What is left of a run that goes on, and what is left to its deadline, as far as either is known. */
export function timeTexts(run: TimedRun & { readonly deadline?: Deadline }, now: number): string[] {
  if (run.stage === 'done') return [];
  const left = runTimeLeft(run, now);
  return [
    ...(left === null ? [] : [leftText(left)]),
    ...(run.deadline === undefined ? [] : [deadlineText(run.deadline, now)]),
  ];
}
