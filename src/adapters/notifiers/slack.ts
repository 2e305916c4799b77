/**
 * Slack, by an incoming webhook: each message stands for itself; or by a bot: the first message of an incident is edited
 * as that goes on, and has a thread of what happened.
 */
import type { KnownBlock } from '@slack/types';
import type { Channel } from '../../domain/watch/definition';
import type { IncidentEvent, Sent } from '../../domain/watch/message';
import type { Notifier } from '../notifier';
import { post, retryAfterMs } from './http';
import { render } from './render';
import type { ChannelSecrets } from './secrets';
import { notSlack, parsed, refused } from './slack-answers';
import { blocks, fallback, threadLine } from './slack-text';

const API = 'https://slack.com/api';
/** An edit rings nobody: what matters more than before is shown in the channel as well. */
const LOUD: readonly IncidentEvent[] = ['raised', 'escalated', 'reopened'];
/** The first message is no longer there, or can no longer be edited. */
const GONE = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'];

const UNFURL_NOTHING = { unfurl_links: false, unfurl_media: false };

type SlackChannel = Extract<Channel, { type: 'slack' }>;

const webhook = (reference: string, secrets: ChannelSecrets, timeoutMs: number): Notifier => ({
  async send(message, sending, signal) {
    const rendered = render(message, sending);
    const secret = secrets.read(reference, 'the URL of an incoming webhook');
    const url = secrets.address(secret);
    const body = JSON.stringify({ text: fallback(rendered), blocks: blocks(rendered), ...UNFURL_NOTHING });
    const answer = await post({ url, variable: secret.variable, body, timeoutMs, signal }, secrets);
    if (answer.body.trim() !== 'ok') throw notSlack(answer.status, secret, secrets);
    return { answer: answer.status };
  },
});

const bot = (channel: SlackChannel, secrets: ChannelSecrets, timeoutMs: number): Notifier => ({
  async send(message, sending, signal) {
    const rendered = render(message, sending);
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
    const whole = { text: fallback(rendered), blocks: blocks(rendered) };
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

export const slackNotifier = (channel: SlackChannel, secrets: ChannelSecrets, timeoutMs: number): Notifier =>
  channel.webhook === undefined ? bot(channel, secrets, timeoutMs) : webhook(channel.webhook, secrets, timeoutMs);
