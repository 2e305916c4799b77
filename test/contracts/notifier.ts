/** What every channel keeps to; a channel's test gives a fixture with a local server that stands for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Notifier } from '../../src/adapters/notifier';
import { DaybreakError } from '../../src/domain/failure';
import type { Message, Sending, Sent } from '../../src/domain/watch/message';
import { corpus } from '../bad-input/corpora';
import type { Fault } from '../support/channels';
import { incidentMessage } from '../support/channels/messages';

export interface NotifierFixture {
  /** The channel `night`, as it is declared; an answer is waited for half a second. */
  /** Of a busy machine an answer is waited for longer than a test of silence has time for. */
  notifier(environment?: Readonly<Record<string, string | undefined>>, timeoutMs?: number): Notifier;
  /** What `${env:NAME}` stands for, of all that it reads. */
  readonly environment: Readonly<Record<string, string>>;
  /** What no error may hold. */
  readonly secrets: readonly string[];
  /** What people can read of each message that arrived. */
  texts(): readonly string[];
  /** What the stand-in objected to. */
  problems(): readonly string[];
  /** How the stand-in is told to misbehave; absent where there is nobody to misbehave. */
  readonly server?: {
    answerWith(...faults: readonly unknown[]): void;
    /** Of the environment, with another host. */
    at(host: string): Readonly<Record<string, string>>;
    /** The environment with a key that nobody knows. */
    readonly strange?: Readonly<Record<string, string>>;
    /** How a passing fault is answered. */
    readonly broken: unknown;
    /** How a message is refused, with an answer that tells all secrets. */
    readonly refused: unknown;
  };
  close(): Promise<void>;
}

export const ONCE: Sending = { attempt: 1 };
const NEVER = new AbortController().signal;
/** For who says nothing at all. */
const SOON_MS = 500;

/** The error, after a look for secrets in every word of it that travels. */
export async function failureOf(sending: Promise<unknown>, secrets: readonly string[]): Promise<DaybreakError> {
  const error = await sending.then(
    () => undefined,
    (failed: unknown) => failed,
  );
  if (!(error instanceof DaybreakError)) throw new Error(`expected a failure of ours, got ${String(error)}`);
  const words = [error.message, error.stack, JSON.stringify(error.text), JSON.stringify(error.problems)].join('\n');
  for (const secret of secrets) expect(words).not.toContain(secret);
  expect(error.cause).toBeUndefined();
  expect(error.message).toMatch(/^channel night: /);
  expect(error.text.next).toBeDefined();
  return error;
}

export const sendTo = async (notifier: Notifier, message: Message, sending: Sending = ONCE): Promise<Sent> =>
  await notifier.send(message, sending, NEVER);

const NASTY = [
  '<!channel> <!here> @here @channel <@U123> <#C123>',
  '<http://evil.example|click me> http://evil.example/?a=1&b=2',
  'one\r\nBcc: evil@example.com\r\n\r\nbody\n.\nQUIT',
  'colour \u001B[31m, nothing \u0000, bell \u0007, back\u0008space, \u2028 and \u202Egnp.exe',
  'half a character \uD83D and &amp; &lt;b&gt; &#x41; *bold* `code` ```block``` _it_ ~no~',
  '</p><script>alert(1)</script><img src=x onerror=alert(1)>',
  '',
  'x'.repeat(20_000),
  '&'.repeat(20_000),
  '🌅'.repeat(9_000),
  'line\n'.repeat(4_000),
];

function naughty(): string[] {
  const folder = corpus('naughty-strings');
  const known = folder === undefined ? [] : (JSON.parse(readFileSync(join(folder, 'blns.json'), 'utf8')) as string[]);
  return [...NASTY, ...known];
}

export function notifierContract(kind: string, makeFixture: () => Promise<NotifierFixture>, remote: boolean): void {
  describe(`${kind} as a channel`, () => {
    let fixture: NotifierFixture;
    const failure = async (message: Message, environment = fixture.environment, timeoutMs?: number) =>
      await failureOf(sendTo(fixture.notifier(environment, timeoutMs), message), fixture.secrets);

    beforeAll(async () => {
      fixture = await makeFixture();
    });
    afterAll(async () => await fixture.close());
    // oxlint-disable-next-line jest/no-standalone-expect
    afterEach(() => expect(fixture.problems()).toEqual([]));

    test('tells every part of a message, and the severity as a word', async () => {
      const sent = await sendTo(fixture.notifier(), incidentMessage());
      expect(sent.answer).not.toBe('');
      const text = fixture.texts().at(-1) ?? '';
      for (const part of [
        ...['CRITICAL', 'new', 'corner-shop: orders cannot be read, and the morning is at risk'],
        ...['What happened', 'lets nobody in', 'tried 3 times', 'Still safe', 'nothing is lost', 'Done by itself'],
        ...['What remains', 'before 07:30', 'daybreak run corner-shop', 'docs/runbook.md#credentials', 'data'],
        ...['Web UI', 'https://temporal.example.com/namespaces/default/workflows/run-1'],
      ])
        expect(text).toContain(part);
      expect(text).not.toMatch(/TEST|Late|repeat/);
    });

    test('tells a test as one, a late message as late, and each severity', async () => {
      for (const severity of ['routine', 'degraded', 'critical'] as const) {
        const { event: _, ...message } = incidentMessage({ kind: 'test', severity });
        await sendTo(fixture.notifier(), message, { attempt: 1, lateSeconds: 3_900 });
        const text = fixture.texts().at(-1);
        expect(text).toContain(`TEST ${severity.toUpperCase()}`);
        expect(text).toContain('This is a test: nothing is wrong');
        expect(text).toContain('comes 1 h 5 min after it was due');
      }
    });

    test('takes any text, and makes nothing of it but text', async () => {
      const strings = naughty();
      const before = fixture.texts().length;
      let count = 0;
      for (let at = 0; at < strings.length; at += 40) {
        const [title = '', ...some] = strings.slice(at, at + 40);
        const sections = some.map((text) => ({ label: text.slice(0, 300), text }));
        const links = [
          { label: title, url: `https://example.com/${title}` },
          { label: title, url: title },
        ];
        await sendTo(fixture.notifier(), incidentMessage({ title, sections, links, command: title, owner: title }));
        count += 1;
      }
      for (const title of NASTY) {
        await sendTo(fixture.notifier(), incidentMessage({ title, sections: [{ label: title, text: title }] }));
        count += 1;
      }
      expect(fixture.texts().length - before).toBe(count);
      for (const text of fixture.texts().slice(before)) expect(text).not.toMatch(/(?![\n\r\t])[\p{Cc}\p{Cs}\u202E]/u);
    });

    test('stops when it is told to', async () => {
      const stop = new AbortController();
      stop.abort();
      const sending = fixture.notifier().send(incidentMessage(), ONCE, stop.signal);
      await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    });

    if (!remote) return;
    const server = () => fixture.server as NonNullable<NotifierFixture['server']>;

    test('a variable that is not set is named, with the channel', async () => {
      for (const name of Object.keys(fixture.environment)) {
        for (const value of [undefined, '', ' \n']) {
          const failed = await failureOf(
            sendTo(fixture.notifier({ ...fixture.environment, [name]: value }), incidentMessage()),
            fixture.secrets,
          );
          expect(failed.kind).toBe('Credentials');
          expect(failed.message).toContain(`channel night: ${name} is not set`);
        }
      }
    });

    test('a passing fault is one', async () => {
      for (const fault of [server().broken, 'close']) {
        server().answerWith(fault);
        expect((await failure(incidentMessage())).kind).toBe('Transient');
      }
      server().answerWith('hang');
      expect((await failure(incidentMessage(), fixture.environment, SOON_MS)).kind).toBe('Transient');
      expect((await failure(incidentMessage(), server().at('127.0.0.1:9'))).kind).toBe('Transient');
    });

    test('who waits for an answer may stop waiting', async () => {
      const stop = new AbortController();
      server().answerWith('hang');
      const sending = fixture.notifier().send(incidentMessage(), ONCE, stop.signal);
      setTimeout(() => stop.abort(), 50);
      await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
    });

    test('a host that nobody knows is told without its name', async () => {
      const failed = await failureOf(
        sendTo(fixture.notifier(server().at('daybreak-nobody.invalid')), incidentMessage()),
        [...fixture.secrets, 'invalid', 'nobody-'],
      );
      // Where nobody can be asked for names, it may be known later.
      expect(['UnknownHost', 'Transient']).toContain(failed.kind);
    });

    test('a message that is refused tells why, and nothing that is secret', async () => {
      server().answerWith(server().refused);
      const failed = await failure(incidentMessage());
      expect(failed.kind).toBe('MessageRefused');
      expect(failed.message).toContain('because');
      expect(failed.message.length).toBeLessThan(500);
    });

    test('a key that nobody knows is a matter of credentials', async () => {
      const { strange } = server();
      if (strange === undefined) return;
      const failed = await failureOf(
        sendTo(fixture.notifier({ ...fixture.environment, ...strange }), incidentMessage()),
        [...fixture.secrets, ...Object.values(strange)],
      );
      expect(failed.kind).toBe('Credentials');
    });
  });
}

/** What every channel keeps to that is reached by HTTP. `fixture` is made anew for each test. */
export function httpContract(kind: string, makeFixture: () => Promise<NotifierFixture>): void {
  describe(`${kind} over HTTP`, () => {
    let fixture: NotifierFixture;
    const answered = async (fault: Fault) => {
      fixture.server?.answerWith(fault);
      return await failureOf(sendTo(fixture.notifier(), incidentMessage()), fixture.secrets);
    };
    beforeAll(async () => {
      fixture = await makeFixture();
    });
    afterAll(async () => await fixture.close());

    test.each([
      ['7', 7_000, 7_000],
      ['0', 1_000, 1_000],
      ['-5', 1_000, 1_000],
      ['99999999999', 3_600_000, 3_600_000],
      ['Wed, 21 Oct 2015 07:28:00 GMT', 1_000, 1_000],
      [() => new Date(Date.now() + 30_000).toUTCString(), 25_000, 31_000],
      ['soon', undefined, undefined],
    ] as const)('waits as long as it is asked to: %s', async (header, least, most) => {
      const value = typeof header === 'function' ? header() : header;
      const failed = await answered({ status: 429, headers: { 'retry-after': value } });
      expect(failed.kind).toBe('Throttled');
      if (least === undefined) return expect(failed.retryAfterMs).toBeUndefined();
      expect(failed.retryAfterMs).toBeGreaterThanOrEqual(least);
      return expect(failed.retryAfterMs).toBeLessThanOrEqual(most ?? 0);
    });

    test('asks for its own time without a word of how long', async () => {
      expect(await answered({ status: 429 })).toMatchObject({ kind: 'Throttled', retryAfterMs: undefined });
      const busy = await answered({ status: 503, headers: { 'retry-after': '3' } });
      expect(busy).toMatchObject({ kind: 'Transient', retryAfterMs: 3_000 });
    });

    test.each([
      [500, 'Transient'],
      [502, 'Transient'],
      [408, 'Transient'],
      [400, 'MessageRefused'],
      [404, 'MessageRefused'],
      [410, 'MessageRefused'],
      [413, 'MessageRefused'],
      [401, 'Credentials'],
      [403, 'Credentials'],
      [304, 'MessageRefused'],
    ] as const)('an answer %d is %s', async (status, expected) => {
      const body = status === 304 ? {} : { body: `no: ${fixture.secrets.join(' ')}` };
      expect((await answered({ status, ...body })).kind).toBe(expected);
    });

    test('goes to no other address than the declared one', async () => {
      const failed = await answered('redirect');
      expect(failed.kind).toBe('MessageRefused');
      expect(failed.message).toMatch(/its address has moved.*\nnext: set [A-Z_]+ to the address/);
      expect(fixture.texts()).toEqual([]);
    });

    test('reads no more of an answer than it can use', async () => {
      const failed = await answered('flood');
      expect(failed.message).toContain('it answered 500 Internal Server Error: no no');
      expect(failed.message.length).toBeLessThan(500);
    });

    test('a page of HTML is not repeated to people', async () => {
      const failed = await answered({ status: 502, body: '<!DOCTYPE html><html>Bad Gateway</html>' });
      expect(failed.message).not.toContain('<');
    });
  });
}
