/** Whether the ways to people lead to them: marked examples through the declared channels, from this process. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDeclaration } from './adapters/definition/declaration';
import { badDefinition } from './adapters/definition/pipeline';
import { DECLARATION, pipelineFolder } from './adapters/definition/read';
import type { Notifier } from './adapters/notifier';
import { type AlertLog, notifierOf } from './adapters/notifiers';
import type { Config } from './config';
import { DaybreakError } from './domain/failure';
import type { Channel } from './domain/watch/definition';
import { type Message, SEVERITIES, type Severity } from './domain/watch/message';
import { LOG_CHANNEL } from './domain/watch/settings';

export interface ChannelAnswer {
  readonly channel: string;
  readonly type: Channel['type'];
  readonly severity: Severity;
  /** What came back; `null` when it failed. */
  readonly answer: string | null;
  /** Why it failed, with what to do next. */
  readonly error: string | null;
}

export interface AlertsTest {
  readonly pipeline: string;
  readonly answers: readonly ChannelAnswer[];
}

const MEANING: Readonly<Record<Severity, string>> = {
  routine: 'What heals by itself comes like this, mostly in the digest of the morning.',
  degraded: 'What needs a person but no sleep comes like this.',
  critical: 'What puts the morning at risk comes like this, at any hour.',
};

function example(pipeline: string, owner: string | undefined, severity: Severity, thread: string): Message {
  return {
    id: `${thread}-example`,
    kind: 'test',
    thread,
    severity,
    pipeline,
    ...(owner === undefined ? {} : { owner }),
    title: `this is how ${severity} looks`,
    sections: [
      { label: 'What happened', text: `Somebody ran \`daybreak alerts test\`. ${MEANING[severity]}` },
      { label: 'What remains', text: 'Nothing: whoever reads this has proven that the channel works.' },
    ],
    command: 'daybreak status',
    links: [],
    at: new Date().toISOString(),
  };
}

/** The channels of a pipeline, with the log that is always there. Mistakes elsewhere do not matter. */
async function declaredChannels(pipeline: string) {
  const folder = await pipelineFolder(pipeline, process.cwd());
  const yaml = await readFile(join(folder, DECLARATION), 'utf8');
  const { definition, problems } = parseDeclaration(yaml, {}, {});
  const inTheWay = definition === undefined ? problems : problems.filter(({ message }) => /^notify\b/.test(message));
  if (definition === undefined || inTheWay.length > 0) throw badDefinition(inTheWay);
  const { name, owner, notify } = definition;
  const channels: Record<string, Channel> = { log: LOG_CHANNEL, ...notify?.channels };
  return { name, owner, channels };
}

/** PagerDuty rings; the example does not stay open there. */
async function tryOut(notifier: Notifier, type: Channel['type'], message: Message): Promise<string> {
  const { signal } = new AbortController();
  const { answer } = await notifier.send(message, { attempt: 1 }, signal);
  if (type !== 'pagerduty') return answer;
  const over = await notifier.send({ ...message, id: `${message.id}-over`, event: 'resolved' }, { attempt: 1 }, signal);
  return `${answer}; ${over.answer}`;
}

/**
 * Sends an example of each severity, marked as a test, to each declared channel or to one of them. `log` writes what the
 * channel `log` would. Fails as `BadDefinition` for mistakes of `notify`, as `BadRequest` for a channel that is not there;
 * what a channel answers is in the result.
 */
export async function sendTest(
  config: Pick<Config, 'environment'>,
  pipeline: string,
  log: AlertLog,
  only?: string,
): Promise<AlertsTest> {
  const { name, owner, channels } = await declaredChannels(pipeline);
  if (only !== undefined && !Object.hasOwn(channels, only))
    throw new DaybreakError('BadRequest', {
      where: `--channel ${only}`,
      what: `${name} has no such channel`,
      expected: Object.keys(channels).join(', '),
      next: 'name one of them, or declare it under notify.channels',
    });
  const chosen = Object.entries(channels).filter(([channel]) => only === undefined || channel === only);
  const stamp = randomUUID().slice(0, 8);
  const answers = await Promise.all(
    chosen.map(async ([channel, declared]) => {
      const notifier = notifierOf(channel, declared, config.environment, log);
      const heard: ChannelAnswer[] = [];
      for (const severity of SEVERITIES) {
        const message = example(name, owner, severity, `daybreak-test-${name}-${severity}-${stamp}`);
        const said = await tryOut(notifier, declared.type, message).then(
          (answer) => ({ answer, error: null }),
          (error: Error) => ({ answer: null, error: error.message }),
        );
        heard.push({ channel, type: declared.type, severity, ...said });
      }
      return heard;
    }),
  );
  return { pipeline: name, answers: answers.flat() };
}
