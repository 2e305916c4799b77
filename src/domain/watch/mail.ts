/** Messages that are on their way to channels. Plain data: workflows keep it when they continue as new. */
import type { Message } from './message';

export interface Parcel {
  readonly message: Message;
  readonly channel: string;
  /** Who gets it while the channel is dead. */
  readonly otherwise: readonly string[];
  /** When it should have been there; ISO 8601. */
  readonly since: string;
  /** Why it is not there yet; `null` before anything went wrong. */
  readonly failure: string | null;
}

export interface Mail {
  /** In the order in which they are sent; each channel by itself. */
  readonly parcels: readonly Parcel[];
  /** What channels gave for the first message of a thread, by channel and thread. */
  readonly references: Readonly<Record<string, string>>;
}

export const NO_MAIL: Mail = { parcels: [], references: {} };

/** What is not sent within a day is given up: it is told in the digest. */
export const GIVEN_UP_AFTER_MS = 24 * 3_600_000;

/**
 * What is still worth sending when an incident is over that a channel seems not to have heard of: that it is over. It may
 * have heard of it and its answer was lost; and where nothing rings, that something is over rings no more.
 */
export function withoutOutdated(parcels: readonly Parcel[]): Parcel[] {
  const has = (parcel: Parcel, is: (other: Parcel) => boolean) =>
    parcels.some(
      (other) => other.channel === parcel.channel && other.message.thread === parcel.message.thread && is(other),
    );
  return parcels.filter(
    (parcel) =>
      parcel.message.event === 'resolved' ||
      !has(parcel, ({ message }) => message.event === 'resolved') ||
      !has(parcel, ({ failure }) => failure !== null),
  );
}
