/** `daybreak cancel`: Temporal's own cancellation. */
import { contextOf } from './options';
import type { OutputOptions } from './output';
import { EXIT } from './render/result';
import { openSession, withoutRuns } from './session';

export async function cancelCommand(workflowId: string, options: OutputOptions): Promise<number> {
  const { config, output } = contextOf(options);
  const none = await withoutRuns(config);
  if (none !== undefined) throw none;
  const session = await openSession(config, output, { worker: 'none' });
  try {
    const { status } = await session.client.look({ workflowId });
    if (status !== 'RUNNING') {
      output.answer(
        { workflowId, cancelling: false, status },
        () => `${workflowId} has ended already: ${status.toLowerCase()}`,
      );
      return EXIT.ok;
    }
    await session.client.cancel({ workflowId });
    output.answer(
      { workflowId, cancelling: true },
      () => `${workflowId} is being cancelled; what is finished stays finished`,
    );
    return EXIT.ok;
  } finally {
    await session.close();
  }
}
