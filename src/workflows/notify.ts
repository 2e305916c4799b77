/** The last verb: whatever came of a run is kept and told. It fails no run, and holds none up for long. */
import { CancellationScope, log, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import { askedPipeline } from '../domain/run';
import { recordOf } from './ended';
import type { Account } from './run';

/** Of a run that was planned on the queue of its store, else where any worker may take it. */
export async function notify(account: Account, input: unknown): Promise<void> {
  const { brief, result } = account;
  if (result === undefined) return;
  const told = proxyActivities<Activities>({
    ...(brief === undefined ? {} : { taskQueue: brief.taskQueue }),
    startToCloseTimeout: '45s',
    scheduleToCloseTimeout: '2m',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumAttempts: 3 },
    summary: result.outcome,
  });
  const ending = {
    asked: askedPipeline(input),
    plan: brief?.plan ?? '',
    result: { ...result, tables: [] },
    record: recordOf(account, result),
  };
  await CancellationScope.nonCancellable(async () => await told.notify(ending)).catch((error: unknown) =>
    log.warn('the end of the run was not told', { error }),
  );
}
