/** Sends messages, each by an activity of its own, in order by channel; a dead channel holds up nobody but itself. */
import { ActivityFailure, ApplicationFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch';
import { firstLine } from '../domain/failure';
import type { Order } from '../domain/watch/incident';
import { GIVEN_UP_AFTER_MS, type Mail, type Parcel, withoutOutdated } from '../domain/watch/mail';
import { channelOf } from '../domain/watch/routes';
import type { WatchSettings } from '../domain/watch/settings';
import { rootCause } from './run';

export interface Mailbox {
  post(orders: readonly Order[]): void;
  /** Nothing is on its way. */
  isEmpty(): boolean;
  /** An attempt is under way: what comes of it would be lost. */
  isSending(): boolean;
  mail(): Mail;
}

interface Outside {
  settings(): WatchSettings;
  /** A message arrived, or did not at first, or was given up. */
  told(parcel: Parcel, how: Delivery): void;
}

export type Delivery = { readonly answer: string } | { readonly failure: string; readonly givenUp: boolean };

/** Why a message was not sent, and how long its channel asks to wait. */
const why = (error: unknown): { kind: string; text: string; waitMs: number } => {
  const cause = rootCause(error);
  if (!(cause instanceof ApplicationFailure)) {
    const text = error instanceof ActivityFailure ? 'no answer in time' : String(error);
    return { kind: 'Transient', text, waitMs: 0 };
  }
  const [, wait] = (cause.details ?? []) as [unknown, { retryAfterMs?: number } | undefined];
  return { kind: cause.type ?? 'Bug', text: firstLine(cause.message), waitMs: wait?.retryAfterMs ?? 0 };
};

export function mailbox(mail: Mail, { settings, told }: Outside): Mailbox {
  let parcels: Parcel[] = [...mail.parcels];
  const references: Record<string, string> = { ...mail.references };
  const busy = new Set<string>();
  const sending = new Set<Parcel>();

  async function attempt(parcel: Parcel): Promise<string> {
    const { channel, message, since, failure } = parcel;
    const { patienceMs } = settings();
    const { send } = proxyActivities<WatchActivities>({
      scheduleToCloseTimeout: patienceMs,
      startToCloseTimeout: Math.min(30_000, patienceMs),
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
      summary: `${channel}: ${message.event ?? message.kind}`,
    });
    const reference = references[`${channel} ${message.thread}`];
    const definition = channelOf(settings(), channel);
    const { reference: given, answer } = await send({
      ...{ channel, definition, message, since, late: failure !== null },
      ...(reference === undefined ? {} : { reference }),
    });
    // Only of incidents there is more to come.
    if (given !== undefined && message.kind === 'incident') references[`${channel} ${message.thread}`] = given;
    return answer;
  }

  const remove = (parcel: Parcel) => {
    parcels = parcels.filter((known) => known !== parcel);
  };

  /** Until nothing is left for the channel. */
  async function work(channel: string): Promise<void> {
    for (;;) {
      parcels = withoutOutdated(parcels);
      const parcel = parcels.find((waiting) => waiting.channel === channel);
      if (parcel === undefined) break;
      try {
        sending.add(parcel);
        const answer = await attempt(parcel).finally(() => sending.delete(parcel));
        remove(parcel);
        told(parcel, { answer });
      } catch (error) {
        const { kind, text, waitMs } = why(error);
        const isNew = parcel.failure === null;
        const failed = {
          ...parcel,
          failure: text.startsWith(`channel ${channel}: `) ? text : `channel ${channel}: ${text}`,
          otherwise: [],
        };
        const givenUp = kind === 'MessageRefused' || Date.now() - Date.parse(parcel.since) > GIVEN_UP_AFTER_MS;
        const { message, otherwise } = parcel;
        parcels = parcels.flatMap((known) => (known === parcel ? (givenUp ? [] : [failed]) : [known]));
        if (isNew || givenUp) told(failed, { failure: failed.failure, givenUp });
        post([{ message, targets: otherwise.map((name) => ({ channel: name, otherwise: [] })) }]);
        if (!givenUp) await sleep(Math.max(settings().againMs, waitMs), { summary: `until ${channel} is tried again` });
      }
    }
    busy.delete(channel);
  }

  function start(): void {
    for (const { channel } of parcels) {
      if (busy.has(channel)) continue;
      busy.add(channel);
      void work(channel);
    }
  }

  function post(orders: readonly Order[]): void {
    const since = new Date().toISOString();
    const isDead = (name: string) => parcels.some(({ channel, failure }) => channel === name && failure !== null);
    const posted = orders.flatMap(({ message, targets }) =>
      targets.flatMap(({ channel, otherwise }) => {
        const parcel = { message, since, failure: null };
        if (!isDead(channel)) return [{ ...parcel, channel, otherwise }];
        // It waits for what is before it, maybe for hours.
        return [channel, ...otherwise].map((name) => ({ ...parcel, channel: name, otherwise: [] }));
      }),
    );
    parcels.push(...posted);
    start();
  }

  start();
  return {
    post,
    isEmpty: () => parcels.length === 0,
    isSending: () => sending.size > 0,
    mail: () => ({ parcels, references }),
  };
}
