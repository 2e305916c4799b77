/** How a run ends: its result, put together from what the steps gave. */
import {
  ActivityFailure,
  ApplicationFailure,
  defineQuery,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { LaneReport, Publication } from '../activities';
import type { RunBrief, SourceBrief } from '../domain/plan';
import { type StepTimings, stepTimings } from './timings';
import type {
  CheckResult,
  ModelResult,
  Outcome,
  ReportResult,
  Resumed,
  RunResult,
  SourceResult,
  StepFailure,
} from '../domain/run';

/** The result as far as it goes: all that is known of a cancelled run, of which Temporal keeps none. */
const accountQuery = defineQuery<Omit<RunResult, 'outcome'>>('account');

/** What a run has so far; steps add to it. */
export interface Account {
  brief: RunBrief | undefined;
  sources: SourceResult[];
  models: ModelResult[];
  checks: CheckResult[];
  resumed: Resumed;
  skipped: string[];
  publication: Publication | undefined;
  report: ReportResult | undefined;
  readonly timings: StepTimings;
  /** Once it has ended. */
  result: RunResult | undefined;
}

/** An empty account that answers for itself from now on. */
export function newAccount(): Account {
  const account: Account = {
    brief: undefined,
    sources: [],
    models: [],
    checks: [],
    resumed: { parts: 0, rows: 0, lost: 0, duplicated: 0 },
    skipped: [],
    publication: undefined,
    report: undefined,
    timings: stepTimings(),
    result: undefined,
  };
  setHandler(accountQuery, () => {
    const { outcome: _, ...known } = resultOf(account, 'cancelled');
    return known;
  });
  return account;
}

export function addSource(account: Account, source: SourceBrief, lanes: readonly LaneReport[]): void {
  const sum = (of: (lane: LaneReport) => number) => lanes.reduce((total, lane) => total + of(lane), 0);
  const cut = { cut: source.cut, ...(source.cutBy === undefined ? {} : { cutBy: source.cutBy }) };
  const resumedParts = sum((lane) => lane.resumedParts);
  account.sources.push({
    name: source.name,
    rows: sum((lane) => lane.rows),
    quarantined: sum((lane) => lane.quarantined),
    // A table's chunks are only known when they are read.
    parts: Math.max(
      source.parts,
      sum((lane) => lane.parts),
    ),
    resumedParts,
    ...cut,
    seconds: Math.max(0, ...lanes.map((lane) => lane.seconds)),
  });
  for (const name of source.children ?? []) {
    const read = lanes.flatMap((lane) => lane.children?.filter((child) => child.name === name) ?? []);
    account.sources.push({
      name,
      rows: read.reduce((total, { rows }) => total + rows, 0),
      quarantined: read.reduce((total, { quarantined }) => total + quarantined, 0),
      parts: sum((lane) => lane.parts),
      resumedParts,
      ...cut,
      seconds: Math.max(0, ...lanes.map((lane) => lane.seconds)),
    });
  }
  const { resumed } = account;
  account.resumed = {
    ...resumed,
    parts: resumed.parts + resumedParts,
    rows: resumed.rows + sum((lane) => lane.resumedRows),
  };
}

export function resultOf(account: Account, outcome: Outcome, failure?: StepFailure): RunResult {
  const { workflowId, runId, startTime } = workflowInfo();
  const { brief, publication, report } = account;
  const sources = (brief?.sources ?? []).flatMap(({ name, children = [] }) => [name, ...children]);
  const names = [...sources, ...(brief?.models ?? []).map(({ name }) => name)];
  const order = new Map(names.map((name, index) => [name, index]));
  const inOrder = <T extends { name: string }>(items: readonly T[]) =>
    items.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return {
    workflowId,
    runId,
    pipeline: brief?.pipeline ?? '',
    outcome,
    edition: publication?.edition ?? (outcome === 'unchanged' ? (brief?.live ?? null) : null),
    previousEdition: publication?.previous ?? null,
    live: publication === undefined ? (brief?.live ?? null) : publication.live,
    window: brief?.window ?? null,
    sources: inOrder(account.sources),
    models: inOrder(account.models),
    checks: account.checks,
    tables: publication?.tables ?? brief?.settled?.tables ?? [],
    ...(report === undefined ? {} : { report }),
    resumed: account.resumed,
    seconds: Math.round(Date.now() - startTime.getTime()) / 1000,
    ...(failure === undefined ? {} : { failure }),
    ...(account.skipped.length === 0 ? {} : { skipped: account.skipped.toSorted() }),
    ...(brief?.settled?.duplicateOf === undefined ? {} : { duplicateOf: brief.settled.duplicateOf }),
  };
}

/** What an activity failed of, out of Temporal's wrapping. */
export function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause !== undefined)
    cause = cause.cause;
  return cause;
}

/** The step, its class and its message. */
export function stepFailure(error: unknown): StepFailure {
  const step = error instanceof ActivityFailure ? error.activityType : 'run';
  const cause = rootCause(error);
  if (cause instanceof ApplicationFailure) return { step, kind: cause.type ?? 'Bug', message: cause.message };
  const message = cause instanceof Error ? cause.message : String(cause);
  return { step, kind: error instanceof ActivityFailure ? 'TimedOut' : 'Bug', message };
}

/** The failure that ends the workflow as Failed, with the whole result in its details; a cancellation as it is. */
export function failedRun(account: Account, error: unknown): Error {
  if (isCancellation(error)) {
    account.result = resultOf(account, 'cancelled');
    return error as Error;
  }
  const failure = stepFailure(error);
  account.result = resultOf(account, 'failed', failure);
  return ApplicationFailure.create({
    type: failure.kind,
    message: `${failure.step} failed: ${failure.message}`,
    nonRetryable: true,
    details: [account.result],
  });
}
