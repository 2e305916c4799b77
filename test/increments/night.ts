/** One night of a pipeline over a database, activity by activity, as a worker would do it; without a Temporal server. */
import type { Services } from '../../src/activities';
import { validateSources } from '../../src/activities/check-sources';
import { extractLane, type LaneReport } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { validateDataQuality } from '../../src/activities/check';
import { publishEdition } from '../../src/activities/publish';
import { modelTable, openRun, prepareTables } from '../../src/activities/tables';
import { transformModel } from '../../src/activities/transform';
import type { Receipt } from '../../src/domain/receipt';
import type { PlanDocument } from '../../src/domain/plan';
import type { CheckResult } from '../../src/domain/run';
import { folderOf } from '../workflows/folders';
import type { Workshop } from '../support/workshop';
import { keyOf, PLAIN, type Shape } from './shop';

export function shopPipeline(
  name: string,
  more: Readonly<Record<string, string>> = {},
  shape: Shape = PLAIN,
  sources = '',
): string {
  const key = keyOf(shape).join(', ');
  const id = shape.key === 'text' ? 'VARCHAR' : 'BIGINT';
  return folderOf({
    'pipeline.yaml': `name: ${name}
zone: UTC
sources:
  orders:
    type: postgres
    connection: \${env:SHOP}
    table: orders
    key: [${key}]
    cursor: updated_at
    lanes: 3
    ${shape.soft ? 'soft_delete: deleted_at' : ''}
    ${shape.behind > 0 ? `lag: ${shape.behind}ms` : ''}
    checks: [{type: expression, expression: "note IS DISTINCT FROM 'spoilt'"}]
    columns: {region: VARCHAR, order_id: ${id}, user_id: INTEGER, note: VARCHAR, total: "DECIMAL(12,2)", updated_at: TIMESTAMPTZ, deleted_at: TIMESTAMPTZ}
  order_items:
    type: postgres
    parent: orders
    table: order_items
    key: [${key}, line_no]
    ${shape.lineClock ? 'cursor: updated_at' : ''}
    columns: {region: VARCHAR, order_id: ${id}, line_no: INTEGER, quantity: "DECIMAL(9,3)", label: VARCHAR, updated_at: TIMESTAMPTZ}
${sources}`,
    'models/totals.sql':
      '-- publish: true\nSELECT count(*) AS orders, sum(total)::DECIMAL(18,2) AS total FROM orders\n',
    'models/lines.sql': '-- publish: true\nSELECT count(*) AS lines FROM order_items\n',
    ...more,
  });
}

export interface Night {
  readonly runId: string;
  readonly plan: PlanDocument;
  readonly lanes: readonly LaneReport[];
  readonly passed: boolean;
  readonly checks: readonly CheckResult[];
}

/** Does it again with the next attempt, as long as what kills it does. */
async function again<T>(attempts: number, work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts) throw error;
    }
  }
}

/** Plans, extracts and judges. `services` may die where a test wants it; an activity has ten attempts. */
export async function night(
  workshop: Workshop,
  pipeline: string,
  runId: string,
  options: {
    readonly services?: Services;
    readonly full?: boolean;
    readonly afterPlan?: () => Promise<void>;
    /** Each lane has an attempt that was given up and goes on beside the next one. */
    readonly twins?: boolean;
  } = {},
): Promise<Night> {
  const services = options.services ?? workshop.services;
  const request = { pipeline, ...(options.full === undefined ? {} : { full: options.full }) };
  const attempts = options.services === undefined ? 1 : 10;
  const act = async <T>(activityId: string, work: () => Promise<T>) =>
    await again(attempts, async (attempt) => await workshop.act(runId, work, { attempt, activityId }));
  const brief = await act('plan', async () => await planRun(services, request));
  if (brief.settled !== undefined) throw new Error(`settled as ${brief.settled.outcome}`);
  await options.afterPlan?.();
  const lanes: LaneReport[] = [];
  for (const source of brief.sources)
    for (let lane = 0; lane < source.lanes; lane += 1) {
      const extract = async (twin: number) =>
        await act(
          `${source.name} ${lane} ${twin}`,
          async () => await extractLane(services, brief.plan, source.name, lane),
        );
      const ended = await Promise.allSettled(options.twins === true ? [extract(1), extract(2)] : [extract(1)]);
      for (const one of ended) if (one.status === 'rejected') throw one.reason;
      const [first] = ended;
      if (first?.status === 'fulfilled') lanes.push(first.value);
    }
  const verdict = await act('gate', async () => await validateSources(services, brief.plan));
  const plan = (await services.store.get<PlanDocument>(brief.plan)) as PlanDocument;
  return { runId, plan, lanes, passed: verdict.passed, checks: verdict.results };
}

/** Rows of a query over the tables of the night's sources. */
export async function rowsOfNight(
  workshop: Workshop,
  { plan, runId }: Night,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return await workshop.act(runId, async () => {
    const run = await openRun(workshop.services, plan, { name: `look-${Math.random()}`, threads: 1 });
    try {
      const names = plan.sources.map(({ name }) => name);
      await prepareTables(workshop.services, plan, names, run, new AbortController().signal);
      return (await run.workspace.query(sql)).rows;
    } finally {
      await run.workspace.close();
    }
  });
}

/** The rest of a night: models, their gate, and the edition. Gives how many rows each model computed itself. */
export async function publishNight(workshop: Workshop, made: Night): Promise<ReadonlyMap<string, Receipt>> {
  const { services } = workshop;
  const { plan, runId } = made;
  const key = `plans/${plan.pipeline}/${runId}`;
  const act = async <T>(work: () => Promise<T>) => await workshop.act(runId, work);
  for (const { name, written } of plan.models)
    if (written) await act(async () => await transformModel(services, key, name));
  const verdict = await act(async () => await validateDataQuality(services, key));
  if (!verdict.passed) throw new Error(`blocked: ${JSON.stringify(verdict.results)}`);
  await act(async () => await publishEdition(services, key, []));
  const receipts = new Map<string, Receipt>();
  for (const { name, written, fingerprint } of plan.models) {
    const receipt = written ? await services.ledger.find(fingerprint) : undefined;
    if (receipt !== undefined) receipts.set(name, receipt);
  }
  return receipts;
}

/** Models whose tables are not what their SQL gives of the night's sources, with how many rows differ. */
export async function differingModels(workshop: Workshop, { plan, runId }: Night): Promise<string[]> {
  return await workshop.act(runId, async () => {
    const { services } = workshop;
    const differing: string[] = [];
    const run = await openRun(services, plan, { name: `rebuilt-${Math.random()}`, threads: 1 });
    const sources = plan.sources.map(({ name }) => name);
    try {
      await prepareTables(services, plan, sources, run, new AbortController().signal);
      for (const { name, sql } of plan.models) await run.workspace.view(name, sql);
      for (const model of plan.models.filter(({ written }) => written)) {
        const kept = `${model.name} as kept`;
        await run.workspace.layered(kept, await modelTable(services, model, run.folder));
        const sides = [`FROM "${kept}"`, `FROM ${model.name}`] as const;
        const { rows } = await run.workspace.query(
          `SELECT count(*) AS n FROM ((${sides[0]} EXCEPT ALL ${sides[1]}) UNION ALL (${sides[1]} EXCEPT ALL ${sides[0]}))`,
        );
        if (Number(rows[0]?.n) > 0) differing.push(`${model.name}: ${String(rows[0]?.n)} rows`);
      }
    } finally {
      await run.workspace.close();
    }
    return differing;
  });
}
