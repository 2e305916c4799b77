/** The part of `pipeline.yaml` that is about the night: when data are needed, when runs start, and who is told what. */
import { z } from 'zod';
import { ENVIRONMENT_REFERENCE } from '../environment';
import { isHours } from '../hours';
import { SEVERITIES } from './message';

const secret = z.string().regex(ENVIRONMENT_REFERENCE, 'expected ${env:NAME}: what is secret stays in the environment');
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'expected lower-case letters, digits, _ and -, starting with a letter');
const team = z.string().trim().min(1).max(80);
/** `45s`, `30m`, `2h`, `1d` */
const A_DURATION = 'expected a duration such as 45s, 30m or 2h';
const duration = z.string({ error: A_DURATION }).regex(/^[1-9]\d*(s|m|h|d)$/, A_DURATION);
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as "07:30"');

export const DEADLINE = /^([01]\d|2[0-3]):[0-5]\d( (mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)?$/;

const email = z.email('expected an e-mail address');
const https = z
  .string()
  .regex(/^https:\/\/[^\s/]+|^http:\/\/(127\.0\.0\.1|localhost)[:/]/, 'expected an https:// URL')
  .optional();

export const channelSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('log').describe("A line of the worker's log.") }),
  z.strictObject({
    type: z.literal('webhook').describe('A POST of JSON, signed.'),
    url: secret.describe('`${env:NAME}` of the URL.'),
    secret: secret.optional().describe('`${env:NAME}` of the key that the body is signed with.'),
  }),
  z
    .strictObject({
      type: z.literal('slack').describe('An incoming webhook, or a bot with a channel.'),
      webhook: secret.optional().describe('`${env:NAME}` of the URL of an incoming webhook.'),
      token: secret.optional().describe("`${env:NAME}` of a bot's token; its messages are edited, and have threads."),
      channel: z.string().min(1).optional().describe("Id or name of the bot's channel."),
      url: https.describe("Where Slack's API is; by default https://slack.com/api."),
    })
    .superRefine(({ webhook, token, channel }, context) => {
      if ((webhook === undefined) === (token === undefined) || (token === undefined) !== (channel === undefined))
        context.addIssue({
          code: 'custom',
          message: 'expected "webhook", or "token" and "channel"',
          params: { bare: true },
        });
    }),
  z.strictObject({
    type: z.literal('pagerduty').describe('Events API v2.'),
    routing_key: secret.describe("`${env:NAME}` of a service's integration key."),
    url: https.describe('By default https://events.pagerduty.com; https://events.eu.pagerduty.com in Europe.'),
  }),
  z.strictObject({
    type: z.literal('email'),
    server: secret.describe('`${env:NAME}` of a URL such as smtps://user:password@host:465.'),
    from: email.describe('Who it is from.'),
    to: z.array(email).min(1, 'expected at least one').describe('Who gets it.'),
  }),
]);
export type Channel = z.infer<typeof channelSchema>;

const channels = z.array(name).min(1, 'expected the name of a channel');

const routeSchema = z.strictObject({
  severity: z
    .array(z.enum(SEVERITIES))
    .min(1, 'expected at least one')
    .default(['degraded', 'critical'])
    .describe('By default what needs a person.'),
  hours: z
    .string()
    .refine(isHours, 'expected two times of a day such as "22:00-06:00"')
    .optional()
    .describe("Hours in the pipeline's zone; by default at any time."),
  owner: team.optional().describe('Only what belongs to this team.'),
  to: channels.describe('Names of channels; each gets the message.'),
  otherwise: channels.optional().describe('Channels in place of one that is dead.'),
  escalate: z
    .array(z.strictObject({ after: duration.describe('Since it was told first.'), to: channels }))
    .default([])
    .describe('Who is told as well while nobody has acknowledged it.'),
});

export type Route = z.infer<typeof routeSchema>;

interface ChannelNamed {
  readonly name: string;
  /** Below `notify`. */
  readonly path: readonly (string | number)[];
  /** What goes there wakes nobody. */
  readonly isToRead: boolean;
}

/** Every place that names a channel. */
export function channelsNamed(notify: {
  readonly routes: readonly Route[];
  readonly insights: readonly { readonly to: readonly string[] }[];
  readonly digest_to?: readonly string[] | undefined;
}): ChannelNamed[] {
  const at = (names: readonly string[] | undefined, path: ChannelNamed['path'], isToRead = false) =>
    (names ?? []).map((name, index): ChannelNamed => ({ name, path: [...path, index], isToRead }));
  return [
    ...notify.routes.flatMap(({ to, otherwise, escalate }, index) => [
      ...at(to, ['routes', index, 'to']),
      ...at(otherwise, ['routes', index, 'otherwise']),
      ...escalate.flatMap((step, number) => at(step.to, ['routes', index, 'escalate', number, 'to'])),
    ]),
    ...notify.insights.flatMap(({ to }, index) => at(to, ['insights', index, 'to'], true)),
    ...at(notify.digest_to, ['digest_to'], true),
  ];
}

export const notifySchema = z
  .strictObject({
    channels: z.record(name, channelSchema).default({}).describe('Ways to people, by name; `log` is always there.'),
    routes: z.array(routeSchema).default([]).describe('Who is told what; every route that fits is used.'),
    digest: clock.optional().describe('When the night is told in the morning; by default at the deadline, or 08:00.'),
    digest_to: channels.optional().describe('Who gets it; by default the channels of every route but PagerDuty.'),
    insights: z
      .array(
        z.strictObject({
          owner: team.describe('The team that a finding is for, as the table `insights` says it.'),
          to: channels,
          severity: z.enum(['info', 'warning', 'critical']).default('warning').describe('The least that is told.'),
          money: z.number().min(0).default(0).describe('The least amount that is told.'),
        }),
      )
      .default([])
      .describe('Findings of an edition, told to their teams after it is published.'),
    reopen: duration.default('1d').describe('So long after it was resolved the same cause opens an incident again.'),
    heartbeat_url: secret
      .optional()
      .describe('`${env:NAME}` of a URL that is called while all is well: who is not called any more, rings.'),
  })
  .superRefine((notify, context) => {
    const known = new Set([...Object.keys(notify.channels), 'log']);
    const named = channelsNamed(notify);
    for (const { name: given, path } of named)
      if (!known.has(given))
        context.addIssue({
          code: 'custom',
          path: [...path],
          message: `expected one of the channels ${[...known].join(', ')}`,
        });
    for (const { name: given, path, isToRead } of named)
      if (isToRead && notify.channels[given]?.type === 'pagerduty') {
        const message = 'PagerDuty rings people, and this is to be read; expected another channel';
        context.addIssue({ code: 'custom', path: [...path], message });
      }
  });
export type Notify = z.infer<typeof notifySchema>;

const cron = z.string().trim().min(1);
/** What Temporal does with a start that comes while the run before is still going on. */
export const OVERLAPS = ['skip', 'buffer_one', 'buffer_all', 'cancel_other', 'terminate_other', 'allow_all'] as const;

/** Keys of `pipeline.yaml`. */
export const nightKeys = {
  schedule: z
    .union([
      cron.transform((text) => ({ cron: text, overlap: 'skip' as const, catch_up: '6h', jitter: undefined })),
      z.strictObject({
        cron: cron.describe("Five fields such as 0 3 * * *, in the pipeline's zone."),
        overlap: z.enum(OVERLAPS).default('skip').describe('When the run before is still going on.'),
        catch_up: duration.default('6h').describe('How old a start may be that is made up for after an outage.'),
        jitter: duration.optional().describe('Starts are spread over so long.'),
      }),
    ])
    .optional()
    .describe('When runs start; `daybreak schedule apply` makes it so.'),
  deadline: z
    .string()
    .regex(DEADLINE, 'expected a time of day such as "07:30", or with days "07:30 mon-fri"')
    .optional()
    .describe("When data are needed, in the pipeline's zone, on every day or on these."),
  repair_time: duration.default('30m').describe('How long a person needs from the ring to a run that goes on.'),
  owner: team.optional().describe('The team that it belongs to.'),
  notify: notifySchema.optional().describe('Who is told what, and how.'),
};
