/** Who is told: the routes of a pipeline that fit. */
import { isWithin } from '../hours';
import type { Channel } from './definition';
import type { Severity } from './message';
import { LOG_CHANNEL, type WatchSettings } from './settings';

/** A channel, and those that get the message when it is dead. */
export interface Target {
  readonly channel: string;
  readonly otherwise: readonly string[];
}

export interface Routed {
  readonly severity: Severity;
  /** ISO 8601. */
  readonly at: string;
}

export const channelOf = (settings: WatchSettings, name: string): Channel =>
  settings.notify.channels[name] ?? LOG_CHANNEL;

/** Channels of every route that fits, each once; the log where nothing is declared for what needs a person. */
export function targetsOf(settings: WatchSettings, { severity, at }: Routed): Target[] {
  const { notify, zone, owner } = settings;
  const fitting = notify.routes.filter(
    (route) =>
      route.severity.includes(severity) &&
      (route.owner === undefined || route.owner === owner) &&
      (route.hours === undefined || isWithin(route.hours, new Date(at), zone)),
  );
  const targets = new Map<string, Target>();
  for (const { to, otherwise = [] } of fitting)
    for (const channel of to)
      targets.set(channel, {
        channel,
        otherwise: [...new Set([...(targets.get(channel)?.otherwise ?? []), ...otherwise])],
      });
  if (targets.size === 0 && severity !== 'routine') targets.set('log', { channel: 'log', otherwise: [] });
  return [...targets.values()];
}

/** Who gets the digest: as declared, else everyone who is told anything, but for PagerDuty, which rings. */
export function digestTargets({ notify }: WatchSettings): string[] {
  const named = notify.digest_to ?? notify.routes.flatMap(({ to }) => to);
  const reading = [...new Set(named)].filter((name) => notify.channels[name]?.type !== 'pagerduty');
  return reading.length > 0 ? reading : ['log'];
}
