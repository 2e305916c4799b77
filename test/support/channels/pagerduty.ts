/** PagerDuty's Events API v2, as its documentation describes it: checks events, and keeps alerts by their key. */
import { type HttpChannel, jsonReply, startHttp } from './http';

export interface PagerDutyEvent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: {
    readonly summary: string;
    readonly source: string;
    readonly severity: string;
    readonly custom_details?: Readonly<Record<string, string>>;
  } & Readonly<Record<string, unknown>>;
  readonly links?: readonly { readonly href: string; readonly text?: string }[];
}

/** One alert: a trigger after it is resolved is another one, and rings again. */
export interface Alert {
  readonly key: string;
  state: 'triggered' | 'acknowledged' | 'resolved';
  severity: string;
  summary: string;
  readonly triggers: number;
}

export interface PagerDutyChannel extends HttpChannel {
  /** Events that were accepted. */
  readonly received: readonly PagerDutyEvent[];
  /** How often somebody was rung: an alert each. */
  readonly alerts: readonly Alert[];
  readonly problems: readonly string[];
}

const TOP = ['routing_key', 'event_action', 'dedup_key', 'payload', 'images', 'links', 'client', 'client_url'];
const PAYLOAD = ['summary', 'source', 'severity', 'timestamp', 'component', 'group', 'class', 'custom_details'];
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function payloadProblems(payload: unknown): string[] {
  if (!isObject(payload)) return ["'payload' is missing"];
  const problems = Object.keys(payload).flatMap((key) => (PAYLOAD.includes(key) ? [] : [`payload.${key} is unknown`]));
  if (!isText(payload.summary, 1024)) problems.push("'payload.summary' is missing or too long");
  if (!isText(payload.source, 1024)) problems.push("'payload.source' is missing or blank");
  if (!['critical', 'error', 'warning', 'info'].includes(String(payload.severity)))
    problems.push(
      "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
    );
  if (payload.timestamp !== undefined && Number.isNaN(Date.parse(String(payload.timestamp))))
    problems.push("'payload.timestamp' is invalid");
  for (const key of ['component', 'group', 'class'])
    if (payload[key] !== undefined && !isText(payload[key], 1024)) problems.push(`'payload.${key}' is no text`);
  if (payload.custom_details !== undefined && !isObject(payload.custom_details))
    problems.push("'payload.custom_details' is no object");
  return problems;
}

function eventProblems(event: unknown, body: string): string[] {
  if (!isObject(event)) return ['no object'];
  const problems = Object.keys(event).flatMap((key) => (TOP.includes(key) ? [] : [`${key} is unknown`]));
  if (Buffer.byteLength(body) > 512 * 1024) problems.push('larger than 512 KB');
  if (typeof event.routing_key !== 'string' || !/^\w{32}$/.test(event.routing_key))
    problems.push(`Invalid routing key ${String(event.routing_key)}`);
  if (!['trigger', 'acknowledge', 'resolve'].includes(String(event.event_action)))
    problems.push("'event_action' is invalid");
  if (!isText(event.dedup_key, 255)) problems.push("'dedup_key' is missing or too long");
  if (event.event_action === 'trigger') problems.push(...payloadProblems(event.payload));
  for (const link of (event.links as unknown[] | undefined) ?? [])
    if (!isObject(link) || !/^https?:\/\//.test(String(link.href))) problems.push("'links' is invalid");
  return problems;
}

export async function startPagerDuty(): Promise<PagerDutyChannel> {
  const received: PagerDutyEvent[] = [];
  const alerts: (Alert & { triggers: number })[] = [];
  const problems: string[] = [];
  const apply = ({ event_action, dedup_key: key, payload }: PagerDutyEvent) => {
    const open = alerts.find((alert) => alert.key === key && alert.state !== 'resolved');
    if (event_action === 'trigger' && payload !== undefined) {
      const { severity, summary } = payload;
      if (open === undefined) alerts.push({ key, state: 'triggered', severity, summary, triggers: 1 });
      else Object.assign(open, { severity, summary, triggers: open.triggers + 1 });
    } else if (open !== undefined) open.state = event_action === 'resolve' ? 'resolved' : 'acknowledged';
  };
  const channel = await startHttp(({ path, headers, body }) => {
    if (path !== '/v2/enqueue') return { status: 404 };
    let event: unknown;
    try {
      event = JSON.parse(body);
    } catch {
      event = undefined;
    }
    const errors = [
      ...(headers['content-type']?.startsWith('application/json') ? [] : ['content-type']),
      ...eventProblems(event, body),
    ];
    if (errors.length > 0) {
      problems.push(...errors);
      return jsonReply(400, { status: 'invalid event', message: 'Event object is invalid', errors });
    }
    received.push(event as PagerDutyEvent);
    apply(event as PagerDutyEvent);
    return jsonReply(202, {
      status: 'success',
      message: 'Event processed',
      dedup_key: (event as PagerDutyEvent).dedup_key,
    });
  });
  return { ...channel, received, alerts, problems };
}
