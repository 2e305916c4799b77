/** Sends messages, each by an activity of its own, in order by channel; a dead channel holds up nobody but itself. */
import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { WatchActivities } from '../activities/watch';
import { firstLine } from '../domain/failure';
import type { Order } from '../domain/watch/incident';
import {
  GIVEN_UP_AFTER_MS,
  handedOn,
  isSame,
  type Mail,
  type Parcel,
  withoutOutdated,
  withPosted,
} from '../domain/watch/mail';
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

interface Why {
  readonly kind: string;
  readonly text: string;
  /** How long its channel asks to wait. */
  readonly waitMs: number;
  /** Its worker may be what was gone, and not the channel. */
  readonly isTimeout: boolean;
}

/** Why a message was not sent. */
const why = (error: unknown): Why => {
  const cause = rootCause(error);
  if (!(cause instanceof ApplicationFailure)) {
    const isTimeout = error instanceof ActivityFailure;
    const text = isTimeout ? 'no answer in time, or its worker was gone' : String(error);
    return { kind: 'Transient', text, waitMs: 0, isTimeout };
  }
  const [, wait] = (cause.details ?? []) as [unknown, { retryAfterMs?: number } | undefined];
  const waitMs = wait?.retryAfterMs ?? 0;
  return { kind: cause.type ?? 'Bug', text: firstLine(cause.message), waitMs, isTimeout: false };
};

export function mailbox(mail: Mail, { settings, told }: Outside): Mailbox {
  let { parcels, notBefore } = mail;
  const references: Record<string, string> = { ...mail.references };
  const busy = new Set<string>();
  const sending = new Set<string>();

  async function attempt(parcel: Parcel): Promise<string> {
    const { channel, message, since, failure } = parcel;
    const { patienceMs } = settings();
    const { send } = proxyActivities<WatchActivities>({
      scheduleToCloseTimeout: patienceMs,
      startToCloseTimeout: Math.min(30_000, patienceMs),
      // Each attempt of a channel that takes messages and does not say so is one more copy of them.
      retry:
        failure === null
          ? { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' }
          : { maximumAttempts: 1 },
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

  /** In its place what became of it; nothing when it is not on its way any more. */
  const replace = (parcel: Parcel, ...by: readonly Parcel[]) => {
    parcels = parcels.flatMap((known) => (isSame(known, parcel) ? by : [known]));
  };

  const isAlive = (channel: string) => {
    const { [channel]: _, ...dead } = notBefore;
    notBefore = dead;
  };

  const now = () => new Date().toISOString();

  /** Others hear of it, and of all that waits for its channel, unless that refused just this one. */
  function failed(parcel: Parcel, { kind, text, waitMs, isTimeout }: Why): void {
    const { channel } = parcel;
    const isRefused = kind === 'MessageRefused';
    const givenUp = isRefused || Date.now() - Date.parse(parcel.since) > GIVEN_UP_AFTER_MS;
    const failure = text.startsWith(`channel ${channel}: `) ? text : `channel ${channel}: ${text}`;
    if (isRefused) isAlive(channel);
    else {
      const { againMs, lookEveryMs } = settings();
      const again = Date.now() + (isTimeout ? lookEveryMs : Math.max(againMs, waitMs));
      notBefore = { ...notBefore, [channel]: new Date(again).toISOString() };
    }
    parcels = handedOn(parcels, (known) => isSame(known, parcel) || known.channel in notBefore, now());
    const late = { ...parcel, failure, otherwise: [] };
    replace(parcel, ...(givenUp ? [] : [late]));
    if (parcel.failure === null || givenUp) told(late, { failure, givenUp });
    start();
  }

  /** Until nothing is left for the channel, or the workflow is cancelled. */
  async function work(channel: string): Promise<void> {
    const next = () => parcels.find((waiting) => waiting.channel === channel);
    try {
      while (next() !== undefined) {
        const waitMs = Date.parse(notBefore[channel] ?? now()) - Date.now();
        if (waitMs > 0) await sleep(waitMs, { summary: `until ${channel} is tried again` });
        parcels = withoutOutdated(parcels, channel);
        const parcel = next();
        if (parcel !== undefined) await deliver(parcel);
      }
    } catch (error) {
      if (isCancellation(error)) return;
      throw error;
    }
    isAlive(channel);
    busy.delete(channel);
  }

  async function deliver(parcel: Parcel): Promise<void> {
    sending.add(parcel.channel);
    try {
      const answer = await attempt(parcel).finally(() => sending.delete(parcel.channel));
      replace(parcel);
      isAlive(parcel.channel);
      told(parcel, { answer });
    } catch (error) {
      if (isCancellation(error)) throw error;
      failed(parcel, why(error));
    }
  }

  function start(): void {
    for (const { channel } of parcels) {
      if (busy.has(channel)) continue;
      busy.add(channel);
      void work(channel);
    }
  }

  function post(orders: readonly Order[]): void {
    const at = now();
    for (const order of orders) parcels = withPosted(parcels, order, at);
    // It waits for what is before it, maybe for hours.
    parcels = handedOn(parcels, ({ channel }) => channel in notBefore, at);
    start();
  }

  start();
  return {
    post,
    isEmpty: () => parcels.length === 0,
    isSending: () => sending.size > 0,
    mail: () => ({ parcels, references, notBefore }),
  };
}
