/** A mail server: takes mail from who knows the password, reads it, and misbehaves on request. */
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { ChannelServer, Fault } from './http';

/** An answer of SMTP instead of that of HTTP: to the sender, which is the first that is asked. */
export interface MailReply {
  readonly code: number;
  readonly text: string;
}

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came, with its headers. */
  readonly raw: string;
  readonly mail: Email;
}

export interface MailChannel extends Omit<ChannelServer, 'answerWith' | 'answerAlways'> {
  /** `smtp://user:password@…`, of this machine. */
  readonly url: string;
  readonly received: readonly Mail[];
  readonly problems: readonly string[];
  answerWith(...faults: readonly MailFault[]): void;
  answerAlways(fault?: MailFault): void;
}
export type MailFault = MailReply | Extract<Fault, 'hang' | 'close' | 'lose'>;

export const MAIL_USER = 'night-watch';
export const MAIL_PASSWORD = 'p@ss w0rd/42';

/** What RFC 5322 asks of headers. */
function headerProblems(raw: string): string[] {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n'));
  const lines = head.replaceAll(/\r\n[ \t]/g, ' ').split('\r\n');
  const names = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  return [
    ...(/[^\r]\n|\r[^\n]/.test(head) ? ['a bare line end in the headers'] : []),
    ...lines.filter((line) => !/^[!-9;-~]+: ?[\x20-\x7e]*$/.test(line)).map((line) => `header ${JSON.stringify(line)}`),
    ...['from', 'to', 'subject', 'message-id', 'date'].filter(
      (name) => names.filter((each) => each === name).length !== 1,
    ),
    ...raw
      .split('\r\n')
      .filter((line) => line.length > 998)
      .map(() => 'a line of more than 998 characters'),
  ];
}

export async function startMail(): Promise<MailChannel> {
  const received: Mail[] = [];
  const problems: string[] = [];
  const next: MailFault[] = [];
  let always: MailFault | undefined;
  const faults = new Map<string, MailFault | undefined>();
  const socketOf = (session: SMTPServerSession): { destroy(): void } | undefined =>
    [...server.connections].find((connection) => connection.session?.id === session.id)?._socket ?? undefined;
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onConnect: (session, callback) => {
      const fault = next.shift() ?? always;
      faults.set(session.id, fault);
      if (fault === 'hang') return;
      if (fault === 'close') socketOf(session)?.destroy();
      else callback();
    },
    onAuth: ({ username, password }, _, callback) => {
      if (username === MAIL_USER && password === MAIL_PASSWORD) callback(null, { user: username });
      else callback(new Error(`Authentication of ${username} with ${password} failed`));
    },
    onMailFrom: (_, session, callback) => {
      const fault = faults.get(session.id);
      if (typeof fault !== 'object') return callback();
      return callback(Object.assign(new Error(fault.text), { responseCode: fault.code }));
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const { mailFrom, rcptTo } = session.envelope;
        void PostalMime.parse(raw).then((mail) => {
          problems.push(...headerProblems(raw));
          received.push({
            ...{ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) },
            ...{ raw, mail },
          });
          if (faults.get(session.id) === 'lose') socketOf(session)?.destroy();
          else callback(null, 'OK: queued as 1A2B3C');
        });
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.server.unref();
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://${MAIL_USER}:${encodeURIComponent(MAIL_PASSWORD)}@127.0.0.1:${port}`,
    ...{ received, problems },
    answerWith: (...given) => void next.push(...given),
    answerAlways: (fault) => {
      always = fault;
    },
    stop: async () => {
      for (const connection of server.connections) connection._socket?.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
