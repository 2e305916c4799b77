/** Local servers that stand for the channels; what arrives is checked against what their vendors document. */
export type { Fault } from './http';
export { MAIL_PASSWORD, MAIL_USER, type MailChannel, startMail } from './mail';
export { type PagerDutyChannel, startPagerDuty } from './pagerduty';
export { SLACK_CHANNEL, SLACK_TOKEN, type SlackChannel, startSlack } from './slack';
export { startWebhook, type WebhookChannel } from './webhook';
