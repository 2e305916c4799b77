/** `daybreak schedule`: Temporal Schedules from the declarations of pipelines. */
import type { Schedules } from '../client';
import { type Context, contextOf } from './options';
import type { OutputOptions } from './output';
import { pipelineOf } from './pipeline';
import { EXIT } from './render/result';
import { appliedText, differenceText, listText, nextText, pausedText } from './render/schedule';
import { openSession, type Session, withoutRuns } from './session';

interface ApplyOptions extends OutputOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}
interface WhyOptions extends OutputOptions {
  readonly why: string;
}

/** With the server that is there; none is started to find out that it knows nothing. */
async function asking<T>({ config, output }: Context, ask: (schedules: Schedules) => Promise<T>): Promise<T> {
  const none = await withoutRuns(config);
  if (none !== undefined) throw none;
  const session = await openSession(config, output, { worker: 'none' });
  try {
    return await ask(session.client.schedules);
  } finally {
    await session.close();
  }
}

async function tellWhatIsMissing(session: Session, { config, output }: Context): Promise<void> {
  if (session.ownServer)
    output.say(
      output.paint.yellow('the server ends with this command; keep one with `daybreak dev`, which starts runs'),
    );
  else if (!(await session.isServed()))
    output.say(
      output.paint.yellow(
        `no worker polls ${config.taskQueue}: runs wait until one does; start it with \`daybreak worker\``,
      ),
    );
}

/** Exit 1 where somebody changed it by hand, and it is left so. */
export async function applyCommand(named: string | undefined, options: ApplyOptions): Promise<number> {
  const context = contextOf(options);
  const { config, output } = context;
  const pipeline = await pipelineOf(named, output);
  const session = await openSession(config, output, { worker: 'none' });
  try {
    const { schedules } = session.client;
    if (options.dryRun === true) {
      const difference = await schedules.compare(pipeline);
      output.answer(difference, () => differenceText(difference, output));
      return EXIT.ok;
    }
    const applied = await schedules.apply(pipeline, { force: options.force === true });
    output.say(differenceText(applied, output));
    output.answer(applied, () => appliedText(applied, output));
    if (applied.did === 'refused') return EXIT.failed;
    await tellWhatIsMissing(session, context);
    return EXIT.ok;
  } finally {
    await session.close();
  }
}

export async function listCommand(options: OutputOptions): Promise<number> {
  const context = contextOf(options);
  const { config, output } = context;
  const none = await withoutRuns(config);
  if (none !== undefined) output.say(none.message);
  const found = none === undefined ? await asking(context, async (schedules) => await schedules.list()) : [];
  output.answer(found, () => listText(found, output));
  return EXIT.ok;
}

export async function pauseCommand(named: string | undefined, { why, ...options }: WhyOptions): Promise<number> {
  const context = contextOf(options);
  const { output } = context;
  const pipeline = await pipelineOf(named, output);
  const paused = await asking(context, async (schedules) => await schedules.pause(pipeline, why));
  output.answer(paused, () => `${paused.id}: ${pausedText(paused)}; runs that are going on are not touched`);
  return EXIT.ok;
}

export async function resumeCommand(named: string | undefined, { why, ...options }: WhyOptions): Promise<number> {
  const context = contextOf(options);
  const { output } = context;
  const pipeline = await pipelineOf(named, output);
  const resumed = await asking(context, async (schedules) => await schedules.resume(pipeline, why));
  output.answer(resumed, () => `${resumed.id} goes on: ${why}\n${nextText(resumed, output)}`);
  return EXIT.ok;
}

/** Exit 1 where the overlap policy left the start out, or has it wait. */
export async function triggerCommand(named: string | undefined, options: OutputOptions): Promise<number> {
  const context = contextOf(options);
  const { output } = context;
  const pipeline = await pipelineOf(named, output);
  const triggered = await asking(context, async (schedules) => await schedules.trigger(pipeline));
  const { run, running, overlap } = triggered;
  const others = running.map(({ workflowId }) => workflowId).join(', ');
  output.answer(triggered, () =>
    run === null
      ? `nothing has begun: ${others || 'a run'} is going on, and overlap is ${overlap}; \`daybreak run\` starts one beside it`
      : `${run.workflowId}; \`daybreak status ${run.workflowId} --follow\` stays with it`,
  );
  return run === null ? EXIT.failed : EXIT.ok;
}

const watchText = (watched: boolean): string =>
  watched
    ? 'its nights are still watched, as pipeline.yaml declares a deadline or notify; to end that, take both away and call `daybreak schedule apply`'
    : 'nobody watches its nights any more';

export async function deleteCommand(named: string | undefined, options: OutputOptions): Promise<number> {
  const context = contextOf(options);
  const { output } = context;
  const pipeline = await pipelineOf(named, output);
  const gone = await asking(context, async (schedules) => await schedules.delete(pipeline));
  const others = gone.running.map(({ workflowId }) => workflowId).join(', ');
  output.answer(
    gone,
    () =>
      `the schedule ${gone.id} is gone, and starts nothing any more${others === '' ? '' : `; ${others} goes on`}; editions and runs stay, \`daybreak schedule apply\` makes it again\n${watchText(gone.watched)}`,
  );
  return EXIT.ok;
}
