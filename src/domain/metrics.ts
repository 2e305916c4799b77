/**
 * What a worker tells Prometheus, by the names that are scraped. A pipeline runs once a night and workers are started anew
 * in between: what a run was like are gauges, which stay true as long as they are remembered; counters are for what
 * happens often.
 */

/** `_total` and `_seconds` where the exporter appends them itself: to counters, and to histograms. */
export interface Metric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const metric = (name: string, kind: Metric['kind'], labels: readonly string[], help: string): Metric => ({
  name,
  kind,
  labels,
  help,
});

export const METRICS = {
  runDuration: metric(
    'daybreak_run_duration_seconds',
    'histogram',
    ['pipeline', 'outcome'],
    'How long runs took, by how they ended; its count is the number of runs.',
  ),
  runEnded: metric(
    'daybreak_run_ended_timestamp_seconds',
    'gauge',
    ['pipeline', 'outcome'],
    'When a run last ended so.',
  ),
  editionAsOf: metric(
    'daybreak_edition_as_of_timestamp_seconds',
    'gauge',
    ['pipeline'],
    'The midnight up to which the live edition tells, as the last run saw it.',
  ),
  sourceRows: metric(
    'daybreak_source_rows',
    'gauge',
    ['pipeline', 'source'],
    'Rows that the last run read and accepted.',
  ),
  sourceQuarantined: metric(
    'daybreak_source_quarantined_rows',
    'gauge',
    ['pipeline', 'source'],
    'Records that the last run set aside.',
  ),
  checks: metric('daybreak_checks', 'gauge', ['pipeline', 'outcome'], 'Checks of the last run, by what came of them.'),
  stepDuration: metric(
    'daybreak_step_duration_seconds',
    'gauge',
    ['pipeline', 'step'],
    'How long the attempt took that finished a step last.',
  ),
  stepRetries: metric(
    'daybreak_step_retries_total',
    'counter',
    ['pipeline', 'step'],
    'Attempts after the first, also after an attempt whose worker died.',
  ),
  watchLooked: metric(
    'daybreak_watch_looked_timestamp_seconds',
    'gauge',
    ['pipeline'],
    'When the night watch last looked.',
  ),
  deadlineSlack: metric(
    'daybreak_deadline_slack_seconds',
    'gauge',
    ['pipeline'],
    'Time to the deadline beyond what the run still needs in nine of ten nights; below zero it will be late.',
  ),
  incidentsOpen: metric(
    'daybreak_incidents_open',
    'gauge',
    ['pipeline', 'severity'],
    'Incidents that are not resolved.',
  ),
  messages: metric(
    'daybreak_messages_total',
    'counter',
    ['pipeline', 'channel', 'outcome'],
    'Attempts to send a message: sent, or failed.',
  ),
  messagesUndelivered: metric(
    'daybreak_messages_undelivered',
    'gauge',
    ['pipeline', 'channel'],
    'Messages that wait for a channel that does not take them.',
  ),
} as const;

/** The name that a meter is given for what is scraped under `name`. */
export function meterName({ name, kind }: Metric): string {
  return kind === 'counter' ? name.replace(/_total$/, '') : kind === 'histogram' ? name.replace(/_seconds$/, '') : name;
}

/** Upper bounds in seconds: from a run that had nothing to do to one that takes the night. */
export const RUN_BUCKETS: readonly number[] = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800];
