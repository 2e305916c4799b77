/** What Prometheus rings for, and after how long. Each alert has a paragraph in docs/runbook.md. */
import { type Metric, METRICS } from '../../src/domain/metrics';

/** How long something has to be so, and how far back is looked, as Prometheus writes it. */
export interface Times {
  /** How long what a run told is remembered, also when its worker is gone. */
  readonly remembered: string;
  /** An edition of every night is never as old, in seconds. */
  readonly editionAge: number;
  readonly down: string;
  /** So many attempts after the first are the ordinary night. */
  readonly retries: number;
  readonly retriesWithin: string;
  /** What was usual is averaged over `usual`, and today is not part of it. */
  readonly usual: string;
  readonly today: string;
  readonly undelivered: string;
  readonly sentWithin: string;
  /** The watch looks more often, in seconds. */
  readonly silence: number;
}

export const TIMES: Times = {
  remembered: '14d',
  editionAge: 36 * 3_600,
  down: '5m',
  retries: 5,
  retriesWithin: '30m',
  usual: '7d',
  today: '1d',
  undelivered: '10m',
  sentWithin: '15m',
  silence: 1_800,
};

export interface Alert {
  readonly name: string;
  /** As a message's: `critical` wakes somebody. */
  readonly severity: 'routine' | 'degraded' | 'critical';
  readonly expr: string;
  readonly for?: string;
  readonly summary: string;
  readonly description: string;
}

/** `EditionTooOld` → `edition-too-old`: the paragraph of the runbook. */
export const anchorOf = ({ name }: Pick<Alert, 'name'>): string =>
  name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

/** A series of each pipeline, whichever worker told it. */
const BY = 'job, pipeline';
const { runEnded, editionAsOf, stepRetries, sourceRows, sourceQuarantined, watchLooked } = METRICS;

/** When a run last ended so; what is remembered outlives the worker. */
const lastEnded = (outcomes: string, { remembered }: Times) =>
  `max by (${BY}) (last_over_time(${runEnded.name}{outcome=~"${outcomes}"}[${remembered}]))`;

/** It ended so, and none has ended well since. */
const endedBadly = (outcome: string, times: Times) => {
  const bad = lastEnded(outcome, times);
  return `${bad} unless on (${BY}) (${lastEnded('published|unchanged|kept', times)} >= on (${BY}) ${bad})`;
};

/** Any worker may take a run or look; what others told before is over. */
const ofNewest = (series: string, told: string) =>
  `(${series} and on (job, instance, pipeline) (max by (${BY}, instance) (${told}) == on (${BY}) group_left () max by (${BY}) (${told})))`;
export const lastLook = (series: string): string => ofNewest(series, watchLooked.name);
const lastRun = (series: string) => ofNewest(series, runEnded.name);

/** Of what the last run read, what it set aside; kept as a series of its own. */
export const QUARANTINED_SHARE = {
  record: 'source:daybreak_source_quarantined:ratio',
  expr: (() => {
    const of = ({ name }: Metric) => `max by (${BY}, source) (${lastRun(name)})`;
    const aside = of(sourceQuarantined);
    return `${aside} / (${aside} + ${of(sourceRows)} > 0)`;
  })(),
};

/** Nothing goes out though there is something to say. */
const onlyFailing = ({ sentWithin }: Times) => {
  const messages = (outcome: string) =>
    `sum by (${BY}, channel) (increase(${METRICS.messages.name}{outcome="${outcome}"}[${sentWithin}])) > 0`;
  return `(${messages('failed')} unless on (${BY}, channel) (${messages('sent')}))`;
};

export function alerts(times: Times = TIMES): Alert[] {
  const share = QUARANTINED_SHARE.record;
  const up = 'up{job="daybreak"}';
  return [
    {
      name: 'EditionTooOld',
      severity: 'degraded',
      expr: `time() - max by (${BY}) (last_over_time(${editionAsOf.name}[${times.remembered}])) > ${times.editionAge}`,
      for: times.down,
      summary: 'The live edition of {{ $labels.pipeline }} is too old',
      description:
        'What readers see ends {{ $value | humanizeDuration }} ago. It is whole and checked, and of an earlier day.',
    },
    {
      name: 'RunFailed',
      severity: 'degraded',
      expr: endedBadly('failed', times),
      summary: 'The last run of {{ $labels.pipeline }} failed',
      description:
        'It failed at {{ $value | humanizeTimestamp }}, and none has ended well since. Readers see the edition before it.',
    },
    {
      name: 'RunBlocked',
      severity: 'degraded',
      expr: endedBadly('blocked', times),
      summary: 'A check stopped the last run of {{ $labels.pipeline }}',
      description:
        'It was blocked at {{ $value | humanizeTimestamp }}, and none has ended well since. Readers see the edition before it.',
    },
    {
      name: 'DeadlineSlackGone',
      severity: 'critical',
      expr: `min by (${BY}) (${lastLook(METRICS.deadlineSlack.name)}) < 0`,
      summary: '{{ $labels.pipeline }} will be late',
      description:
        'Slack is {{ $value | humanizeDuration }}: what its run still needs is more than the time to the deadline.',
    },
    {
      name: 'NoWorker',
      severity: 'critical',
      expr: `sum by (job) (${up}) == 0 or absent(${up})`,
      for: times.down,
      summary: 'No worker answers',
      description: 'No run goes on, and none will start. What is finished stays finished; a worker goes on from there.',
    },
    {
      name: 'WorkerDown',
      severity: 'routine',
      expr: `${up} == 0`,
      for: times.down,
      summary: 'The worker {{ $labels.instance }} does not answer',
      description:
        'Its metrics cannot be read at {{ $labels.instance }}. Others take over what it was at, when there are any.',
    },
    {
      name: 'RetriesHigh',
      severity: 'routine',
      expr: `sum by (${BY}, step) (increase(${stepRetries.name}[${times.retriesWithin}])) > ${times.retries}`,
      summary: '{{ $labels.step }} of {{ $labels.pipeline }} is tried again and again',
      description: `{{ $value | humanize }} attempts after the first within ${times.retriesWithin}. Temporal goes on trying; nothing is lost.`,
    },
    {
      name: 'QuarantineRising',
      severity: 'degraded',
      expr: `${share} > 0.01 and ${share} > 3 * avg_over_time(${share}[${times.usual}] offset ${times.today})`,
      summary: 'More records of {{ $labels.source }} are set aside than usual',
      description:
        '{{ $value | humanizePercentage }} of what {{ $labels.pipeline }} read of it, more than three times as many as in the days before.',
    },
    {
      name: 'IncidentCritical',
      severity: 'critical',
      expr: `sum by (${BY}) (${lastLook(`${METRICS.incidentsOpen.name}{severity="critical"}`)}) > 0`,
      summary: 'A critical incident of {{ $labels.pipeline }} is open',
      description:
        '{{ $value }} of them: the morning is at risk. `daybreak incidents` says what happened and what to do.',
    },
    {
      name: 'MessagesUndelivered',
      severity: 'degraded',
      expr: `max by (${BY}, channel) (${lastLook(METRICS.messagesUndelivered.name)}) > 0 or ${onlyFailing(times)}`,
      for: times.undelivered,
      summary: 'The channel {{ $labels.channel }} of {{ $labels.pipeline }} takes no messages',
      description: 'Who should hear of the night through it does not. What it did not take is sent later.',
    },
    {
      name: 'WatchSilent',
      severity: 'degraded',
      expr: `time() - max by (${BY}) (last_over_time(${watchLooked.name}[1d])) > ${times.silence}`,
      summary: 'Nobody watches {{ $labels.pipeline }}',
      description:
        'The night watch looked last {{ $value | humanizeDuration }} ago. Runs go on; nobody is told when they do not.',
    },
  ];
}

/** Anchors that docs/runbook.md must have. */
export const RUNBOOK_ANCHORS: readonly string[] = alerts().map(anchorOf);
