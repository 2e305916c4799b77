import { notifierOf } from '../../../src/adapters/notifiers';
import type { Channel } from '../../../src/domain/watch/definition';
import { failureOf, type NotifierFixture, notifierContract, sendTo } from '../../contracts/notifier';
import { MAIL_PASSWORD, MAIL_USER, type MailChannel, startMail } from '../../support/channels';
import { incidentMessage } from '../../support/channels/messages';

const LOG = { warn: () => undefined, error: () => undefined };
const FROM = 'daybreak@corner-shop.example';
const TO = ['night@corner-shop.example', 'data@corner-shop.example'];
const CHANNEL: Channel = { type: 'email', server: '${env:SMTP_URL}', from: FROM, to: TO };

async function fixture(): Promise<NotifierFixture & { readonly channel: MailChannel }> {
  const channel = await startMail();
  const environment = { SMTP_URL: channel.url };
  const secrets = [
    MAIL_PASSWORD,
    encodeURIComponent(MAIL_PASSWORD),
    MAIL_USER,
    channel.url,
    new URL(channel.url).host,
    ...TO,
  ];
  return {
    ...{ channel, environment, secrets },
    notifier: (given = environment, timeoutMs = 5_000) => notifierOf('night', CHANNEL, given, LOG, timeoutMs),
    texts: () => channel.received.map(({ mail }) => `${mail.subject}\n${mail.text}`),
    problems: () => channel.problems,
    server: {
      answerWith: (...faults) => channel.answerWith(...(faults as never[])),
      at: (host) => ({ SMTP_URL: `smtp://${host}` }),
      strange: { SMTP_URL: channel.url.replace(MAIL_USER, 'some-stranger') },
      broken: { code: 451, text: 'try again later' },
      refused: { code: 550, text: `because of ${secrets.join(' ')}` },
    },
    close: async () => await channel.stop(),
  };
}

notifierContract('e-mail', fixture, true);

describe('e-mail', () => {
  let at: Awaited<ReturnType<typeof fixture>>;
  beforeEach(async () => {
    at = await fixture();
  });
  afterEach(async () => {
    // oxlint-disable-next-line jest/no-standalone-expect
    expect(at.channel.problems).toEqual([]);
    await at.close();
  });

  test('is text and HTML with the same words, from and to whom it is declared', async () => {
    expect(await sendTo(at.notifier(), incidentMessage())).toEqual({ answer: '250 OK: queued as 1A2B3C' });
    const [{ from, to, mail, raw } = { from: '', to: [], mail: undefined, raw: '' }] = at.channel.received;
    expect([from, to]).toEqual([FROM, TO]);
    expect(mail?.subject).toBe('[CRITICAL, new] corner-shop: orders cannot be read, and the morning is at risk');
    const words = (mail?.html ?? '').replaceAll(/<[^>]*>/g, ' ');
    for (const part of [
      'It was tried 3 times.',
      'Still safe',
      'daybreak run corner-shop',
      'docs/runbook.md#credentials',
    ])
      expect(words).toContain(part);
    expect(mail?.html).toContain(
      '<a href="https://temporal.example.com/namespaces/default/workflows/run-1">Web UI</a>',
    );
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(raw).toMatch(/^X-Priority: 1/m);
  });

  test('makes no HTML and no header of data', async () => {
    const nasty = '</p><script>alert("1")</script>\r\nBcc: evil@example.com\r\n\r\n';
    await sendTo(
      at.notifier(),
      incidentMessage({ title: nasty, sections: [{ label: nasty, text: nasty }], command: nasty }),
    );
    const [received] = at.channel.received;
    expect(received?.mail.html).not.toMatch(/<script|<\/p><\/p>/);
    expect(received?.mail.bcc).toBeUndefined();
    expect(received?.to).toEqual(TO);
    expect(received?.mail.subject).toContain('</script> Bcc: evil@example.com');
  });

  test('is one thread an incident, and the same mail in each attempt', async () => {
    const message = incidentMessage();
    at.channel.answerWith('lose');
    expect((await failureOf(sendTo(at.notifier(), message), at.secrets)).kind).toBe('Transient');
    await sendTo(at.notifier(), message, { attempt: 2 });
    await sendTo(at.notifier(), { ...message, id: 'later', event: 'resolved' });
    await sendTo(at.notifier(), incidentMessage());
    const [first, again, later, other] = at.channel.received.map(({ mail }) => mail);
    expect(again?.messageId).toBe(first?.messageId);
    expect(again?.messageId).toMatch(/^<[0-9a-f]{32}\.daybreak@corner-shop\.example>$/);
    expect(again?.text).toContain('may be a repeat: it is attempt 2');
    expect(later?.messageId).not.toBe(first?.messageId);
    expect(later?.references).toBe(first?.references);
    expect(later?.inReplyTo).toBe(first?.inReplyTo);
    expect(other?.references).not.toBe(first?.references);
  });

  test.each([
    [{ code: 421, text: 'too many connections' }, 'Transient'],
    [{ code: 452, text: 'too many messages' }, 'Transient'],
    [{ code: 530, text: 'authentication required' }, 'Credentials'],
    [{ code: 550, text: 'mailbox unavailable' }, 'MessageRefused'],
    [{ code: 554, text: 'policy' }, 'MessageRefused'],
  ] as const)('%j is %s', async (fault, kind) => {
    at.channel.answerWith(fault);
    const failed = await failureOf(sendTo(at.notifier(), incidentMessage()), at.secrets);
    expect(failed.kind).toBe(kind);
    expect(failed.message).toContain(fault.text);
  });

  test.each(['https://example.com', 'smtp://', 'mail.example.com:25', 'smtps//nonsense'])(
    '%s is no mail server',
    async (url) => {
      const failed = await failureOf(sendTo(at.notifier({ SMTP_URL: url }), incidentMessage()), [url]);
      expect(failed.kind).toBe('Credentials');
      expect(failed.text.expected).toContain('smtps://');
    },
  );
});
