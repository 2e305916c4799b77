/** How a worker is scraped: Temporal's own metrics and ours, from Temporal's runtime. */
import type { ActivityInterceptorsFactory, MetricsExporterConfig } from '@temporalio/worker';
import { DaybreakError } from './domain/failure';
import { meterName, METRICS, RUN_BUCKETS } from './domain/metrics';

/** In seconds; Temporal's own end at a minute, and a model may compute for hours. */
const STEP_BUCKETS = [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600, 14_400];

/** By the conventions of Prometheus: durations in seconds, units and `_total` in the names. */
export const exporter = (bindAddress: string): MetricsExporterConfig => ({
  attachServiceName: false,
  prometheus: {
    bindAddress,
    countersTotalSuffix: true,
    unitSuffix: true,
    useSecondsForDurations: true,
    histogramBucketOverrides: {
      [meterName(METRICS.runDuration)]: [...RUN_BUCKETS],
      temporal_activity_execution_latency: STEP_BUCKETS,
      temporal_activity_succeed_endtoend_latency: STEP_BUCKETS,
      temporal_workflow_endtoend_latency: [...RUN_BUCKETS],
    },
  },
});

export const notServed = (address: string, cause: unknown): DaybreakError =>
  new DaybreakError(
    'BadRequest',
    {
      where: `DAYBREAK_METRICS=${address}`,
      what: `metrics cannot be served there (${cause instanceof Error ? cause.message : String(cause)})`,
      expected: 'an address of this machine with a port that is free; each worker needs one of its own',
      next: 'choose another port, or unset DAYBREAK_METRICS',
    },
    { cause },
  );

/**
 * Ours are about pipelines: whichever step and queue tells of one, it is the same series. Prometheus drops labels that are
 * empty.
 */
export const fewLabels: ActivityInterceptorsFactory = () => ({
  outbound: { getMetricTags: (tags, next) => next({ ...tags, taskQueue: '', activityType: '' }) },
});
