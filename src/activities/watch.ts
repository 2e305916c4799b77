/** The activities of watches and incidents: looking, telling, sending. They need no store and no engine. */
import { Context } from '@temporalio/activity';
import type { Notifier } from '../adapters/notifier';
import type { Channel } from '../domain/watch/definition';
import type { DayAsked } from '../domain/watch/due';
import type { IncidentInput } from '../domain/watch/incident';
import type { Message, Sent } from '../domain/watch/message';
import type { Seen } from '../domain/watch/seen';
import type { WatchSettings } from '../domain/watch/settings';
import type { WatchFigures } from '../domain/watch/figures';
import { beating } from './beat';
import { classified } from './failures';
import { metrics } from './metrics';

/** What a watch asks to be looked at. */
export interface ObserveRequest {
  readonly settings: WatchSettings;
  readonly runs: readonly { readonly workflowId: string; readonly runId: string }[];
  /** Ids of runs that are known to have ended. */
  readonly ended: readonly string[];
  /** It has not looked yet: incidents that a watch before it left open are its own. */
  readonly begins: boolean;
  /** Days that are asked about besides those that the schedule brings. */
  readonly days: readonly DayAsked[];
  /** After the look before. */
  readonly figures: WatchFigures;
}

export interface SendRequest {
  readonly channel: string;
  /** With references to secrets, which are looked up where the message is sent. */
  readonly definition: Channel;
  readonly message: Message;
  /** When it should have been there; ISO 8601. */
  readonly since: string;
  /** It failed before: then it is late. */
  readonly late: boolean;
  readonly reference?: string;
}

export interface WatchServices {
  observe(request: ObserveRequest): Promise<Seen>;
  /** Signals an incident; where there is none it is started. */
  tellIncident(settings: WatchSettings, key: string, input: IncidentInput): Promise<void>;
  notifier(name: string, channel: Channel): Notifier;
  /** Calls the URL of a dead man's switch, given as a reference. */
  callHeartbeat(reference: string, signal: AbortSignal): Promise<void>;
}

/** What waited for so long behind another message is late, too; in seconds. */
const LATE_S = 60;

/** Says that its worker is there. */
const looking = () => 'looking';

export function createWatchActivities(services: WatchServices) {
  return {
    observe: classified(async (request: ObserveRequest) => {
      const seen = await beating(looking, async () => await services.observe(request));
      const { settings, figures } = request;
      const told = metrics(Context.current().metricMeter);
      told.watchLooked(settings.pipeline, { now: new Date(seen.at), ...figures });
      for (const [channel, messages] of Object.entries(figures.undelivered))
        told.undelivered(settings.pipeline, channel, messages);
      return seen;
    }),
    tellIncident: classified(
      async (settings: WatchSettings, key: string, input: IncidentInput) =>
        await beating(looking, async () => await services.tellIncident(settings, key, input)),
    ),
    send: classified(async ({ channel, definition, message, since, late, reference }: SendRequest): Promise<Sent> => {
      const { info, cancellationSignal, metricMeter } = Context.current();
      const lateSeconds = Math.round((Date.now() - Date.parse(since)) / 1000);
      const told = metrics(metricMeter);
      try {
        const sent = await services.notifier(channel, definition).send(
          message,
          {
            // What failed before may have been accepted all the same.
            attempt: info.attempt + (late ? 1 : 0),
            ...(reference === undefined ? {} : { reference }),
            ...(late || lateSeconds >= LATE_S ? { lateSeconds } : {}),
          },
          cancellationSignal,
        );
        told.messageTried(message.pipeline, channel, 'sent');
        return sent;
      } catch (error) {
        told.messageTried(message.pipeline, channel, 'failed');
        throw error;
      }
    }),
    callHeartbeat: classified(
      async (reference: string) => await services.callHeartbeat(reference, Context.current().cancellationSignal),
    ),
  };
}

export type WatchActivities = ReturnType<typeof createWatchActivities>;
