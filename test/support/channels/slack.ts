/** Slack: an incoming webhook, and the methods of its Web API that a bot posts and edits with. Checks what its documentation limits. */
import { type HttpChannel, jsonReply, type Reply, startHttp } from './http';

export interface SlackPayload {
  readonly text?: string;
  readonly blocks?: readonly Readonly<Record<string, unknown>>[];
  readonly thread_ts?: string;
  readonly reply_broadcast?: boolean;
}

/** A message as people see it: its newest text, how often it was edited, and its thread. */
export interface SlackMessage {
  readonly ts: string;
  payload: SlackPayload;
  edits: number;
  readonly thread: SlackPayload[];
}

export interface SlackChannel extends HttpChannel {
  /** URL of the incoming webhook; `url` is that of the API. */
  readonly webhook: string;
  /** What was accepted, in order. */
  readonly received: readonly { readonly method: string; readonly payload: SlackPayload }[];
  /** What the channel shows. */
  readonly messages: readonly SlackMessage[];
  readonly problems: readonly string[];
  /** Somebody deletes all messages. */
  clear(): void;
}

export const SLACK_TOKEN = 'xoxb-1111-2222-s3cr3tT0k3n';
export const SLACK_CHANNEL = 'C0NIGHTS';
const WEBHOOK_PATH = '/services/T0SECRET/B0SECRET/w3bh00kS3cret';

const LINK = /<https?:\/\/[^<>|\s]+\|[^<>|]*>/g;

/** A mention, a link or an address that would be active, or a piece of markup that Slack would not understand. */
export function activeText(text: string): string | undefined {
  const rest = text.replaceAll(LINK, '');
  const found = /[<>]|&(?!(amp|lt|gt);)/.exec(rest);
  return found === null ? undefined : rest.slice(Math.max(0, found.index - 20), found.index + 40);
}

function textProblems(where: string, text: unknown, most: number): string[] {
  if (typeof text !== 'object' || text === null) return [`${where}: no text`];
  const { type, text: said, verbatim } = text as Record<string, unknown>;
  if (type !== 'mrkdwn' && type !== 'plain_text') return [`${where}: type ${String(type)}`];
  if (typeof said !== 'string' || said.length < 1 || said.length > most) return [`${where}: 1 to ${most} characters`];
  const active = type === 'mrkdwn' ? activeText(said) : undefined;
  return [
    ...(type === 'mrkdwn' && verbatim !== true ? [`${where}: names and addresses are looked for`] : []),
    ...(active === undefined ? [] : [`${where}: active text ${active}`]),
  ];
}

function blockProblems(blocks: unknown): string[] {
  if (!Array.isArray(blocks) || blocks.length > 50) return ['invalid_blocks: at most 50'];
  // Undocumented, and seen: beyond some 13,000 characters a message is too long.
  if (JSON.stringify(blocks).length > 13_000) return ['msg_blocks_too_long'];
  return blocks.flatMap(({ type, text, elements }: Record<string, unknown>, index) => {
    if (type === 'section') return textProblems(`blocks ${index}`, text, 3000);
    if (type !== 'context') return [`blocks ${index}: unknown type ${String(type)}`];
    const list = elements as unknown[];
    return list.length < 1 || list.length > 10
      ? [`blocks ${index}: 1 to 10 elements`]
      : list.flatMap((element) => textProblems(`blocks ${index}`, element, 3000));
  });
}

function payloadProblems(payload: SlackPayload & Record<string, unknown>, isNew: boolean): string[] {
  const { text, blocks, unfurl_links, unfurl_media, parse = 'none', link_names = false } = payload;
  const active = typeof text === 'string' ? activeText(text) : undefined;
  return [
    ...(typeof text === 'string' && text !== '' && text.length <= 40_000 ? [] : ['no_text']),
    ...(active === undefined ? [] : [`active text ${active}`]),
    ...(parse === 'none' && link_names === false ? [] : ['names and addresses are looked for']),
    ...(isNew && (unfurl_links !== false || unfurl_media !== false) ? ['links unfold'] : []),
    ...blockProblems(blocks),
  ];
}

export async function startSlack(): Promise<SlackChannel> {
  const received: { method: string; payload: SlackPayload }[] = [];
  const messages: SlackMessage[] = [];
  const problems: string[] = [];
  let clock = 1_700_000_000;
  const post = (payload: SlackPayload) => {
    clock += 1;
    const ts = `${clock}.000100`;
    if (payload.thread_ts === undefined) messages.push({ ts, payload, edits: 0, thread: [] });
    else messages.find((message) => message.ts === payload.thread_ts)?.thread.push(payload);
    return ts;
  };
  const api = (method: string, payload: SlackPayload & Record<string, unknown>): Reply => {
    const { channel } = payload;
    if (channel !== SLACK_CHANNEL && channel !== '#nights')
      return jsonReply(200, { ok: false, error: 'channel_not_found' });
    if (method === 'chat.postMessage') {
      received.push({ method, payload });
      return jsonReply(200, { ok: true, channel: SLACK_CHANNEL, ts: post(payload), message: {} });
    }
    // Names are for posting only.
    const found = channel === SLACK_CHANNEL ? messages.find(({ ts }) => ts === payload.ts) : undefined;
    if (found === undefined) return jsonReply(200, { ok: false, error: 'message_not_found' });
    received.push({ method, payload });
    Object.assign(found, { payload, edits: found.edits + 1 });
    return jsonReply(200, { ok: true, channel, ts: payload.ts, text: payload.text });
  };
  const server = await startHttp(({ path, headers, body }) => {
    const payload = JSON.parse(body) as SlackPayload & Record<string, unknown>;
    const method = /^\/api\/(chat\.(postMessage|update))$/.exec(path)?.[1];
    if (method === undefined && path !== WEBHOOK_PATH) return { status: 404, body: 'no_service' };
    const wrong = payloadProblems(payload, method !== 'chat.update');
    problems.push(...wrong);
    if (method === undefined) {
      if (wrong.length > 0) return { status: 400, body: 'invalid_blocks' };
      received.push({ method: 'webhook', payload });
      post(payload);
      return { status: 200, body: 'ok' };
    }
    if (headers.authorization !== `Bearer ${SLACK_TOKEN}`) return jsonReply(200, { ok: false, error: 'invalid_auth' });
    return wrong.length > 0 ? jsonReply(200, { ok: false, error: 'invalid_blocks' }) : api(method, payload);
  });
  return {
    ...server,
    ...{ url: `${server.url}/api`, webhook: `${server.url}${WEBHOOK_PATH}`, received, messages, problems },
    clear: () => void messages.splice(0),
  };
}
