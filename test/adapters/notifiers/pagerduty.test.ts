import { notifierOf } from '../../../src/adapters/notifiers';
import { failureOf, httpContract, type NotifierFixture, notifierContract, sendTo } from '../../contracts/notifier';
import { type PagerDutyChannel, startPagerDuty } from '../../support/channels';
import { incidentMessage } from '../../support/channels/messages';

const LOG = { warn: () => undefined, error: () => undefined };
const KEY = '0123456789abcdef0123456789abcdef';

async function fixture(): Promise<NotifierFixture & { readonly channel: PagerDutyChannel }> {
  const channel = await startPagerDuty();
  const environment: Record<string, string> = { PAGERDUTY_KEY: KEY };
  return {
    ...{ channel, environment, secrets: [KEY] },
    notifier: ({ PAGERDUTY_URL: url = channel.url, ...given } = environment, timeoutMs = 5_000) =>
      notifierOf('night', { type: 'pagerduty', routing_key: '${env:PAGERDUTY_KEY}', url }, given, LOG, timeoutMs),
    texts: () =>
      channel.received.map(({ payload, links = [] }) =>
        [
          payload?.summary,
          ...Object.entries(payload?.custom_details ?? {}).flat(),
          ...links.flatMap(({ href, text }) => [href, text]),
        ].join('\n'),
      ),
    problems: () => channel.problems,
    server: {
      answerWith: (...faults) => channel.answerWith(...(faults as never[])),
      at: (host) => ({ PAGERDUTY_KEY: KEY, PAGERDUTY_URL: `https://${host}`.replace('https://127', 'http://127') }),
      broken: { status: 503 },
      refused: { status: 400, body: JSON.stringify({ status: 'invalid event', errors: [`because of ${KEY}`] }) },
    },
    close: async () => await channel.stop(),
  };
}

notifierContract('PagerDuty', fixture, true);
httpContract('PagerDuty', fixture);

describe('PagerDuty', () => {
  let at: Awaited<ReturnType<typeof fixture>>;
  beforeEach(async () => {
    at = await fixture();
  });
  afterEach(async () => await at.close());

  test('rings anew where somebody had answered, and ends all of it together', async () => {
    const message = incidentMessage({ severity: 'critical' });
    await sendTo(at.notifier(), { ...message, event: 'opened' });
    await sendTo(at.notifier(), { ...message, event: 'acknowledged' });
    await sendTo(at.notifier(), { ...message, event: 'raised', ring: 1 });
    expect(at.channel.alerts).toMatchObject([{ state: 'acknowledged' }, { state: 'triggered', triggers: 1 }]);
    await sendTo(at.notifier(), { ...message, event: 'resolved', ring: 1 });
    expect(at.channel.alerts).toMatchObject([{ state: 'resolved' }, { state: 'resolved' }]);
  });

  test('rings once for an incident, from first sight to recovery', async () => {
    const message = incidentMessage({ severity: 'degraded' });
    const { thread } = message;
    for (const event of ['opened', 'updated', 'raised', 'escalated'] as const)
      await sendTo(at.notifier(), {
        ...message,
        id: event,
        event,
        severity: event === 'opened' ? 'degraded' : 'critical',
      });
    expect(at.channel.alerts).toMatchObject([{ key: thread, state: 'triggered', severity: 'critical', triggers: 4 }]);
    await sendTo(at.notifier(), { ...message, event: 'acknowledged' });
    expect(at.channel.alerts).toMatchObject([{ state: 'acknowledged' }]);
    await sendTo(at.notifier(), { ...message, event: 'snoozed' });
    await sendTo(at.notifier(), { ...message, event: 'resolved' });
    expect(at.channel.alerts).toMatchObject([{ state: 'resolved' }]);
    await sendTo(at.notifier(), { ...message, event: 'reopened' });
    expect(at.channel.alerts.map(({ key, state }) => [key, state])).toEqual([
      [thread, 'resolved'],
      [thread, 'triggered'],
    ]);
    expect(at.channel.received.map(({ event_action }) => event_action)).toEqual([
      'trigger',
      'trigger',
      'trigger',
      'trigger',
      'acknowledge',
      'acknowledge',
      'resolve',
      'trigger',
    ]);
  });

  test('rings once, though an answer was lost, and does not speak of a repeat', async () => {
    const message = incidentMessage();
    at.channel.answerWith('lose');
    expect((await failureOf(sendTo(at.notifier(), message), [KEY])).kind).toBe('Transient');
    expect(await sendTo(at.notifier(), message, { attempt: 2 })).toEqual({ answer: '202 Accepted, trigger' });
    expect(at.channel.alerts).toHaveLength(1);
    expect(at.texts().join()).not.toContain('repeat');
  });

  test('has a severity of its own for each of ours', async () => {
    for (const severity of ['routine', 'degraded', 'critical'] as const)
      await sendTo(at.notifier(), incidentMessage({ severity }));
    expect(at.channel.received.map(({ payload }) => payload?.severity)).toEqual(['info', 'warning', 'critical']);
  });

  test('a key that is too long is shortened, and stays the same', async () => {
    const message = incidentMessage({ thread: 'long '.repeat(100) });
    await sendTo(at.notifier(), message);
    await sendTo(at.notifier(), { ...message, event: 'resolved' });
    expect(at.channel.alerts).toMatchObject([
      { state: 'resolved', key: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    ]);
  });

  test.each(['digest', 'insights'] as const)('is not for what is to be read: %s', async (kind) => {
    const failed = await failureOf(sendTo(at.notifier(), incidentMessage({ kind })), [KEY]);
    expect(failed.kind).toBe('MessageRefused');
    expect(at.channel.requests).toEqual([]);
  });

  test('a page of HTML has not taken the message', async () => {
    at.channel.answerWith('html');
    expect((await failureOf(sendTo(at.notifier(), incidentMessage()), [KEY])).kind).toBe('MessageRefused');
  });

  test('a key that PagerDuty does not know is refused, and not told', async () => {
    const failed = await failureOf(sendTo(at.notifier({ PAGERDUTY_KEY: 'short-key' }), incidentMessage()), [
      'short-key',
    ]);
    expect(failed.message).toContain('Event object is invalid');
  });
});
