/** A POST of JSON to any address, with the headers and the signature of Standard Webhooks 1.0. */
import { createHash, createHmac } from 'node:crypto';
import type { Channel } from '../../domain/watch/definition';
import type { Message, Sending } from '../../domain/watch/message';
import type { Notifier } from '../notifier';
import { fit, oneLine } from './escape';
import { post } from './http';
import { plainText, render } from './render';
import type { ChannelSecrets, Secret } from './secrets';

const EXPECTED_URL = 'the URL that messages are posted to';
const EXPECTED_KEY = 'the key that both sides know, such as whsec_ and 32 random bytes in base64';

const MOST_TITLE = 1_000;
const MOST_TEXT = 4_000;
const MOST_WHOLE = 10_000;

/** Stable over attempts; without a dot, which the signature separates its parts by. */
export const deliveryId = ({ id }: Message): string =>
  /^[\w-]{1,120}$/.test(id) ? id : `msg_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;

/** The payload as docs/alerts.md describes it; `version` changes with its shape. */
export function payload(message: Message, sending: Sending) {
  const { id, kind, event, thread, severity, pipeline, owner, at, runbook } = message;
  const rendered = render(message, { ...sending, attempt: 1 });
  const { headline, command, links } = rendered;
  return {
    type: ['daybreak', kind, ...(event === undefined ? [] : [event])].join('.'),
    timestamp: at,
    version: 1,
    data: {
      ...{ id, kind, event, thread, severity, pipeline, owner, headline },
      title: fit(oneLine(message.title), MOST_TITLE),
      sections: rendered.sections.map(({ label, text }) => ({
        label: fit(label, MOST_TITLE),
        text: fit(text, MOST_TEXT),
      })),
      ...{ command, runbook, links },
      text: fit(plainText(rendered), MOST_WHOLE),
      attempt: sending.attempt,
      late_seconds: sending.lateSeconds ?? 0,
    },
  };
}

function keyOf({ variable, value }: Secret, { failure }: ChannelSecrets): Buffer {
  if (!value.startsWith('whsec_')) return Buffer.from(value);
  const text = value.slice('whsec_'.length);
  if (/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return Buffer.from(text, 'base64');
  throw failure('Credentials', {
    what: `what follows whsec_ in ${variable} is not base64`,
    expected: EXPECTED_KEY,
    next: `correct ${variable} where the worker starts, and start the worker again`,
  });
}

export const sign = (key: Buffer, id: string, timestamp: string, body: string): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

export const webhookNotifier = (
  channel: Extract<Channel, { type: 'webhook' }>,
  secrets: ChannelSecrets,
  timeoutMs: number,
): Notifier => ({
  async send(message, sending, signal) {
    const url = secrets.read(channel.url, EXPECTED_URL);
    const address = secrets.address(url);
    const body = JSON.stringify(payload(message, sending));
    const id = deliveryId(message);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const key = channel.secret === undefined ? undefined : keyOf(secrets.read(channel.secret, EXPECTED_KEY), secrets);
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      ...(key === undefined ? {} : { 'webhook-signature': sign(key, id, timestamp, body) }),
    };
    const { status } = await post({ url: address, variable: url.variable, headers, body, timeoutMs, signal }, secrets);
    return { answer: status };
  },
});
