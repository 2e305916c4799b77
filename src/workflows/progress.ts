/** What a run shows of itself while it goes: a query, search attributes, and Markdown for the Web UI. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { LaneReport } from '../activities';
import { markdownText } from '../domain/markdown';
import type { RunBrief } from '../domain/plan';
import type { CheckResult, ModelResult, Outcome, Progress, ReportResult, Stage, StepProgress } from '../domain/run';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes';
import { timeTexts } from '../domain/watch/time-text';
import type { StepTimings } from './timings';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

const progressQuery = defineQuery<Progress>('progress');

type SourceProgress = Progress['sources'][number];
const ICONS: Record<StepProgress['state'], string> = {
  waiting: '·',
  running: '▶',
  done: '✔',
  reused: '↺',
  failed: '✖',
  skipped: '⤼',
};
/** As much of it as a table has room for. */
const cell = (text: string) => markdownText(text).slice(0, 200);

/** The run's board: steps tell it what they do, and it tells everyone. */
export function progressBoard(timings: StepTimings) {
  let brief: RunBrief | undefined;
  let stage: Stage = 'plan';
  let outcome: Outcome | null = null;
  let edition: string | null = null;
  const sources = new Map<string, SourceProgress>();
  const models = new Map<string, StepProgress>();
  let checks: readonly CheckResult[] = [];
  let report: ReportResult | undefined;
  const now = (): Progress => ({
    pipeline: brief?.pipeline ?? '',
    stage,
    window: brief?.window ?? null,
    sources: [...sources.values()],
    models: [...models.values()],
    checks,
    outcome,
    edition,
    ...(report === undefined ? {} : { report }),
    ...(brief?.expected === undefined ? {} : { expected: brief.expected }),
    steps: timings.all(),
    ...(brief?.deadline === undefined ? {} : { deadline: brief.deadline }),
  });
  setHandler(progressQuery, now);

  /** What is left as of now, and whether that will do; said with its time, as the page stands still until the next step. */
  function timeLines(): string[] {
    if (outcome !== null) return [];
    const time = Date.now();
    const texts = timeTexts(now(), time);
    return texts.length === 0 ? [] : [`${new Date(time).toISOString().slice(11, 16)} UTC: ${texts.join('; ')}`, ''];
  }

  function show(): void {
    const lines = (steps: Iterable<StepProgress>, kind: string) =>
      [...steps].map(
        ({ name, state, rows, seconds, reason }) =>
          `| ${ICONS[state]} | ${kind}${name} | ${outcome !== null && state === 'waiting' ? 'not run' : state} | ${rows ?? ''} | ${seconds ?? ''} | ${cell(reason ?? '')} |`,
      );
    const failing = checks.filter((check) => check.outcome !== 'pass');
    setCurrentDetails(
      [
        `**${outcome ?? stage}** ${edition ?? ''}`,
        '',
        ...timeLines(),
        ...(checks.length === 0 ? [] : [`${checks.length} checks, ${failing.length} not passed`, '']),
        ...failing.map(
          (check) =>
            `- **${check.outcome}** ${check.subject}: ${cell(check.name)}: ${cell(check.observed)}; expected ${cell(check.expected)}`,
        ),
        ...(report === undefined
          ? []
          : ['uri' in report ? `report: ${cell(report.uri)}` : `- **no report**: ${cell(report.problem)}`]),
        '',
        '| | step | state | rows | seconds | why |',
        '|---|---|---|---:|---:|---|',
        ...lines(sources.values(), 'extract_'),
        ...lines(models.values(), 'transform_'),
      ].join('\n'),
    );
  }

  function tell(values: { stage?: Stage; outcome?: Outcome }): void {
    if (brief?.searchAttributes !== true) return;
    upsertSearchAttributes([
      { key: keyword(SEARCH_ATTRIBUTES.pipeline), value: brief.pipeline },
      ...(values.stage === undefined ? [] : [{ key: keyword(SEARCH_ATTRIBUTES.stage), value: values.stage }]),
      ...(values.outcome === undefined ? [] : [{ key: keyword(SEARCH_ATTRIBUTES.outcome), value: values.outcome }]),
    ]);
  }

  const set = <S extends StepProgress>(steps: Map<string, S>, name: string, change: Partial<S>) => {
    const step = steps.get(name);
    if (step !== undefined) steps.set(name, { ...step, ...change });
    show();
  };

  return {
    now,
    planned(planned: RunBrief): void {
      brief = planned;
      for (const { name, parts } of planned.sources)
        sources.set(name, { name, state: 'waiting', parts: 0, total: parts });
      for (const { name } of planned.models) models.set(name, { name, state: 'waiting' });
      show();
    },
    stage(next: Stage): void {
      stage = next;
      tell({ stage });
      show();
    },
    extracting: (name: string) => set(sources, name, { state: 'running' }),
    extracted(name: string, lanes: readonly LaneReport[]): void {
      const sum = (of: (lane: LaneReport) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
      const parts = sum((lane) => lane.parts);
      const reused = parts > 0 && sum((lane) => lane.resumedParts) === parts;
      set(sources, name, {
        state: reused ? 'reused' : 'done',
        rows: sum((lane) => lane.rows),
        parts,
        seconds: Math.max(0, ...lanes.map((lane) => lane.seconds)),
      });
    },
    extractFailed: (name: string, reason: string) => set(sources, name, { state: 'failed', reason }),
    transforming: (name: string) => set(models, name, { state: 'running' }),
    transformed: (result: ModelResult) =>
      set(models, result.name, {
        state: result.reused ? 'reused' : 'done',
        rows: result.rows,
        seconds: result.seconds,
      }),
    transformFailed: (name: string, reason: string) => set(models, name, { state: 'failed', reason }),
    skipped: (name: string, because: string) => set(models, name, { state: 'skipped', reason: `${because} failed` }),
    checked(results: readonly CheckResult[]): void {
      checks = [...checks, ...results];
      show();
    },
    reported(made: ReportResult): void {
      report = made;
      show();
    },
    ended(how: Outcome, made: string | null = null): void {
      outcome = how;
      edition = made;
      stage = 'done';
      tell({ stage, outcome });
      show();
    },
  };
}

export type ProgressBoard = ReturnType<typeof progressBoard>;
