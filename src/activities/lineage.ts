/** Telling OpenLineage what a run reads and makes. No run waits for it for long, and none fails by it. */
import { join, resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Lineage } from '../adapters/lineage';
import type { Edition } from '../domain/edition';
import {
  type LineageEvent,
  lineageEnd,
  lineageStart,
  type DatasetName,
  type MadeDataset,
  type ReadDataset,
} from '../domain/lineage';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { CheckResult, RunResult } from '../domain/run';
import { stops } from '../domain/verdict';
import { withoutPersonal } from '../domain/watch/cause';
import type { Services } from './services';

/** Best effort, from the making of the event on. */
async function tell(lineage: Lineage, make: () => LineageEvent): Promise<void> {
  const { log } = Context.current();
  try {
    await lineage.send(make());
  } catch (error) {
    log.warn(`lineage is not told: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function nameOf(lineage: Lineage, folder: string, { name, definition }: PlannedSource): DatasetName {
  if (definition.type !== 'postgres') return { namespace: 'file', name: resolve(folder, definition.path) };
  const { namespace, database } = lineage.database(definition.connection);
  const table = definition.table ?? name;
  return { namespace, name: `${database}.${table.includes('.') ? table : `public.${table}`}` };
}

/** What was seen may be a value of a row. */
const forOthers = (check: CheckResult): CheckResult => ({ ...check, observed: withoutPersonal(check.observed) });

const inputsOf = (
  lineage: Lineage,
  plan: PlanDocument | undefined,
  result?: Pick<RunResult, 'sources' | 'checks'>,
): ReadDataset[] =>
  (plan?.sources ?? []).map((source) => {
    const read = result?.sources.find(({ name }) => name === source.name);
    const checks = result?.checks.filter(({ subject }) => subject === source.name).map(forOthers) ?? [];
    return {
      ...nameOf(lineage, plan?.folder ?? '', source),
      columns: source.schema,
      ...(read === undefined ? {} : { rows: read.rows }),
      checks,
    };
  });

/** Where readers find them. */
const outputsOf = ({ id, destination, tables }: Edition): MadeDataset[] =>
  tables.map(({ name, columns, description, rows, bytes }) => ({
    namespace: 'file',
    name: join(destination, 'live', `${name}.parquet`),
    columns,
    ...(description === undefined ? {} : { description }),
    version: id,
    rows,
    bytes,
  }));

/** A run is planned. It goes on at once. */
export function tellStarted(services: Services, plan: PlanDocument): void {
  const { lineage, taskQueue: queue } = services;
  if (lineage === undefined) return;
  const { pipeline, runId, plannedAt: at, engine } = plan;
  void tell(lineage, () => lineageStart({ queue, pipeline, runId, at }, { engine, inputs: inputsOf(lineage, plan) }));
}

/** A run has ended: its last verb calls this with its result. Waits some ten seconds at most, and never fails. */
export async function tellEnded(services: Services, result: RunResult): Promise<void> {
  const { lineage, store, taskQueue: queue } = services;
  const { pipeline, runId, outcome } = result;
  // What could not be read has no name.
  if (lineage === undefined || pipeline === '') return;
  const plan = await store.get<PlanDocument>(`plans/${pipeline}/${runId}`).catch(() => undefined);
  const made =
    outcome !== 'published' || result.edition === null
      ? undefined
      : await services
          .releases(pipeline)
          .edition(result.edition)
          .catch(() => undefined);
  const stopped = result.checks.find((check) => check.severity === 'error' && stops(check));
  const failure =
    outcome === 'blocked' && stopped !== undefined
      ? `${stopped.subject}: ${stopped.name}: ${withoutPersonal(stopped.observed)}; expected ${stopped.expected}`
      : result.failure && `${result.failure.step} failed: ${withoutPersonal(result.failure.message)}`;
  const now = Date.now();
  const run = { queue, pipeline, runId, at: new Date(now).toISOString() };
  // Nothing was to be done, or it could not be planned: it has not been told that it began.
  if (plan === undefined) {
    const at = new Date(now - result.seconds * 1000).toISOString();
    await tell(lineage, () => lineageStart({ ...run, at }, { engine: undefined, inputs: [] }));
  }
  await tell(lineage, () =>
    lineageEnd(run, {
      outcome,
      failure,
      engine: plan?.engine,
      inputs: inputsOf(lineage, plan, result),
      outputs: made === undefined ? [] : outputsOf(made),
    }),
  );
}
