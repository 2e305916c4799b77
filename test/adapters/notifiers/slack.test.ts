import { notifierOf } from '../../../src/adapters/notifiers';
import type { Channel } from '../../../src/domain/watch/definition';
import { failureOf, httpContract, type NotifierFixture, notifierContract, sendTo } from '../../contracts/notifier';
import { SLACK_CHANNEL, SLACK_TOKEN, type SlackChannel, startSlack } from '../../support/channels';
import { incidentMessage } from '../../support/channels/messages';

const LOG = { warn: () => undefined, error: () => undefined };

/** What people read, with Slack's three escapes taken away. */
const readable = (payload: unknown): string =>
  [...JSON.stringify(payload).matchAll(/"text":("(?:[^"\\]|\\.)*")/g)]
    .map(([, text = '""']) => JSON.parse(text) as string)
    .join('\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const common = (channel: SlackChannel) => ({
  channel,
  texts: () => channel.received.map(({ payload }) => readable(payload)),
  problems: () => channel.problems,
  close: async () => await channel.stop(),
});

type Fixture = NotifierFixture & { readonly channel: SlackChannel };

async function byWebhook(): Promise<Fixture> {
  const channel = await startSlack();
  const environment = { SLACK_URL: channel.webhook };
  const secrets = [channel.webhook, 'w3bh00kS3cret', 'T0SECRET', 'B0SECRET', new URL(channel.webhook).host];
  return {
    ...common(channel),
    ...{ environment, secrets },
    notifier: (given = environment, timeoutMs = 5_000) =>
      notifierOf('night', { type: 'slack', webhook: '${env:SLACK_URL}' }, given, LOG, timeoutMs),
    server: {
      answerWith: (...faults) => channel.answerWith(...(faults as never[])),
      at: (host) => ({ SLACK_URL: `https://${host}/services/x`.replace('https://127', 'http://127') }),
      strange: undefined,
      broken: { status: 500, body: 'rollup_error' },
      refused: { status: 404, body: `because no_service ${secrets.join(' ')}` },
    },
  };
}

async function byBot(): Promise<Fixture> {
  const channel = await startSlack();
  const environment: Record<string, string> = { SLACK_TOKEN };
  const declared = (url: string): Channel => ({
    type: 'slack',
    token: '${env:SLACK_TOKEN}',
    channel: SLACK_CHANNEL,
    url,
  });
  const secrets = [SLACK_TOKEN, 's3cr3tT0k3n'];
  return {
    ...common(channel),
    ...{ environment, secrets },
    // Where the API is, is no secret, and declared.
    notifier: ({ SLACK_API, ...given } = environment, timeoutMs = 5_000) =>
      notifierOf('night', declared(SLACK_API ?? channel.url), given, LOG, timeoutMs),
    server: {
      answerWith: (...faults) => channel.answerWith(...(faults as never[])),
      at: (host) => ({ SLACK_TOKEN, SLACK_API: `https://${host}/api`.replace('https://127', 'http://127') }),
      strange: { SLACK_TOKEN: 'xoxb-9999-nobody' },
      broken: { status: 200, body: '{"ok":false,"error":"internal_error"}' },
      refused: { status: 200, body: JSON.stringify({ ok: false, error: `because ${secrets.join(' ')}` }) },
    },
  };
}

notifierContract('a Slack webhook', byWebhook, true);
httpContract('a Slack webhook', byWebhook);
notifierContract('a Slack bot', byBot, true);
httpContract('a Slack bot', byBot);

describe('a Slack bot', () => {
  let at: Fixture;
  beforeEach(async () => {
    at = await byBot();
  });
  afterEach(async () => {
    // oxlint-disable-next-line jest/no-standalone-expect
    expect(at.channel.problems).toEqual([]);
    await at.close();
  });

  test('edits the first message of an incident, and tells its thread what happened', async () => {
    const message = incidentMessage({ severity: 'degraded' });
    const { reference } = await sendTo(at.notifier(), message);
    expect(reference).toMatch(/^C0NIGHTS:\d+\.\d+$/);
    const raised = {
      ...message,
      id: 'raised',
      event: 'raised',
      severity: 'critical',
      title: 'it will be late',
    } as const;
    const known = { attempt: 1, ...(reference === undefined ? {} : { reference }) };
    expect(await sendTo(at.notifier(), raised, known)).toMatchObject({ reference });
    await sendTo(at.notifier(), { ...message, id: 'done', event: 'resolved', title: 'it is over' }, known);
    const [first, ...more] = at.channel.messages;
    expect(more).toEqual([]);
    expect(first?.edits).toBe(2);
    expect(readable(first?.payload)).toContain('[DEGRADED, resolved] corner-shop: it is over');
    expect(first?.thread.map((each) => [each.reply_broadcast, each.text?.split('\n')[0]])).toEqual([
      [true, '[CRITICAL, raised] corner-shop: it will be late'],
      [false, '[DEGRADED, resolved] corner-shop: it is over'],
    ]);
  });

  test('marks what may have arrived before', async () => {
    const message = incidentMessage();
    at.channel.answerWith('lose');
    expect((await failureOf(sendTo(at.notifier(), message), at.secrets)).kind).toBe('Transient');
    const { reference = '' } = await sendTo(at.notifier(), message, { attempt: 2 });
    const shown = at.channel.messages.map(({ payload }) => /may be a repeat: it is attempt 2/.test(readable(payload)));
    expect(shown).toEqual([false, true]);
    // An edit is none; the line in the thread may be.
    await sendTo(at.notifier(), { ...message, event: 'updated' }, { attempt: 3, reference });
    const [, edited] = at.channel.messages;
    expect(readable(edited?.payload)).not.toContain('repeat');
    expect(edited?.thread[0]?.text).toContain('may be a repeat: it is attempt 3');
  });

  test('begins anew when somebody has deleted the first message', async () => {
    const message = incidentMessage();
    const { reference = '' } = await sendTo(at.notifier(), message);
    at.channel.clear();
    const again = await sendTo(at.notifier(), { ...message, event: 'resolved' }, { attempt: 1, reference });
    expect(again.reference).not.toBe(reference);
    expect(at.channel.messages).toHaveLength(1);
    expect(await sendTo(at.notifier(), message, { attempt: 1, reference: 'not one of ours' })).toMatchObject({
      answer: 'posted',
    });
  });

  test.each([
    ['invalid_auth', 'Credentials', /correct SLACK_TOKEN/],
    ['missing_scope', 'Credentials', /chat:write/],
    ['ratelimited', 'Throttled', /tries again/],
    ['fatal_error', 'Transient', /tries again/],
    ['channel_not_found', 'MessageRefused', /invite the bot/],
    ['not_in_channel', 'MessageRefused', /\/invite/],
    ['is_archived', 'MessageRefused', /archive/],
    ['msg_too_long', 'MessageRefused', /settings/],
  ] as const)('%s is %s', async (error, kind, next) => {
    const headers = { 'retry-after': '9' };
    at.channel.answerWith({ status: 200, headers, body: JSON.stringify({ ok: false, error }) });
    const failed = await failureOf(sendTo(at.notifier(), incidentMessage()), at.secrets);
    expect(failed).toMatchObject({ kind, retryAfterMs: 9_000 });
    expect(failed.message).toContain(error);
    expect(failed.text.next).toMatch(next);
  });

  test.each(['html', { status: 200, body: 'null' }, { status: 200, body: '[]' }, { status: 200, body: '' }] as const)(
    'an answer that is not Slack’s is none: %j',
    async (fault) => {
      at.channel.answerWith(fault);
      const failed = await failureOf(sendTo(at.notifier(), incidentMessage()), at.secrets);
      expect(failed.kind).toBe('MessageRefused');
      expect(failed.message).toContain("not in Slack's words");
    },
  );

  test('a token with a line in it is told without it', async () => {
    const failed = await failureOf(sendTo(at.notifier({ SLACK_TOKEN: 'xoxb-one\ntwo-three' }), incidentMessage()), [
      'xoxb',
      'two',
    ]);
    expect(failed.kind).toBe('Credentials');
  });

  test('a long message keeps its command and its links', async () => {
    const sections = Array.from({ length: 60 }, (_, index) => ({ label: `part ${index}`, text: '<&>'.repeat(3_000) }));
    await sendTo(at.notifier(), incidentMessage({ sections }));
    const text = readable(at.channel.messages[0]?.payload);
    expect(text).toContain('daybreak run corner-shop');
    expect(text).toContain('|Web UI>');
    expect(text).toContain('…');
  });
});

test('a Slack webhook that a page of HTML answers has not taken the message', async () => {
  const at = await byWebhook();
  at.channel.answerWith('html');
  expect(await failureOf(sendTo(at.notifier(), incidentMessage()), at.secrets)).toMatchObject({
    kind: 'MessageRefused',
  });
  await at.close();
});
