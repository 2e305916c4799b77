/** A receiver of signed webhooks: verifies as docs/alerts.md tells receivers to, and takes each delivery once. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { type HttpChannel, startHttp } from './http';

export interface Delivery {
  readonly id: string;
  readonly body: {
    readonly type: string;
    readonly timestamp: string;
    readonly version: number;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

export interface WebhookChannel extends HttpChannel {
  /** Deliveries that were taken, each id once. */
  readonly received: readonly Delivery[];
  /** What was wrong with requests that were refused. */
  readonly problems: readonly string[];
}

const TOLERANCE_SECONDS = 300;

function isSigned(key: Buffer, id: string, timestamp: string, body: string, signatures: string): boolean {
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  return signatures.split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** `secret` as senders and receivers have it: `whsec_` and base64; without one, nothing is to be signed. */
export async function startWebhook({ secret }: { secret?: string } = {}): Promise<WebhookChannel> {
  const received: Delivery[] = [];
  const problems: string[] = [];
  const problemOf = (headers: Readonly<Record<string, string | undefined>>, body: string) => {
    const {
      'webhook-id': id = '',
      'webhook-timestamp': timestamp = '',
      'webhook-signature': signatures,
      'content-type': type = '',
    } = headers;
    if (!type.startsWith('application/json')) return `content-type ${type}`;
    if (!/^[\w-]+$/.test(id)) return `webhook-id ${id}`;
    if (!/^\d{10}$/.test(timestamp) || Math.abs(Number(timestamp) - Date.now() / 1000) > TOLERANCE_SECONDS)
      return `webhook-timestamp ${timestamp}`;
    if (secret === undefined) return signatures === undefined ? undefined : 'a signature, and no key';
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return isSigned(key, id, timestamp, body, signatures ?? '') ? undefined : `webhook-signature ${signatures}`;
  };
  const channel = await startHttp(({ headers, body }) => {
    const problem = problemOf(headers, body);
    if (problem !== undefined) {
      problems.push(problem);
      return { status: 400, body: problem };
    }
    const id = headers['webhook-id'] ?? '';
    if (!received.some((delivery) => delivery.id === id))
      received.push({ id, body: JSON.parse(body) as Delivery['body'] });
    return { status: 204 };
  });
  return { ...channel, url: `${channel.url}/hooks/Wh00kPathSecret`, received, problems };
}
