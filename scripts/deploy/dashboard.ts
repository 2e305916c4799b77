/** The Grafana dashboard: is the morning safe, what were the nights like, and are the workers well. */
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import { BigValueColorMode } from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { METRICS, type Metric } from '../../src/domain/metrics';
import { lastLook, TIMES } from './alerts';

/** Given a uid by the provisioning, so that the dashboard finds it wherever it is. */
export const DATASOURCE = 'daybreak-prometheus';
const source = { type: 'prometheus', uid: DATASOURCE };

const one = ({ name }: Metric, more = '') => `${name}{pipeline=~"$pipeline"${more}}`;
/** Also what a worker told that is gone. */
const last = (metric: Metric, more = '') => `last_over_time(${one(metric, more)}[${TIMES.remembered}])`;

interface Shown {
  readonly title: string;
  readonly about: string;
  /** PromQL, and what a line is called. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  readonly unit: string;
  readonly width?: number;
}

const queries = (shown: Shown, instant: boolean) =>
  shown.queries.map(([expr, legend], index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCodePoint(65 + index))
      .expr(expr)
      .legendFormat(legend);
    return instant ? query.instant() : query.range();
  });

const steps = (...values: readonly [color: string, from: number | null][]) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(values.map(([color, value]) => ({ color, value })));

/** What builders of all kinds of panels have. */
interface Dressable<B> {
  title(title: string): B;
  description(text: string): B;
  datasource(ref: typeof source): B;
  unit(unit: string): B;
  span(width: number): B;
  height(height: number): B;
  targets(targets: ReturnType<typeof queries>): B;
}

type Size = readonly [width: number, height: number];
const SMALL: Size = [6, 5];
const LARGE: Size = [12, 8];

/** `instant`: it shows how things are, and not how they were. */
const dressed = <B extends Dressable<B>>(builder: B, shown: Shown, [width, height]: Size, instant: boolean): B =>
  builder
    .title(shown.title)
    .description(shown.about)
    .datasource(source)
    .unit(shown.unit)
    .span(shown.width ?? width)
    .height(height)
    .targets(queries(shown, instant));

const stat = (shown: Shown, thresholds: ThresholdsConfigBuilder): cog.Builder<Panel> =>
  dressed(new StatBuilder(), shown, SMALL, true).colorMode(BigValueColorMode.Background).thresholds(thresholds);

const lines = (shown: Shown): cog.Builder<Panel> => dressed(new TimeseriesBuilder(), shown, LARGE, false);

const bars = (shown: Shown): cog.Builder<Panel> => dressed(new BarGaugeBuilder(), shown, LARGE, true);

const morning = [
  stat(
    {
      title: 'Age of the live edition',
      about: 'Since the midnight up to which readers see.',
      unit: 's',
      queries: [[`time() - max by (pipeline) (${last(METRICS.editionAsOf)})`, '{{pipeline}}']],
    },
    steps(['green', null], ['orange', 30 * 3_600], ['red', TIMES.editionAge]),
  ),
  stat(
    {
      title: 'Slack to the deadline',
      about: 'Time to the deadline beyond what the run still needs; below zero it will be late.',
      unit: 's',
      queries: [[`min by (pipeline) (${lastLook(one(METRICS.deadlineSlack))})`, '{{pipeline}}']],
    },
    steps(['red', null], ['orange', 0], ['green', 1_800]),
  ),
  stat(
    {
      title: 'Open incidents',
      about: 'By severity. Routine ones heal by themselves.',
      unit: 'short',
      queries: [[`sum by (severity) (${lastLook(one(METRICS.incidentsOpen))})`, '{{severity}}']],
    },
    steps(['green', null], ['orange', 1]),
  ),
  stat(
    {
      title: 'Last run ended',
      about: 'How long ago a run ended so.',
      unit: 's',
      queries: [[`time() - max by (pipeline, outcome) (${last(METRICS.runEnded)})`, '{{pipeline}} {{outcome}}']],
    },
    steps(['blue', null]),
  ),
];

const nights = [
  lines({
    title: 'Duration of runs',
    about: 'Half of the runs took no longer, and nine of ten; over a week.',
    unit: 's',
    queries: ([0.5, 0.9] as const).map((share) => [
      `histogram_quantile(${share}, sum by (le, pipeline) (increase(${METRICS.runDuration.name}_bucket{pipeline=~"$pipeline"}[7d])))`,
      `{{pipeline}} P${share * 100}`,
    ]),
  }),
  bars({
    title: 'Longest steps',
    about: 'The attempt that finished each step last.',
    unit: 's',
    queries: [[`topk(15, max by (pipeline, step) (${last(METRICS.stepDuration)}))`, '{{step}}']],
  }),
  lines({
    title: 'Rows read',
    about: 'By the last run, of each source.',
    unit: 'short',
    queries: [[`max by (pipeline, source) (${one(METRICS.sourceRows)})`, '{{source}}']],
  }),
  lines({
    title: 'Records set aside',
    about: 'By the last run, of each source.',
    unit: 'short',
    queries: [[`max by (pipeline, source) (${one(METRICS.sourceQuarantined)})`, '{{source}}']],
  }),
  lines({
    title: 'Checks',
    about: 'Of the last run, by what came of them.',
    unit: 'short',
    queries: [[`max by (pipeline, outcome) (${one(METRICS.checks)})`, '{{pipeline}} {{outcome}}']],
  }),
  lines({
    title: 'Attempts after the first',
    about: 'Within half an hour, by step.',
    unit: 'short',
    queries: [
      [`sum by (pipeline, step) (increase(${one(METRICS.stepRetries)}[${TIMES.retriesWithin}])) > 0`, '{{step}}'],
    ],
  }),
];

const watch = [
  lines({
    title: 'Messages',
    about: 'Attempts within an hour, by channel and by what came of them.',
    unit: 'short',
    queries: [
      [`sum by (channel, outcome) (increase(${one(METRICS.messages)}[1h]))`, '{{channel}} {{outcome}}'],
      [`sum by (channel) (${lastLook(one(METRICS.messagesUndelivered))})`, '{{channel}} waiting'],
    ],
  }),
  lines({
    title: 'Since the watch last looked',
    about: 'It grows when nobody watches.',
    unit: 's',
    queries: [[`time() - max by (pipeline) (${last(METRICS.watchLooked)})`, '{{pipeline}}']],
  }),
];

const workers = [
  lines({
    title: 'Workers that answer',
    about: 'Scraped by the name daybreak.',
    unit: 'short',
    width: 8,
    queries: [['sum by (job) (up{job="daybreak"})', '{{job}}']],
  }),
  lines({
    title: 'Room for steps',
    about: 'What the workers could do at the same time, and do not.',
    unit: 'short',
    width: 8,
    queries: [
      [
        'sum by (task_queue) (temporal_worker_task_slots_available{worker_type="ActivityWorker"})',
        '{{task_queue}} free',
      ],
      ['sum by (task_queue) (temporal_worker_task_slots_used{worker_type="ActivityWorker"})', '{{task_queue}} used'],
    ],
  }),
  lines({
    title: 'What went wrong between worker and Temporal',
    about: 'Requests that failed, workflow tasks that failed, and attempts that failed, within half an hour.',
    unit: 'short',
    width: 8,
    queries: [
      ['sum by (operation) (increase(temporal_request_failure_total[30m])) > 0', '{{operation}}'],
      [
        'sum by (workflow_type) (increase(temporal_workflow_task_execution_failed_total[30m])) > 0',
        '{{workflow_type}}',
      ],
      ['sum by (activity_type) (increase(temporal_activity_execution_failed_total[30m])) > 0', '{{activity_type}}'],
    ],
  }),
];

export function dashboard(): Dashboard {
  const builder = new DashboardBuilder('daybreak')
    .uid('daybreak')
    .description('Made by `npm run deploy` from scripts/deploy; change it there.')
    .tags(['daybreak'])
    .refresh('1m')
    .time({ from: 'now-7d', to: 'now' })
    .timezone('browser')
    .readonly()
    .withVariable(
      new QueryVariableBuilder('pipeline')
        .label('Pipeline')
        .datasource(source)
        .query(`label_values(${METRICS.runEnded.name}, pipeline)`)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*'),
    );
  const rows = [
    { title: 'Is the morning safe?', panels: morning },
    { title: 'The nights', panels: nights },
    { title: 'The night watch', panels: watch },
    { title: 'Workers', panels: workers },
  ];
  for (const { title, panels } of rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  return builder.build();
}
