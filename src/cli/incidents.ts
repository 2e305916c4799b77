/** `daybreak incidents`: what the night watch found wrong, and answers to it. */
import { userInfo } from 'node:os';
import type { Incidents } from '../client';
import { type Context, contextOf } from './options';
import type { OutputOptions } from './output';
import { answeredText, incidentText, listText } from './render/incidents';
import { EXIT } from './render/result';
import { openSession, withoutRuns } from './session';

interface AnswerOptions extends OutputOptions {
  readonly why: string;
  readonly who?: string;
  readonly for?: string;
}

/** With the server that is there; none is started to find out that it knows nothing. */
async function asking<T>({ config, output }: Context, ask: (incidents: Incidents) => Promise<T>): Promise<T> {
  const none = await withoutRuns(config);
  if (none !== undefined) throw none;
  const session = await openSession(config, output, { worker: 'none' });
  try {
    return await ask(session.client.incidents);
  } finally {
    await session.close();
  }
}

export async function incidentsCommand(
  id: string | undefined,
  { all = false, ...options }: OutputOptions & { readonly all?: boolean },
): Promise<number> {
  const context = contextOf(options);
  const { config, output } = context;
  if (id !== undefined) {
    const found = await asking(context, async (incidents) => await incidents.get(id));
    output.answer(found, () => incidentText(found, output));
    return EXIT.ok;
  }
  const none = await withoutRuns(config);
  if (none !== undefined) output.say(none.message);
  const found = none === undefined ? await asking(context, async (incidents) => await incidents.list({ all })) : [];
  output.answer(found, () => listText(found, all, output));
  return EXIT.ok;
}

/** Who answers, where nobody says so. */
function ownName({ config }: Context): string {
  try {
    return userInfo().username;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return config.environment.USER ?? 'somebody';
  }
}

export async function answerCommand(
  kind: 'ack' | 'snooze' | 'resolve',
  id: string,
  { why, for: span, ...options }: AnswerOptions,
): Promise<number> {
  const context = contextOf(options);
  const { output } = context;
  const { who = ownName(context) } = options;
  const told = { why, who, ...(span === undefined ? {} : { for: span }) };
  const answered = await asking(context, async (incidents) => await incidents[kind](id, told));
  output.answer({ ...answered, ...told }, () => answeredText(answered, told));
  return EXIT.ok;
}
