/** What the watch tells of itself in numbers. */
import type { Severity } from './message';
import type { WatchState } from './night';
import { remainingMs } from './trouble';

export interface WatchFigures {
  /** Of the next night: time to the deadline beyond what remains at P90; `null` where nobody waits. */
  readonly slackSeconds: number | null;
  /** Incidents that are open, by severity. */
  readonly open: Readonly<Record<Severity, number>>;
  /** Messages that wait, by channel; also 0. */
  readonly undelivered: Readonly<Record<string, number>>;
}

export function watchFigures(state: WatchState, now: number): WatchFigures {
  const night = state.nights.find(({ settledAt, deadline }) => settledAt === null && deadline !== null);
  const left = night === undefined ? null : remainingMs(state, night, now);
  const slackMs = night?.deadline ? Date.parse(night.deadline) - now - (left?.p90 ?? 0) : null;
  const severities = new Map(
    state.nights.flatMap(({ incident, said }) =>
      incident === null || said === null ? [] : [[incident, said.severity] as const],
    ),
  );
  const count = (severity: Severity) => [...severities.values()].filter((known) => known === severity).length;
  const waiting = Object.values(state.undelivered).map(({ channel }) => channel);
  const channels = [...Object.keys(state.settings.notify.channels), ...waiting];
  return {
    slackSeconds: slackMs === null ? null : Math.round(slackMs / 1000),
    open: { routine: count('routine'), degraded: count('degraded'), critical: count('critical') },
    undelivered: Object.fromEntries(
      channels.map((channel) => [channel, waiting.filter((name) => name === channel).length]),
    ),
  };
}
