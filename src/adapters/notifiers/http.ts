/** One POST to a channel, and what its answer means. */
import { STATUS_CODES } from 'node:http';
import type { DaybreakError } from '../../domain/failure';
import { type ChannelSecrets, decoded } from './secrets';

export const TIMEOUT_MS = 10_000;
/** Answers are short; of a longer one the rest is not read. */
const MOST_BYTES = 64_000;
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_600_000;
const TLS_CODE = /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/;
export const GOES_ON = 'nothing, if it passes: a worker tries again';

export interface Answer {
  /** `202 Accepted` */
  readonly status: string;
  readonly body: string;
  /** As it came. */
  readonly retryAfter: string | null;
}

export interface Post {
  readonly url: URL;
  /** The variable that holds its address or key, for who has to correct it. */
  readonly variable: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `Retry-After`, in seconds or as a date, within a second and an hour; nothing where it is not understood. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const wanted = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wanted) ? undefined : Math.round(Math.min(Math.max(wanted, SHORTEST_WAIT_MS), LONGEST_WAIT_MS));
}

async function start(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the answer.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
}

/** What the network, or the way to it, says. Its words hold addresses and are left out. */
export function networkFailure(
  code: string | undefined,
  { variable }: Pick<Post, 'variable'>,
  { failure }: ChannelSecrets,
): DaybreakError {
  if (code === 'ENOTFOUND' || code === 'EDNS')
    return failure('UnknownHost', {
      what: 'nobody knows its host',
      next: `look at ${variable}, and whether this machine can look up names`,
    });
  if (code !== undefined && (TLS_CODE.test(code) || code === 'ETLS'))
    return failure('Credentials', {
      what: `its certificate is not trusted (${code})`,
      next: `look at ${variable}, and at what stands between this machine and the channel`,
    });
  const how = code === 'ECONNREFUSED' ? 'nothing answers there' : 'the connection broke before it had answered';
  return failure('Transient', { what: code === undefined ? how : `${how} (${code})`, next: GOES_ON });
}

export const noAnswer = (timeoutMs: number, { failure }: ChannelSecrets): DaybreakError =>
  failure('Transient', { what: `it did not answer within ${timeoutMs / 1000} s`, next: GOES_ON });

/** Fails as the status asks for; the words of the answer are told without what is secret. */
function judge(response: Response, body: string, { variable }: Post, { failure, scrub }: ChannelSecrets): void {
  const { status } = response;
  if (status >= 200 && status < 300) return;
  const said = scrub(body.trimStart().startsWith('<') ? '' : body);
  const what = `it answered ${status} ${STATUS_CODES[status] ?? ''}`.trim().concat(said === '' ? '' : `: ${said}`);
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  if (status === 429)
    throw failure('Throttled', { what, next: 'nothing: a worker sends it when the channel takes it' }, wait);
  if (status >= 500 || status === 408) throw failure('Transient', { what, next: GOES_ON }, wait);
  if (status === 401 || status === 403)
    throw failure('Credentials', {
      what,
      next: `correct ${variable} where the worker starts, and start the worker again`,
    });
  if (status >= 300 && status < 400)
    throw failure('MessageRefused', {
      what: `it answered ${status}: its address has moved, and messages are not sent on to another one`,
      next: `set ${variable} to the address that it has now`,
    });
  throw failure('MessageRefused', { what, next: `look at ${variable} and at the channel's settings` });
}

/** Sends JSON. Fails as `Notifier` says. */
export async function post(request: Post, secrets: ChannelSecrets): Promise<Answer> {
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const url = new URL(request.url);
  const login = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = url.password = '';
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      // A connection that was kept may be gone, and nobody would know whether the message was.
      headers: {
        'content-type': 'application/json; charset=utf-8',
        connection: 'close',
        'user-agent': 'daybreak',
        ...(login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        ...request.headers,
      },
      body: request.body,
      signal: AbortSignal.any([request.signal, timeout]),
    });
    const body = await start(response);
    judge(response, body, request, secrets);
    const retryAfter = response.headers.get('retry-after');
    return { status: `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim(), body, retryAfter };
  } catch (error) {
    if ((error as Error).name === 'DaybreakError') throw error;
    request.signal.throwIfAborted();
    if (timeout.aborted) throw noAnswer(request.timeoutMs, secrets);
    const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    throw networkFailure(typeof code === 'string' ? code : undefined, request, secrets);
  }
}
