/** The ways to people that a pipeline declares, as far as they can be tried out without ringing. */
import { readNight } from '../adapters/definition/night';
import { callUrl } from '../adapters/notifiers/heartbeat';
import { GOES_ON } from '../adapters/notifiers/http';
import type { Config } from '../config';
import { ENVIRONMENT_REFERENCE, variableOf } from '../domain/environment';
import type { Notify } from '../domain/watch/definition';
import { failed, type Finding, good, warn } from './finding';

type Environment = Config['environment'];

/** Variables that a channel refers to and that are not set. */
function unset(channel: object, environment: Environment): string[] {
  const names = Object.values(channel).flatMap((value) =>
    typeof value === 'string' && ENVIRONMENT_REFERENCE.test(value) ? [variableOf(value)] : [],
  );
  return names.filter((name) => (environment[name]?.trim() ?? '') === '');
}

function channelFindings({ channels }: Notify, environment: Environment): Finding[] {
  const check = 'channels';
  const all = Object.entries(channels);
  const found = all.flatMap(([name, channel]) => {
    const missing = unset(channel, environment);
    if (missing.length === 0) return [];
    const says = `${name} (${channel.type}) cannot be used here: ${missing.join(', ')} not set`;
    return [warn(check, says, `set ${missing.join(', ')} where workers start; then \`daybreak alerts test\``)];
  });
  const rest = all.length - found.length;
  return rest === 0
    ? found
    : [...found, good(check, `${rest} of ${all.length} have what they need; \`daybreak alerts test\` tries them out`)];
}

/** Calls it once, as the watch does every five minutes. */
async function heartbeatFinding(reference: string, environment: Environment): Promise<Finding> {
  try {
    await callUrl(reference, environment, new AbortController().signal);
    return good('heartbeat', `${reference} was called, and took it`);
  } catch (error) {
    const { next, ...finding } = failed('heartbeat', error);
    return {
      ...finding,
      next: next === GOES_ON ? `see whether its service is there; ${reference} says where` : (next ?? ''),
    };
  }
}

/** Nothing where the pipeline declares nobody to tell, or cannot be read: the line on the pipeline says that. */
export async function checkNotify(named: string, base: string, environment: Environment): Promise<Finding[]> {
  const definition = await readNight(named, base, environment).catch(() => undefined);
  if (definition?.notify === undefined) return [];
  const { notify } = definition;
  return [
    ...channelFindings(notify, environment),
    ...(notify.heartbeat_url === undefined ? [] : [await heartbeatFinding(notify.heartbeat_url, environment)]),
  ];
}
