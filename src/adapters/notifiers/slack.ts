/**
 * Slack, by an incoming webhook: each message stands for itself; or by a bot: the first message of an incident is edited
 * as that goes on, and has a thread of what happened.
 */
import type { KnownBlock } from '@slack/types';
import type { Channel } from '../../domain/watch/definition';
import type { FailureKind } from '../../domain/failure';
import type { IncidentEvent, Sent } from '../../domain/watch/message';
import type { Notifier } from '../notifier';
import { GOES_ON, post, retryAfterMs } from './http';
import { render } from './render';
import type { ChannelSecrets, Secret } from './secrets';
import { blocks, fallback, threadLine } from './slack-text';

const API = 'https://slack.com/api';
/** An edit rings nobody: what matters more than before is shown in the channel as well. */
const LOUD: readonly IncidentEvent[] = ['raised', 'escalated', 'reopened'];
/** The first message is no longer there, or can no longer be edited. */
const GONE = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'];

const CREDENTIALS =
  'invalid_auth not_authed account_inactive token_revoked token_expired no_permission missing_scope org_login_required ekm_access_denied access_denied accesslimited not_allowed_token_type team_access_not_granted invalid_token';
const KINDS: Readonly<Record<string, FailureKind>> = Object.fromEntries([
  ...CREDENTIALS.split(' ').map((word) => [word, 'Credentials'] as const),
  ...['ratelimited', 'rate_limited', 'message_limit_exceeded'].map((word) => [word, 'Throttled'] as const),
  ...['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable', 'team_added_to_org'].map(
    (word) => [word, 'Transient'] as const,
  ),
]);
const NEXT: Readonly<Record<string, string>> = {
  channel_not_found: 'correct channel in pipeline.yaml, or invite the bot to a private one',
  not_in_channel: 'invite the bot: /invite @bot in the channel',
  is_archived: 'take the channel out of the archive, or name another one',
  missing_scope: 'give the bot the scope chat:write, and install it again',
};

const UNFURL_NOTHING = { unfurl_links: false, unfurl_media: false };

interface Said {
  readonly ok?: boolean;
  readonly error?: string;
  readonly channel?: string;
  readonly ts?: string;
}

function parsed(body: string): Said | undefined {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

const notSlack = (status: string, { variable }: Secret, { failure }: ChannelSecrets) =>
  failure('MessageRefused', {
    what: `it answered ${status}, and not in Slack's words`,
    next: `look at ${variable}, and at what stands between this machine and Slack`,
  });

function refused(error: string, { variable }: Secret, { failure, scrub }: ChannelSecrets, wait?: number) {
  const kind = KINDS[error] ?? 'MessageRefused';
  const usual =
    kind === 'Credentials'
      ? `correct ${variable} where the worker starts, and start the worker again`
      : kind === 'MessageRefused'
        ? "look at the channel's settings"
        : GOES_ON;
  return failure(kind, { what: `Slack says ${scrub(error)}`, next: NEXT[error] ?? usual }, wait);
}

type SlackChannel = Extract<Channel, { type: 'slack' }>;

export const slackNotifier = (channel: SlackChannel, secrets: ChannelSecrets, timeoutMs: number): Notifier => ({
  async send(message, sending, signal) {
    const rendered = render(message, sending);
    const whole = { text: fallback(rendered), blocks: blocks(rendered) };
    if (channel.webhook !== undefined) {
      const secret = secrets.read(channel.webhook, 'the URL of an incoming webhook');
      const url = secrets.address(secret);
      const body = JSON.stringify({ ...whole, ...UNFURL_NOTHING });
      const answer = await post({ url, variable: secret.variable, body, timeoutMs, signal }, secrets);
      if (answer.body.trim() !== 'ok') throw notSlack(answer.status, secret, secrets);
      return { answer: answer.status };
    }
    const token = secrets.read(channel.token ?? '', "a bot's token such as xoxb-…");
    if (!/^[\x21-\x7e]+$/.test(token.value)) throw refused('invalid_auth', token, secrets);
    const call = async (method: string, fields: { text: string; blocks?: KnownBlock[] } & Record<string, unknown>) => {
      const answer = await post(
        {
          url: new URL(`${(channel.url ?? API).replace(/\/$/, '')}/${method}`),
          variable: token.variable,
          headers: { authorization: `Bearer ${token.value}` },
          body: JSON.stringify({ ...fields, parse: 'none', link_names: false }),
          ...{ timeoutMs, signal },
        },
        secrets,
      );
      const said = parsed(answer.body);
      if (typeof said?.ok !== 'boolean') throw notSlack(answer.status, token, secrets);
      return { ...said, wait: retryAfterMs(answer.retryAfter, Date.now()) };
    };
    const must = ({ ok, error = 'nothing', wait, ...said }: Awaited<ReturnType<typeof call>>) => {
      if (ok !== true) throw refused(error, token, secrets, wait);
      return said;
    };
    const first = async (): Promise<Sent> => {
      const said = must(await call('chat.postMessage', { channel: channel.channel, ...whole, ...UNFURL_NOTHING }));
      const where =
        said.channel === undefined || said.ts === undefined ? {} : { reference: `${said.channel}:${said.ts}` };
      return { ...where, answer: 'posted' };
    };
    const [, id, ts] = /^([A-Z0-9]+):(\d+\.\d+)$/.exec(sending.reference ?? '') ?? [];
    if (id === undefined || ts === undefined) return await first();
    // Of an edit there is no repeat.
    const edit = render(message, { ...sending, attempt: 1 });
    const edited = await call('chat.update', { channel: id, ts, text: fallback(edit), blocks: blocks(edit) });
    if (edited.ok !== true && GONE.includes(edited.error ?? '')) return await first();
    must(edited);
    const line = threadLine(rendered);
    const loud = message.event !== undefined && LOUD.includes(message.event);
    const reply = await call('chat.postMessage', {
      ...{ channel: id, thread_ts: ts, text: line, reply_broadcast: loud, ...UNFURL_NOTHING },
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text: line, verbatim: true } }],
    });
    must(reply);
    return {
      reference: `${id}:${ts}`,
      answer: loud ? 'edited, and told in its thread and channel' : 'edited, and told in its thread',
    };
  },
});
