/** Telling Prometheus, by the meter of an activity. What is measured is listed in the domain. */
import type { MetricMeter } from '@temporalio/common';
import { type Metric, METRICS, meterName } from '../domain/metrics';
import type { CheckOutcome, CheckResult, RunResult, SourceResult } from '../domain/run';
import { SEVERITIES, type Severity } from '../domain/watch/message';
import { startOfDay } from '../domain/wall-clock';

const CHECK_OUTCOMES: readonly CheckOutcome[] = ['pass', 'warn', 'fail', 'error'];

/** Of a run that has ended, what is told; its result has it. */
export interface EndedRun extends Pick<RunResult, 'pipeline' | 'outcome' | 'live' | 'seconds'> {
  readonly sources: readonly Pick<SourceResult, 'name' | 'rows' | 'quarantined'>[];
  readonly checks: readonly Pick<CheckResult, 'outcome'>[];
}

/** The metrics of ours over a meter. None of it throws, and none of it waits. */
export function metrics(meter: MetricMeter) {
  const gauge = ({ help, ...metric }: Metric) => meter.createGauge(meterName({ help, ...metric }), 'float', '', help);
  const counter = (metric: Metric) => meter.createCounter(meterName(metric), '', metric.help);

  return {
    /** An attempt finished a step. */
    stepDone(pipeline: string, step: string, seconds: number): void {
      gauge(METRICS.stepDuration).set(seconds, { pipeline, step });
    },
    /** An attempt after the first begins. */
    stepRetried(pipeline: string, step: string): void {
      counter(METRICS.stepRetries).add(1, { pipeline, step });
    },
    /** A run has ended, in a pipeline of this zone; `null` where the run could not find it out. */
    runEnded({ pipeline, outcome, live, sources, checks, seconds }: EndedRun, zone: string | null, now: Date): void {
      meter
        .createHistogram(meterName(METRICS.runDuration), 'float', 'seconds', METRICS.runDuration.help)
        .record(seconds, { pipeline, outcome });
      gauge(METRICS.runEnded).set(now.getTime() / 1000, { pipeline, outcome });
      // An edition's id begins with the day that it is as of.
      const [asOf] = /^\d{4}-\d\d-\d\d(?=-)/.exec(live ?? '') ?? [];
      if (asOf !== undefined && zone !== null)
        gauge(METRICS.editionAsOf).set(startOfDay(asOf, zone).getTime() / 1000, { pipeline });
      for (const { name: source, rows, quarantined } of sources) {
        gauge(METRICS.sourceRows).set(rows, { pipeline, source });
        gauge(METRICS.sourceQuarantined).set(quarantined, { pipeline, source });
      }
      if (checks.length === 0) return;
      for (const how of CHECK_OUTCOMES)
        gauge(METRICS.checks).set(checks.filter((check) => check.outcome === how).length, { pipeline, outcome: how });
    },
    /** The watch has looked. `slackSeconds` is `null` where nobody waits for the data. */
    watchLooked(
      pipeline: string,
      seen: {
        readonly now: Date;
        readonly slackSeconds: number | null;
        readonly open: Readonly<Record<Severity, number>>;
      },
    ): void {
      gauge(METRICS.watchLooked).set(seen.now.getTime() / 1000, { pipeline });
      if (seen.slackSeconds !== null) gauge(METRICS.deadlineSlack).set(seen.slackSeconds, { pipeline });
      for (const severity of SEVERITIES) gauge(METRICS.incidentsOpen).set(seen.open[severity], { pipeline, severity });
    },
    /** An attempt to send a message has ended. */
    messageTried(pipeline: string, channel: string, outcome: 'sent' | 'failed'): void {
      counter(METRICS.messages).add(1, { pipeline, channel, outcome });
    },
    /** So many messages wait for a channel; 0 takes the alarm back. */
    undelivered(pipeline: string, channel: string, messages: number): void {
      gauge(METRICS.messagesUndelivered).set(messages, { pipeline, channel });
    },
  };
}
