/** The ways to people of one night, as local servers: what arrived there, in words. */
import type { Alert } from '../support/channels/pagerduty';
import { type Fault, startMail, startPagerDuty, startSlack, startWebhook } from '../support/channels';

export const CHANNELS = ['ring', 'chat', 'hook', 'mail'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export interface NightChannels {
  /** Secrets by name, for the environment of who sends. */
  readonly secrets: Record<string, string>;
  /** As `notify.channels` declares them. */
  readonly declared: Record<ChannelName, unknown>;
  /** What was taken: `trigger critical`, `critical, new`, `opened critical`. */
  received(channel: ChannelName): string[];
  /** How often something was tried to be sent there. */
  requests(channel: Exclude<ChannelName, 'mail'>): number;
  /** How often somebody was rung, and each of those alerts. */
  pages(): number;
  alerts(): readonly Alert[];
  /** Every body that was ever sent there, for who looks for what must not be in it. */
  bodies(): string;
  /** What its vendor would not have taken. */
  problems(): string[];
  /** From now on, or for the next so many; without a fault it is well again. */
  answer(channel: ChannelName, fault: Fault | undefined, times?: number): void;
  stop(): Promise<void>;
}

/** `[CRITICAL, new] shop …` → `critical, new`, with the marks of what is late or may be a repeat. */
function tagged(text: string): string {
  const tag = /\[([A-Z]+(, [\w ]+)?)\]/.exec(text)?.[1] ?? text;
  const late = /Late: it could not be sent/.test(text) ? ', late' : '';
  const repeat = /This may be a repeat/.test(text) ? ', repeat' : '';
  return `${tag.toLowerCase()}${late}${repeat}`;
}

/** `serial` keeps the secrets of nights apart that have one watch process. */
export async function startChannels(serial: number): Promise<NightChannels> {
  const [ring, chat, hook, mail] = [
    await startPagerDuty(),
    await startSlack(),
    await startWebhook(),
    await startMail(),
  ];
  const name = (what: string) => `NIGHT_${serial}_${what}`;
  const reference = (what: string) => `\${env:${name(what)}}`;
  const servers = { ring, chat, hook, mail };
  return {
    secrets: {
      [name('KEY')]: `${serial}`.padStart(32, 'k'),
      [name('CHAT')]: chat.webhook,
      [name('HOOK')]: hook.url,
      [name('MAIL')]: mail.url,
    },
    declared: {
      ring: { type: 'pagerduty', routing_key: reference('KEY'), url: ring.url },
      chat: { type: 'slack', webhook: reference('CHAT') },
      hook: { type: 'webhook', url: reference('HOOK') },
      mail: { type: 'email', server: reference('MAIL'), from: 'nights@example.com', to: ['team@example.com'] },
    },
    received(channel) {
      switch (channel) {
        case 'ring':
          return ring.received.map(({ event_action, payload }) =>
            payload === undefined ? event_action : `${event_action} ${payload.severity}`,
          );
        case 'chat':
          return chat.received.map(({ payload }) => tagged(payload.text ?? ''));
        case 'hook':
          return hook.received.map(
            ({ body: { data } }) => `${String(data.event ?? data.kind)} ${String(data.severity)}`,
          );
        case 'mail':
          return mail.received.map(({ mail: { subject = '', text = '' } }) =>
            tagged(`${subject} ${text.slice(0, 600)}`),
          );
      }
    },
    requests: (channel) => ({ ring, chat, hook })[channel].requests.length,
    pages: () => ring.alerts.length,
    alerts: () => ring.alerts,
    bodies: () =>
      [ring, chat, hook].flatMap(({ requests }) => requests.map(({ body }) => body)).join('\n') +
      mail.received.map(({ raw }) => raw.slice(raw.indexOf('\r\n\r\n'))).join('\n'),
    problems: () => [...ring.problems, ...chat.problems, ...hook.problems, ...mail.problems],
    answer(channel, fault, times) {
      // Of the faults of HTTP, mail knows those without an answer.
      const server = servers[channel] as Pick<typeof ring, 'answerAlways' | 'answerWith'>;
      if (times === undefined) server.answerAlways(fault);
      else if (fault !== undefined) server.answerWith(...Array.from({ length: times }, () => fault));
    },
    stop: async () => {
      await Promise.all(Object.values(servers).map(async (server) => await server.stop()));
    },
  };
}
