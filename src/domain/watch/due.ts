/** Which nights there are: those that starts of a schedule make, and those of days that are asked about. */
import { localDay } from '../window';
import { deadlineOfNight } from './deadline';
import type { NightSeen, ScheduleSeen } from './seen';
import type { WatchSettings } from './settings';

/** A day whose data are not there yet, with when its first run was due as far as that is known. */
export interface DayAsked {
  readonly asOf: string;
  readonly dueAt: string | null;
}

/** First starts of days, by day. */
function firstStarts({ recent, nextDue }: Pick<ScheduleSeen, 'recent' | 'nextDue'>, zone: string, now: string) {
  // A schedule that is paused goes on telling what was to come when it was paused.
  const coming = [...nextDue.filter((due) => due <= now), ...nextDue.filter((due) => due > now).slice(0, 1)];
  const first = new Map<string, string>();
  for (const dueAt of [...recent.map((run) => run.dueAt), ...coming].toSorted()) {
    const day = localDay(new Date(dueAt), zone);
    if (!first.has(day)) first.set(day, dueAt);
  }
  return first;
}

/**
 * The nights at an instant, with when their data are needed. A night is that of the first start of its day: whatever is
 * started later, by the schedule or by hand, does not put off its deadline.
 */
export function nightsDue(
  { deadline, zone }: Pick<WatchSettings, 'deadline' | 'zone'>,
  schedule: Pick<ScheduleSeen, 'recent' | 'nextDue'> | null,
  days: readonly DayAsked[],
  at: Date,
): NightSeen[] {
  const now = at.toISOString();
  const due = schedule === null ? new Map<string, string>() : firstStarts(schedule, zone, now);
  for (const { asOf, dueAt } of days) if (dueAt !== null && dueAt <= now) due.set(asOf, dueAt);
  const nightOf = (asOf: string, dueAt: string | null): NightSeen => {
    const first = dueAt === null ? null : new Date(dueAt);
    const needed = deadline === null ? null : deadlineOfNight(asOf, first, deadline, zone);
    return { asOf, dueAt, deadline: needed?.toISOString() ?? null };
  };
  const nights = [...due].map(([asOf, dueAt]) => nightOf(asOf, dueAt));
  const others = [...new Set([...days.map(({ asOf }) => asOf), localDay(at, zone)])].filter((asOf) => !due.has(asOf));
  // What is needed by a deadline is brought by the start before it, though that was on another day.
  const brought = new Set(nights.map((night) => night.deadline));
  return [
    ...nights,
    ...others.map((asOf) => {
      const night = nightOf(asOf, null);
      return brought.has(night.deadline) ? { ...night, deadline: null } : night;
    }),
  ];
}
