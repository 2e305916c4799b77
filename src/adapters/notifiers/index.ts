/** A declared channel → a way to people. Secrets are read when a message is sent, and by nobody else. */
import type { Channel } from '../../domain/watch/definition';
import type { Notifier } from '../notifier';
import { emailNotifier } from './email';
import { TIMEOUT_MS } from './http';
import { type AlertLog, logNotifier } from './log';
import { pagerDutyNotifier } from './pagerduty';
import { channelSecrets, type Environment } from './secrets';
import { slackNotifier } from './slack';
import { webhookNotifier } from './webhook';

export type { AlertLog } from './log';

/** `name` is told in errors; `timeoutMs` is how long an answer is waited for. */
export function notifierOf(
  name: string,
  channel: Channel,
  environment: Environment,
  log: AlertLog,
  timeoutMs = TIMEOUT_MS,
): Notifier {
  const secrets = channelSecrets(name, environment);
  switch (channel.type) {
    case 'log':
      return logNotifier(name, log);
    case 'webhook':
      return webhookNotifier(channel, secrets, timeoutMs);
    case 'slack':
      return slackNotifier(channel, secrets, timeoutMs);
    case 'pagerduty':
      return pagerDutyNotifier(channel, secrets, timeoutMs);
    case 'email':
      return emailNotifier(channel, secrets, timeoutMs);
  }
}
