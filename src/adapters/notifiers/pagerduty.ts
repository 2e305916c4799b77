/** PagerDuty's Events API v2: an incident of ours is one alert there, under one key from first sight to recovery. */
import { createHash } from 'node:crypto';
import type { Channel } from '../../domain/watch/definition';
import type { IncidentEvent, Message, Sending, Severity } from '../../domain/watch/message';
import type { Notifier } from '../notifier';
import { fit, webAddress } from './escape';
import { post } from './http';
import { type Rendered, render } from './render';
import type { ChannelSecrets } from './secrets';

const DEFAULT_URL = 'https://events.pagerduty.com';
const SEVERITIES: Readonly<Record<Severity, string>> = { routine: 'info', degraded: 'warning', critical: 'critical' };
/** There is no snoozing by events: who snoozes has seen it. */
const ACTIONS: Readonly<Partial<Record<IncidentEvent, string>>> = {
  acknowledged: 'acknowledge',
  snoozed: 'acknowledge',
  resolved: 'resolve',
};
const MOST_SUMMARY = 1024;
const MOST_KEY = 255;
const MOST_DETAIL = 4_000;

/** The same for all messages of an incident. */
export const dedupKey = ({ thread }: Message): string =>
  thread.length <= MOST_KEY ? thread : `sha256:${createHash('sha256').update(thread).digest('hex')}`;

function details({ marks, sections, command, runbook, footer }: Rendered): Record<string, string> {
  const all: [string, string][] = [
    ...marks.map((mark, index): [string, string] => [index === 0 ? 'note' : `note ${index + 1}`, mark]),
    ...sections.map(({ label, text }): [string, string] => [label, text]),
    ...(command === undefined ? [] : [['to do', command] as [string, string]]),
    ...(runbook === undefined ? [] : [['runbook', runbook] as [string, string]]),
    ['from', footer],
  ];
  return Object.fromEntries(all.slice(0, 40).map(([label, text]) => [fit(label, 100), fit(text, MOST_DETAIL)]));
}

function trigger(message: Message, sending: Sending) {
  // What is accepted twice is one alert there, and needs no mark.
  const rendered = render(message, { ...sending, attempt: 1 });
  const links = rendered.links.flatMap(({ label, url }) => {
    const href = webAddress(url);
    return href === undefined ? [] : [{ href, text: fit(label, 100) }];
  });
  return {
    client: 'daybreak',
    payload: {
      summary: fit(rendered.headline, MOST_SUMMARY),
      source: `daybreak/${message.pipeline}`,
      severity: SEVERITIES[message.severity],
      timestamp: message.at,
      component: message.pipeline,
      ...(message.owner === undefined ? {} : { group: message.owner }),
      ...(message.runbook === undefined ? {} : { class: message.runbook }),
      custom_details: details(rendered),
    },
    links,
  };
}

/**
 * An incident that somebody has acknowledged there rings for nobody, whatever is triggered: what rings anew has a key of its
 * own, and all of them end together.
 */
const ringKeys = (message: Message): string[] =>
  Array.from({ length: (message.ring ?? 0) + 1 }, (_, ring) =>
    ring === 0 ? dedupKey(message) : `${dedupKey(message).slice(0, 245)}-${ring}`,
  );

/** Whether an answer is PagerDuty's own: something between here and there may have answered in its place. */
function isAccepted(body: string): boolean {
  try {
    return (JSON.parse(body) as { status?: unknown } | null)?.status === 'success';
  } catch {
    return false;
  }
}

export const pagerDutyNotifier = (
  channel: Extract<Channel, { type: 'pagerduty' }>,
  secrets: ChannelSecrets,
  timeoutMs: number,
): Notifier => ({
  async send(message, sending, signal) {
    if (message.kind === 'digest' || message.kind === 'insights')
      throw secrets.failure('MessageRefused', {
        what: `PagerDuty rings people, and ${message.kind === 'digest' ? 'a digest' : 'a finding'} is to be read`,
        expected: 'another channel in digest_to and insights',
        next: 'correct notify in pipeline.yaml',
      });
    const { variable, value } = secrets.read(channel.routing_key, 'the integration key of a service');
    const action = message.event === undefined ? 'trigger' : (ACTIONS[message.event] ?? 'trigger');
    const url = new URL('/v2/enqueue', channel.url ?? DEFAULT_URL);
    let status = '';
    for (const key of action === 'resolve' ? ringKeys(message) : ringKeys(message).slice(-1)) {
      const event = {
        routing_key: value,
        event_action: action,
        dedup_key: key,
        ...(action === 'trigger' ? trigger(message, sending) : {}),
      };
      const answer = await post({ url, variable, body: JSON.stringify(event), timeoutMs, signal }, secrets);
      if (!isAccepted(answer.body))
        throw secrets.failure('MessageRefused', {
          what: `it answered ${answer.status}, and not in PagerDuty's words`,
          next: "look at the channel's url, and at what stands between this machine and PagerDuty",
        });
      ({ status } = answer);
    }
    return { answer: `${status}, ${action}` };
  },
});
