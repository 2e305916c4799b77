/** What Slack's answers mean. */
import type { FailureKind } from '../../domain/failure';
import { GOES_ON } from './http';
import type { ChannelSecrets, Secret } from './secrets';

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

/** What its methods answer, with 200 also where they did nothing. */
interface Said {
  readonly ok?: boolean;
  readonly error?: string;
  readonly channel?: string;
  readonly ts?: string;
}

/** Nothing where it is not one of Slack's. */
export function parsed(body: string): Said | undefined {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null ? said : undefined;
  } catch {
    return undefined;
  }
}

export const notSlack = (status: string, { variable }: Secret, { failure }: ChannelSecrets) =>
  failure('MessageRefused', {
    what: `it answered ${status}, and not in Slack's words`,
    next: `look at ${variable}, and at what stands between this machine and Slack`,
  });

/** The failure that one of Slack's words for an error stands for. */
export function refused(error: string, { variable }: Secret, { failure, scrub }: ChannelSecrets, wait?: number) {
  const kind = KINDS[error] ?? 'MessageRefused';
  const usual =
    kind === 'Credentials'
      ? `correct ${variable} where the worker starts, and start the worker again`
      : kind === 'MessageRefused'
        ? "look at the channel's settings"
        : GOES_ON;
  return failure(kind, { what: `Slack says ${scrub(error)}`, next: NEXT[error] ?? usual }, wait);
}
