/** `daybreak run`: start a run and follow it. */
import { createInterface } from 'node:readline/promises';
import type { RunResult } from '../domain/run';
import { type Context, contextOf, requestOf, type RunOptions } from './options';
import type { Output } from './output';
import { expectPipeline, pipelineOf, tellOtherFolder } from './pipeline';
import { follow } from './render/follow';
import { exitCodeOf, EXIT, resultText } from './render/result';
import { openSession, type Session } from './session';

interface Options extends RunOptions {
  readonly detach?: boolean;
  readonly cron?: string;
  readonly workflowId?: string;
}

const LEFT = 'left alone; `daybreak status --follow` looks at it again';

/** The run, and where the Web UI shows it, which is no longer than its server is there. */
export function runLine(session: Session, run: { workflowId: string; runId?: string }, { paint }: Output): string {
  const link = session.link(run);
  if (link === null) return paint.bold(run.workflowId);
  const until = session.ownServer ? '  (this server ends with the command; `daybreak dev` shows the run again)' : '';
  return `${paint.bold(run.workflowId)}  ${paint.dim(`${link}${until}`)}`;
}

/** Thrown when a person leaves a run alone; its message says how it goes on. */
class Detached extends Error {}

async function onInterrupt(
  session: Session,
  run: { workflowId: string },
  { output }: Context,
): Promise<'cancel' | 'detach'> {
  if (!process.stdin.isTTY || !output.live) return 'cancel';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const where = session.ownServer ? 'it goes on when the server is started again' : 'it goes on without us';
  const answer = await prompt
    .question(`\ncancel ${run.workflowId}? y cancels, anything else leaves it (${where}) `)
    .finally(() => prompt.close());
  return /^y/i.test(answer.trim()) ? 'cancel' : 'detach';
}

/** Follows a run to its end. Ctrl-C asks whether to cancel or to leave it, from `begin` on. */
export async function followRun(
  session: Session,
  run: { workflowId: string; runId: string },
  context: Context,
  begin: () => void = () => undefined,
): Promise<RunResult> {
  const { client } = session;
  const follower = follow(context.output);
  let detach: ((why: string) => void) | undefined;
  const left = new Promise<never>((_, reject) => {
    detach = (why) => reject(new Detached(why));
  });
  left.catch(() => undefined);
  let asked = false;
  const interrupt = () => {
    if (asked) return detach?.(LEFT);
    asked = true;
    follower.pause();
    void onInterrupt(session, run, context)
      .finally(() => follower.resume())
      .then(async (answer) => {
        if (answer === 'detach') return detach?.(LEFT);
        context.output.say('cancelling …');
        await client.cancel(run);
        if (await session.isServed()) return;
        detach?.('no worker is there to end it: it is cancelled as soon as one is');
      })
      .catch((error: unknown) => detach?.(error instanceof Error ? error.message : String(error)));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    begin();
    const watching = (async () => {
      for await (const update of client.progress(run)) follower.update(update);
    })();
    await Promise.race([watching, left]);
    const result = await client.result(run);
    if (result.duplicateOf === undefined || !(session.ownServer || session.ownWorker)) return result;
    // An earlier command left it, and without our server or our worker it would stand still again.
    context.output.say(`${result.duplicateOf.workflowId} is at it already; following that one`);
    return await followRun(session, result.duplicateOf, context);
  } finally {
    follower.stop();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

export async function runCommand(pipeline: string | undefined, options: Options): Promise<number> {
  const context = contextOf(options);
  const { config, output } = context;
  const request = await requestOf(await pipelineOf(pipeline, output), options);
  await expectPipeline(request.pipeline, context);
  await tellOtherFolder(request.pipeline, context);
  const leaves = options.detach === true || options.cron !== undefined;
  const session = await openSession(config, output, {
    worker: config.temporal.configured || leaves ? 'none' : 'when none',
  });
  try {
    const run = await session.client.start(request, {
      ...(options.workflowId === undefined ? {} : { workflowId: options.workflowId }),
      ...(options.cron === undefined ? {} : { cron: options.cron }),
    });
    output.say(runLine(session, run, output));
    const isServed = await session.isServed();
    const tellWaiting = () => {
      if (isServed) return;
      output.say(
        output.paint.yellow(
          `no worker polls ${config.taskQueue}: the run waits until one does; start it with \`daybreak worker\``,
        ),
      );
    };
    if (leaves) {
      tellWaiting();
      if (session.ownServer)
        output.say('the server ends with this command; keep one with `daybreak dev`, and start the run there');
      output.answer(run, () => run.workflowId);
      return EXIT.ok;
    }
    // Whoever reads it may stop the command at once, which cancels the run and does not leave it.
    const result = await followRun(session, run, context, tellWaiting);
    output.answer(result, () => resultText(result, output));
    return exitCodeOf(result);
  } catch (error) {
    if (!(error instanceof Detached)) throw error;
    output.say(error.message);
    return EXIT.interrupted;
  } finally {
    await session.close();
  }
}
