/** `daybreak why`: what a run waits for, or died of. */
import { contextOf } from './options';
import type { OutputOptions } from './output';
import { EXIT } from './render/result';
import { why, whyText } from './render/why';
import { openSession, withoutRuns } from './session';

export async function whyCommand(workflowId: string, options: OutputOptions): Promise<number> {
  const { config, output } = contextOf(options);
  const none = await withoutRuns(config);
  if (none !== undefined) throw none;
  const session = await openSession(config, output, { worker: 'none' });
  try {
    const look = await session.client.look({ workflowId });
    const { status, summary } = look;
    const result = status === 'RUNNING' ? null : await session.client.result(summary);
    const served = await session.isServed();
    const input = result === null ? null : await session.client.input(summary);
    const lines = why({ look, result, input, served, taskQueue: config.taskQueue, now: new Date() });
    const { runId, stage, outcome } = summary;
    output.answer({ workflowId, runId, status, stage, outcome, served, lines }, () => whyText(lines));
    return EXIT.ok;
  } finally {
    await session.close();
  }
}
