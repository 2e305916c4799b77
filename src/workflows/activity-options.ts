/** How activities are called: time-outs, retries, heartbeats, and names that the Web UI shows. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities, Attempted, LaneReport } from '../activities';
import type { ModelBrief, RunBrief, SourceBrief } from '../domain/plan';
import type { ModelResult } from '../domain/run';

/** Bounded by time, not by attempts: terminal failures say so themselves, and a deploy costs an attempt. */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' } as const;
/** A writer that lives on after its cancellation would race the clean-up. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
const HEARTBEAT = '10s';

/** Any worker may plan: who plans has the store, and the rest of the run stays with it. Files may be waited for a day. */
export const { planRun } = proxyActivities<Activities>({
  scheduleToCloseTimeout: '28h',
  heartbeatTimeout: HEARTBEAT,
  retry,
  cancellationType,
});

/** The activities of one run, on the queue of the workers that share its store. */
export function runActivities(brief: RunBrief) {
  const common = { taskQueue: brief.taskQueue, retry, cancellationType };
  const named = <R>(
    type: string,
    options: { timeout: number; heartbeat: number; summary: string },
    args: unknown[],
  ): Promise<R> => {
    const { timeout, heartbeat, summary } = options;
    const proxy = proxyActivities<Record<string, (...given: unknown[]) => Promise<R>>>({
      ...common,
      scheduleToCloseTimeout: timeout,
      heartbeatTimeout: heartbeat,
      summary,
    });
    const activity = proxy[type];
    if (activity === undefined) throw new Error(`no activity ${type}`);
    return activity(...args);
  };
  const steps = proxyActivities<Activities>({ ...common, scheduleToCloseTimeout: '4h', heartbeatTimeout: HEARTBEAT });
  const housekeeping = proxyActivities<Activities>({
    ...common,
    retry: { ...retry, maximumAttempts: 3 },
    scheduleToCloseTimeout: '1h',
    heartbeatTimeout: HEARTBEAT,
  });
  /** Made again by `daybreak report`: worth a few attempts, and no wait. */
  const report = proxyActivities<Activities>({
    ...common,
    retry: { ...retry, maximumAttempts: 3 },
    startToCloseTimeout: '10m',
    scheduleToCloseTimeout: '20m',
    heartbeatTimeout: HEARTBEAT,
  });
  return {
    extract: (source: SourceBrief, lane: number): Promise<Attempted<LaneReport>> =>
      named(
        `extract_${source.name}`,
        {
          ...source,
          summary: `lane ${lane + 1} of ${source.lanes}; ${[source.name, ...(source.children ?? [])].join(', ')}: ${source.records} records in ${source.parts} parts`,
        },
        [brief.plan, lane],
      ),
    transform: (model: ModelBrief): Promise<Attempted<ModelResult>> =>
      named(
        `transform_${model.name}`,
        {
          timeout: model.timeout,
          heartbeat: 10_000,
          summary: model.after.length === 0 ? 'from sources' : `after ${model.after.join(', ')}`,
        },
        [brief.plan],
      ),
    validateSources: steps.validate_sources,
    validateDataQuality: steps.validate_data_quality,
    publish: steps.publishEdition,
    keepCandidate: steps.keepCandidate,
    updateDashboard: report.update_dashboard,
    sweep: housekeeping.sweepStore,
  };
}

export type RunActivities = ReturnType<typeof runActivities>;
