/** Messages that are on their way to channels. Plain data: workflows keep it when they continue as new. */
import type { Order } from './incident';
import { ANSWERS, type Message } from './message';

export interface Parcel {
  readonly message: Message;
  readonly channel: string;
  /** Who gets it as well while the channel is dead; nobody any more once it was handed to them. */
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
  /** Channels that are dead, and when each is tried again; ISO 8601. */
  readonly notBefore: Readonly<Record<string, string>>;
}

export const NO_MAIL: Mail = { parcels: [], references: {}, notBefore: {} };

/** What is not sent within a day is given up: it is told in the digest. */
export const GIVEN_UP_AFTER_MS = 24 * 3_600_000;

/** A message is at a channel once. */
export const isSame = (one: Parcel, other: Parcel): boolean =>
  one.channel === other.channel && one.message.id === other.message.id;

const isEnd = ({ message }: Parcel): boolean => message.event === 'resolved';

/** Later ones of the same incident for the same channel. */
const behind = (parcel: Parcel, parcels: readonly Parcel[]): Parcel[] =>
  parcels
    .slice(parcels.indexOf(parcel) + 1)
    .filter(({ channel, message }) => channel === parcel.channel && message.thread === parcel.message.thread);

const withNew = (parcels: readonly Parcel[], added: readonly Parcel[]): Parcel[] =>
  added.reduce<Parcel[]>(
    (known, parcel) => (known.some((other) => isSame(other, parcel)) ? known : [...known, parcel]),
    [...parcels],
  );

/**
 * With what is to be sent as well. Who is still to hear of an incident, maybe in another's stead, hears as well that somebody
 * took it on, and that it is over.
 */
export function withPosted(parcels: readonly Parcel[], { message, targets }: Order, at: string): Parcel[] {
  const hearing = parcels.filter(
    (parcel) =>
      message.event !== undefined &&
      ANSWERS.includes(message.event) &&
      parcel.message.thread === message.thread &&
      !isEnd(parcel) &&
      behind(parcel, parcels).length === 0,
  );
  const all = [...targets, ...hearing.map(({ channel }) => ({ channel, otherwise: [] }))];
  return withNew(
    parcels,
    all.map((target) => ({ ...target, message, since: at, failure: null })),
  );
}

/**
 * With what goes to others as well, as those parcels wait for a dead channel. Who stands in for several hears it once, and
 * what is over meanwhile needs nobody else.
 */
export function handedOn(parcels: readonly Parcel[], waits: (parcel: Parcel) => boolean, at: string): Parcel[] {
  const handed = parcels
    .filter((parcel) => waits(parcel) && !behind(parcel, parcels).some(isEnd))
    .flatMap(({ message, otherwise }) =>
      otherwise.map((channel): Parcel => ({ message, channel, otherwise: [], since: at, failure: null })),
    );
  const left = parcels.map((parcel) => {
    const hears = (channel: string) => handed.some((other) => isSame(other, { ...parcel, channel }));
    return { ...parcel, otherwise: waits(parcel) ? [] : parcel.otherwise.filter((channel) => !hears(channel)) };
  });
  return withNew(left, handed);
}

/**
 * What is still worth sending to a channel when an incident is over that it seems not to have heard of: that it is over,
 * and what came after that. It may have heard of it and its answer was lost; and where nothing rings, that something is
 * over rings no more.
 */
export function withoutOutdated(parcels: readonly Parcel[], channel: string): Parcel[] {
  return parcels.filter((parcel) => {
    const isBefore = behind(parcel, parcels).some(isEnd);
    if (parcel.channel !== channel || !isBefore) return true;
    const mates = parcels.filter(
      (other) => other.channel === channel && other.message.thread === parcel.message.thread,
    );
    const end = mates.findLastIndex(isEnd);
    return !mates.slice(0, end + 1).some(({ failure }) => failure !== null);
  });
}
