/** notify: what came of a run is kept for the nights to come, and told to the watch, with findings for teams. */
import { Context } from '@temporalio/activity';
import { FINDING_COLUMNS, findingsTold } from '../domain/watch/findings';
import type { RunRecord } from '../domain/watch/record';
import type { Told, WatchSettings } from '../domain/watch/settings';
import type { RunResult } from '../domain/run';
import { endedOf } from '../domain/watch/ended';
import { keepRecord, knownWatched } from './history';
import { tellEnded } from './lineage';
import { metrics } from './metrics';
import type { Services } from './services';
import { loadPlan, openRun, prepareTables } from './tables';

export interface Ending {
  /** Name or folder that was asked for; `null` where the request says none that could be one. */
  readonly asked: string | null;
  /** Store key; empty for a run without a plan. */
  readonly plan: string;
  /** What came of it, without its tables: they are in the edition. */
  readonly result: RunResult;
  readonly record: RunRecord;
}

const INSIGHTS = 'insights';
const MOST_ROWS = 10_000;
/** Within the time that an attempt has. */
const FINDINGS_MS = 25_000;

/** Messages for teams out of the edition's own table of findings. */
async function findings(services: Services, { plan: key, result, record }: Ending, of: WatchSettings): Promise<Told[]> {
  const { insights } = of.notify;
  if (insights.length === 0 || result.outcome !== 'published' || result.edition === null) return [];
  const { log, cancellationSignal } = Context.current();
  const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(FINDINGS_MS)]);
  const plan = await loadPlan(services, key);
  const model = plan.models.find(({ name, published }) => name === INSIGHTS && published);
  const missing = FINDING_COLUMNS.filter((name) => !model?.columns.some((column) => column.name === name));
  if (missing.length > 0) {
    log.warn(
      `no finding is told: expected a published table ${INSIGHTS} with the columns ${FINDING_COLUMNS.join(', ')}; ${model === undefined ? 'there is none' : `${missing.join(', ')} not there`}`,
    );
    return [];
  }
  // The run's own workspace was swept.
  const run = await openRun(services, plan, { name: 'notify', threads: 1 });
  try {
    await prepareTables(services, plan, [INSIGHTS], run, signal);
    const { rows } = await run.workspace.query(
      `SELECT ${FINDING_COLUMNS.join(', ')} FROM ${INSIGHTS} WHERE severity IS NOT NULL AND owner IS NOT NULL
      ORDER BY subject_id IS NOT NULL, abs(TRY_CAST(money AS DOUBLE)) DESC NULLS LAST`,
      { signal, deadlineMs: FINDINGS_MS, limit: MOST_ROWS },
    );
    return findingsTold({
      pipeline: plan.pipeline,
      edition: result.edition,
      asOf: plan.window.asOf,
      currency: plan.variables.currency?.value ?? '',
      at: record.endedAt,
      rows,
      insights,
    });
  } finally {
    await run.workspace.close();
    await services.store.removeScratch(plan.runId);
  }
}

/** `null` for a run without a plan, or with one that cannot be read. */
const zoneOf = async (services: Services, plan: string): Promise<string | null> =>
  plan === '' ? null : ((await loadPlan(services, plan).catch(() => undefined))?.zone ?? null);

const retriedSteps = ({ steps }: RunRecord) =>
  steps.flatMap(({ step, attempts = 1 }) => (attempts > 1 ? [{ step, attempts }] : []));

/** Repeating it ends the same: the first record stays, and a watch knows what it was told. */
export async function notify(services: Services, ending: Ending): Promise<void> {
  const { asked, result, record } = ending;
  const { log } = Context.current();
  const watched = asked === null ? undefined : await knownWatched(services, asked);
  const pipeline = record.pipeline === '' ? watched?.pipeline : record.pipeline;
  if (pipeline === undefined) {
    log.warn(`nothing is kept or told of the run: no pipeline ${asked === null ? '' : `${asked} `}was ever read here`);
    return;
  }
  await keepRecord(services, { ...record, pipeline }).catch((error: unknown) => {
    log.warn(`what the run took is not kept: ${(error as Error).message}`);
  });
  const settings = watched?.settings ?? null;
  const zone = settings?.zone ?? (await zoneOf(services, ending.plan));
  metrics(Context.current().metricMeter).runEnded({ ...result, pipeline }, zone, services.now());
  if (settings !== null) {
    const run = { ...endedOf(result), retried: retriedSteps(record) };
    await services.tellWatch(settings, { kind: 'ended', run, told: [] });
    const told = await findings(services, ending, settings).catch((error: unknown) => {
      log.warn(`findings of ${result.edition ?? ''} cannot be told: ${(error as Error).message}`);
      return [];
    });
    if (told.length > 0) await services.tellWatch(settings, { kind: 'ended', run, told });
  }
  await tellEnded(services, { ...result, pipeline });
}
