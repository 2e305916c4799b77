import type { Channel } from '../../../src/domain/watch/definition';
import { notifierOf } from '../../../src/adapters/notifiers';
import { networkFailure } from '../../../src/adapters/notifiers/http';
import { channelSecrets } from '../../../src/adapters/notifiers/secrets';
import { sign } from '../../../src/adapters/notifiers/webhook';
import { failureOf, httpContract, type NotifierFixture, notifierContract, sendTo } from '../../contracts/notifier';
import { startWebhook, type WebhookChannel } from '../../support/channels';
import { incidentMessage } from '../../support/channels/messages';

const SECRET = `whsec_${Buffer.from('a key of thirty-two bytes, secret').toString('base64')}`;
const CHANNEL: Extract<Channel, { type: 'webhook' }> = {
  type: 'webhook',
  url: '${env:HOOK_URL}',
  secret: '${env:HOOK_SECRET}',
};
const LOG = { warn: () => undefined, error: () => undefined };

async function fixture(): Promise<NotifierFixture & { readonly channel: WebhookChannel }> {
  const channel = await startWebhook({ secret: SECRET });
  const environment = { HOOK_URL: `${channel.url}?token=t0kenInQuery`, HOOK_SECRET: SECRET };
  const secrets = [SECRET, SECRET.slice(6), channel.url, 'Wh00kPathSecret', 't0kenInQuery', new URL(channel.url).host];
  return {
    ...{ channel, environment, secrets },
    notifier: (given = environment, timeoutMs = 5_000) => notifierOf('night', CHANNEL, given, LOG, timeoutMs),
    texts: () => channel.received.map(({ body: { data } }) => [data.headline, data.text, data.owner].join('\n')),
    problems: () => channel.problems,
    server: {
      answerWith: (...faults) => channel.answerWith(...(faults as never[])),
      at: (host) => ({ ...environment, HOOK_URL: `https://${host}/hooks/x`.replace('https://127', 'http://127') }),
      broken: { status: 500 },
      refused: { status: 400, body: `because of ${secrets.join(' ')}` },
    },
    close: async () => await channel.stop(),
  };
}

notifierContract('a webhook', fixture, true);
httpContract('a webhook', fixture);

test('signs as Standard Webhooks do', () => {
  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  expect(sign(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test.each([
  ['ENOTFOUND', 'UnknownHost'],
  ['EDNS', 'UnknownHost'],
  ['EAI_AGAIN', 'Transient'],
  ['ECONNREFUSED', 'Transient'],
  ['ECONNRESET', 'Transient'],
  [undefined, 'Transient'],
  ['CERT_HAS_EXPIRED', 'Credentials'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'Credentials'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Credentials'],
] as const)('what the network says as %s is %s', (code, kind) => {
  expect(networkFailure(code, { variable: 'HOOK_URL' }, channelSecrets('night', {})).kind).toBe(kind);
});

describe('a webhook', () => {
  let at: Awaited<ReturnType<typeof fixture>>;
  beforeEach(async () => {
    at = await fixture();
  });
  afterEach(async () => await at.close());

  test('is the payload that is documented', async () => {
    const message = incidentMessage({ id: 'run-1_opened', thread: 'incident-1' });
    expect(await sendTo(at.notifier(), message, { attempt: 2, lateSeconds: 61 })).toEqual({ answer: '204 No Content' });
    const { at: timestamp, ...rest } = message;
    const [delivery] = at.channel.received;
    expect(delivery).toMatchObject({
      id: 'run-1_opened',
      body: {
        type: 'daybreak.incident.opened',
        timestamp,
        version: 1,
        data: { ...rest, attempt: 2, late_seconds: 61 },
      },
    });
  });

  test('is delivered once, though its answer was lost', async () => {
    const message = incidentMessage({ id: 'corner.shop/2026-11-26: opened' });
    at.channel.answerWith('lose');
    expect((await failureOf(sendTo(at.notifier(), message), at.secrets)).kind).toBe('Transient');
    await sendTo(at.notifier(), message, { attempt: 2 });
    expect(at.channel.requests).toHaveLength(2);
    expect(at.channel.received).toHaveLength(1);
    expect(at.channel.received[0]?.id).toMatch(/^msg_[0-9a-f]{32}$/);
  });

  test('has no signature without a key, and any answer of success will do', async () => {
    const open = await startWebhook();
    const { secret: _, ...channel } = CHANNEL;
    const notifier = notifierOf('night', channel, { HOOK_URL: open.url }, LOG, 500);
    await sendTo(notifier, incidentMessage());
    open.answerWith('html');
    expect(await sendTo(notifier, incidentMessage())).toEqual({ answer: '200 OK' });
    expect(open.problems).toEqual([]);
    expect(open.received).toHaveLength(1);
    await open.stop();
  });

  test('a receiver with another key refuses it', async () => {
    const other = { ...at.environment, HOOK_SECRET: `whsec_${Buffer.from('another').toString('base64')}` };
    const failed = await failureOf(sendTo(at.notifier(other), incidentMessage()), at.secrets);
    expect(failed.kind).toBe('MessageRefused');
    expect(failed.message).toContain('webhook-signature');
    expect(at.channel.received).toEqual([]);
  });

  test.each([
    ['http://example.com/hook', 'holds no address that a message may go to'],
    ['not a URL at all', 'holds no address that a message may go to'],
    ['ftp://127.0.0.1/hook', 'holds no address that a message may go to'],
    ['http://127.0.0.1.example.com/hook', 'holds no address that a message may go to'],
  ])('does not go to %s', async (url, words) => {
    const failed = await failureOf(sendTo(at.notifier({ ...at.environment, HOOK_URL: url }), incidentMessage()), [url]);
    expect(failed).toMatchObject({ kind: 'Credentials' });
    expect(failed.message).toContain(words);
  });

  test('a key that is no base64 is told without it', async () => {
    const environment = { ...at.environment, HOOK_SECRET: 'whsec_no base64!' };
    const failed = await failureOf(sendTo(at.notifier(environment), incidentMessage()), ['no base64!']);
    expect(failed).toMatchObject({ kind: 'Credentials' });
  });

  test('a name and a password in its URL become a header', async () => {
    const url = at.environment.HOOK_URL?.replace('://', '://night:p%40ss@') ?? '';
    await sendTo(at.notifier({ ...at.environment, HOOK_URL: url }), incidentMessage());
    expect(at.channel.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('night:p@ss').toString('base64')}`);
  });
});
