/** What is secret of a channel: read from the environment for as long as a message is sent, and kept out of every word. */
import { variableOf } from '../../domain/environment';
import { DaybreakError, type FailureKind, type FailureText } from '../../domain/failure';
import { fit, oneLine } from './escape';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A secret with the name of its variable, which may be told. */
export interface Secret {
  readonly variable: string;
  readonly value: string;
}

export interface ChannelSecrets {
  /** `${env:NAME}` → what is there. Fails as `Credentials` when nothing is. */
  read(reference: string, expected: string): Secret;
  /** Fails as `Credentials` where it is not an address that a message may go to: https, or anything on this machine. */
  address(secret: Secret): URL;
  /** Words of somebody else, on one line, without what is secret, without addresses, and short. */
  scrub(text: string): string;
  failure(kind: FailureKind, text: Omit<FailureText, 'where'>, retryAfterMs?: number): DaybreakError;
}

const SHOWN = 200;
const SHORTEST = 4;
/** A piece of a key that is so long is as good as the key. */
const LONG = 8;
const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi;
const ADDRESSES = /[^\s<>"'@:;,()]+@[^\s<>"'@:;,()]+/g;

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host);

/** A part of a URL as it was meant. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A secret, and what of it may be said by others: parts of a URL, and how mail servers hear of passwords. */
function pieces(value: string): string[] {
  if (!URL.canParse(value)) return [value, ...value.split(/[_-]/).filter((piece) => piece.length >= LONG)];
  const { host, hostname, pathname, search, searchParams, username, password } = new URL(value);
  const [user, secret] = [decoded(username), decoded(password)];
  const all = [
    value,
    host,
    hostname,
    pathname,
    search,
    username,
    password,
    ...pathname.split('/'),
    ...searchParams.values(),
    user,
    secret,
  ];
  const encoded = [user, secret, `\0${user}\0${secret}`].map((text) => Buffer.from(text).toString('base64'));
  return [...all, ...encoded].filter((piece) => piece.length >= SHORTEST || piece === secret);
}

export function channelSecrets(name: string, environment: Environment): ChannelSecrets {
  const known = new Set<string>();
  const failure: ChannelSecrets['failure'] = (kind, text, retryAfterMs) =>
    // Without the cause: its words hold addresses, and travel with the error.
    new DaybreakError(
      kind,
      { where: `channel ${name}`, ...text },
      { ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    );
  return {
    failure,
    read(reference, expected) {
      const variable = variableOf(reference);
      const value = environment[variable]?.trim() ?? '';
      if (value === '')
        throw failure('Credentials', {
          what: `${variable} is not set in the environment`,
          expected,
          next: `set ${variable} where the worker starts, and start the worker again`,
        });
      for (const piece of pieces(value)) if (piece !== '') known.add(piece);
      return { variable, value };
    },
    address({ variable, value }) {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))) return url;
      throw failure('Credentials', {
        what: `${variable} holds no address that a message may go to`,
        expected: 'an https:// URL; http:// is only for this machine',
        next: `correct ${variable} where the worker starts, and start the worker again`,
      });
    },
    scrub(text) {
      let said = oneLine(text);
      for (const piece of [...known].toSorted((a, b) => b.length - a.length)) said = said.replaceAll(piece, '***');
      return fit(said.replaceAll(URLS, '***').replaceAll(ADDRESSES, '***'), SHOWN);
    },
  };
}
