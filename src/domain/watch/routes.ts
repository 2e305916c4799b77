/** Who is told: the routes of a pipeline that fit. */
import { isWithin } from '../hours';
import type { Channel, Route } from './definition';
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

/** Whether a route is for messages of a severity about what a team owns, at whatever hour. */
export const isFor = (route: Route, severity: Severity, owner: string | null): boolean =>
  route.severity.includes(severity) && (route.owner === undefined || route.owner === owner);

/** Routes by severity, owner and hours. */
const routesOf = ({ notify, zone, owner }: WatchSettings, { severity, at }: Routed): Route[] =>
  notify.routes.filter(
    (route) =>
      isFor(route, severity, owner) && (route.hours === undefined || isWithin(route.hours, new Date(at), zone)),
  );

/** What rings outside the hours of every route rings for all of them: nobody hears of it else. */
export function fittingRoutes(settings: WatchSettings, routed: Routed): Route[] {
  const fitting = routesOf(settings, routed);
  if (fitting.length > 0 || routed.severity !== 'critical') return fitting;
  const always = settings.notify.routes.map(({ hours: _, ...route }) => route);
  return routesOf({ ...settings, notify: { ...settings.notify, routes: always } }, routed);
}

/**
 * Channels of every route that fits, each once; the log where nothing is declared for what needs a person. Who is told
 * anyway stands in for nobody.
 */
export function targetsOf(settings: WatchSettings, routed: Routed): Target[] {
  const fitting = fittingRoutes(settings, routed);
  const told = [...new Set(fitting.flatMap(({ to }) => to))];
  if (told.length === 0) return routed.severity === 'routine' ? [] : [{ channel: 'log', otherwise: [] }];
  return told.map((channel) => {
    const others = fitting.flatMap(({ to, otherwise = [] }) => (to.includes(channel) ? otherwise : []));
    return { channel, otherwise: [...new Set(others)].filter((name) => !told.includes(name)) };
  });
}

/** Who gets the digest: as declared, else everyone who is told anything, but for PagerDuty, which rings. */
export function digestTargets({ notify }: WatchSettings): string[] {
  const named = notify.digest_to ?? notify.routes.flatMap(({ to }) => to);
  const reading = [...new Set(named)].filter((name) => notify.channels[name]?.type !== 'pagerduty');
  return reading.length > 0 ? reading : ['log'];
}
