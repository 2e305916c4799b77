/** E-mail by SMTP: plain text with the same as simple HTML, in one thread for each incident. */
import { createHash } from 'node:crypto';
import type { Channel } from '../../domain/watch/definition';
import type { Message } from '../../domain/watch/message';
import type { Notifier } from '../notifier';
import { fit, htmlText, webAddress } from './escape';
import { GOES_ON, networkFailure, noAnswer } from './http';
import { plainText, type Rendered, render } from './render';
import { type ChannelSecrets, decoded, isLoopback, type Secret } from './secrets';

const MOST_SUBJECT = 200;
const EXPECTED = 'a URL such as smtps://user:password@host:465';

/** Stable over attempts, and of the sender's domain, as mail servers like it. */
const mailId = (text: string, from: string): string =>
  `<${createHash('sha256').update(text).digest('hex').slice(0, 32)}.daybreak@${from.slice(from.lastIndexOf('@') + 1)}>`;

/** The same words as in the plain text. */
function html({ headline, marks, sections, command, links, runbook, footer }: Rendered): string {
  const paragraph = (inner: string) => `<p>${inner}</p>`;
  const lines = (text: string) => htmlText(text).replaceAll('\n', '<br>');
  const link = ({ label, url }: Rendered['links'][number]) => {
    const href = webAddress(url);
    return href === undefined
      ? `${htmlText(label)}: ${htmlText(url)}`
      : `<a href="${htmlText(href)}">${htmlText(label)}</a>`;
  };
  return [
    '<!doctype html><html><head><meta charset="utf-8"></head><body>',
    `<h2>${htmlText(headline)}</h2>`,
    ...marks.map((mark) => paragraph(`<em>${htmlText(mark)}</em>`)),
    ...sections.map(({ label, text }) => paragraph(`<strong>${htmlText(label)}</strong><br>${lines(text)}`)),
    ...(command === undefined ? [] : [`<p><strong>To do</strong></p><pre>${htmlText(command)}</pre>`]),
    ...links.map((each) => paragraph(link(each))),
    ...(runbook === undefined ? [] : [paragraph(`Runbook: ${htmlText(runbook)}`)]),
    `<p><small>${htmlText(footer)}</small></p></body></html>`,
  ].join('\n');
}

interface MailError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

/** What a mail server, or the way to it, says. */
function mailFailure(error: MailError, { variable }: Secret, timeoutMs: number, secrets: ChannelSecrets) {
  const { code, originalCode, response = '', responseCode } = error;
  const what = `the mail server answered ${secrets.scrub(response) || 'nothing that is understood'}`;
  const correct = `correct ${variable} where the worker starts, and start the worker again`;
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 500)
    return secrets.failure('Transient', { what, next: GOES_ON });
  if (code === 'EAUTH' || code === 'ENOAUTH' || responseCode === 530 || responseCode === 535)
    return secrets.failure('Credentials', {
      what: response === '' ? 'the mail server lets nobody in like this' : what,
      next: correct,
    });
  if (code === 'ETLS' && originalCode === undefined)
    return secrets.failure('Credentials', {
      what: 'the mail server offers no encryption, and a password is not sent without',
      expected: EXPECTED,
      next: correct,
    });
  if (responseCode !== undefined)
    return secrets.failure('MessageRefused', { what, next: "look at the channel's from and to" });
  if (code === 'ETIMEDOUT') return noAnswer(timeoutMs, secrets);
  return networkFailure(originalCode ?? code, { variable }, secrets);
}

function connectionOf(secret: Secret, { failure }: ChannelSecrets) {
  const { variable, value } = secret;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '')
    throw failure('Credentials', {
      what: `${variable} holds no address of a mail server`,
      expected: EXPECTED,
      next: `correct ${variable} where the worker starts, and start the worker again`,
    });
  const secure = url.protocol === 'smtps:';
  const [user, pass] = [decoded(url.username), decoded(url.password)];
  const auth = user === '' ? {} : { auth: { user, pass } };
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    // A password never goes in the clear.
    requireTLS: !secure && user !== '' && !isLoopback(url.hostname),
    ...auth,
  };
}

/** Who waits no longer stops waiting; the connection itself ends by its own time limits. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true, signal: over.signal });
  });
  return await Promise.race([work, stopped]).finally(() => over.abort());
}

const envelope = (message: Message, from: string) => {
  const root = mailId(message.thread, from);
  return { messageId: mailId(`${message.thread}\n${message.id}`, from), inReplyTo: root, references: [root] };
};

export const emailNotifier = (
  channel: Extract<Channel, { type: 'email' }>,
  secrets: ChannelSecrets,
  timeoutMs: number,
): Notifier => ({
  async send(message, sending, signal) {
    signal.throwIfAborted();
    const server = secrets.read(channel.server, EXPECTED);
    const { createTransport } = await import('nodemailer');
    const transport = createTransport({
      ...connectionOf(server, secrets),
      ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
    const rendered = render(message, sending);
    const mail = {
      ...{ from: channel.from, to: channel.to, ...envelope(message, channel.from) },
      subject: fit(rendered.headline, MOST_SUBJECT),
      text: plainText(rendered),
      html: html(rendered),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Daybreak-Severity': message.severity },
      ...(message.severity === 'critical' ? { priority: 'high' as const } : {}),
    };
    try {
      const { response, rejected } = await within(transport.sendMail(mail), signal);
      const missed = rejected.length === 0 ? '' : `; ${rejected.length} of ${channel.to.length} recipients refused`;
      return { answer: `${secrets.scrub(response)}${missed}` };
    } catch (error) {
      signal.throwIfAborted();
      throw mailFailure(error as MailError, server, timeoutMs, secrets);
    }
  },
});
