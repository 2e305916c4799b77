/** Records that a run set aside: with their file, number, reason and raw text. */
import type { QueryRows } from '../adapters/engine';
import { noSuch } from '../adapters/definition/issues';
import { ledger } from '../adapters/ledger';
import type { Store } from '../adapters/store';
import type { RunNote } from '../activities/sweep';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { DataFile } from '../domain/receipt';
import { identifier, literal } from '../domain/sql';
import { type Asked, asked, nextFor } from './lookup';
import { anotherStore, type OpenStore, storeText } from './store';
import { DEADLINE_MS, withWorkspace } from './workspace';

export interface Quarantined extends QueryRows {
  readonly pipeline: string;
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601. */
  readonly plannedAt: string;
  readonly sources: readonly {
    readonly source: string;
    /** Records that were read, and how many of them were set aside. */
    readonly read: number;
    readonly quarantined: number;
    /** Parts that the ledger does not have (any more): not read yet, or swept. */
    readonly unknownParts: number;
  }[];
  /** By source and reason, most first; values are left out of reasons, so that like goes with like. */
  readonly reasons: readonly { readonly source: string; readonly reason: string; readonly records: number }[];
}

interface Options {
  readonly pipeline?: Asked;
  /** Says itself which pipeline it is of. */
  readonly run?: string;
  readonly source?: string;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const lastOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);

/** Newest first: runs of this workflow or run id, as they noted themselves. */
async function noted(store: Store, run: string): Promise<string[]> {
  const keys = await store.list('runs');
  const notes = await store.getAll<RunNote>(keys);
  return keys
    .flatMap((key, index) => {
      const note = notes[index];
      return note !== undefined && (note.workflowId === run || lastOf(key) === run)
        ? [{ id: lastOf(key), at: note.at }]
        : [];
    })
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .map(({ id }) => id);
}

/** The plan of a run; a workflow of a cron expression has many, of which the newest is meant. */
async function planOf(store: OpenStore, run: string, pipeline: Asked | undefined): Promise<PlanDocument> {
  const ids = await noted(store, run);
  const keys = await store.list(pipeline === undefined ? 'plans' : `plans/${pipeline.name}`);
  for (const id of ids.length === 0 ? [run] : ids) {
    const key = keys.find((planned) => lastOf(planned) === id);
    const plan = key === undefined ? undefined : await store.get<PlanDocument>(key);
    if (plan !== undefined) return plan;
  }
  const of = pipeline === undefined ? '' : ` of ${pipeline.name}`;
  throw new DaybreakError('BadRequest', {
    what:
      ids.length === 0
        ? `there is no run ${run}${of} in ${storeText(store)}`
        : `the run ${run} has no plan${of}: it ended as unchanged or before it was planned, or its plan was swept`,
    expected: 'a workflow or run id; plans are kept for a day, and as long as their edition or candidate',
    next: await nextFor(
      run,
      `choose one that \`daybreak status\` lists, or leave it out for the latest run; ${anotherStore(store)}`,
    ),
  });
}

async function newestPlan(store: OpenStore, { name, argument }: Asked): Promise<PlanDocument> {
  const plans = await store.getAll<PlanDocument>(await store.list(`plans/${name}`));
  const [newest] = plans.filter((plan) => plan !== undefined).toSorted((a, b) => (a.plannedAt < b.plannedAt ? 1 : -1));
  if (newest !== undefined) return newest;
  throw new DaybreakError('BadRequest', {
    what: `no run of ${name} is planned in ${storeText(store)}, or what was planned was swept`,
    next: `start one with \`daybreak run${argument}\`; --pipeline names another pipeline; ${anotherStore(store)}`,
  });
}

function chosen(plan: PlanDocument, source: string | undefined): readonly PlannedSource[] {
  const found = plan.sources.filter(({ name }) => source === undefined || name === source);
  if (found.length > 0) return found;
  const names = plan.sources.map(({ name }) => name);
  throw new DaybreakError('BadRequest', {
    what: noSuch('source', String(source), names),
    expected: `one of ${names.join(', ')}`,
    next: 'correct --source',
  });
}

/** `amount: "x" is no DECIMAL` → `amount: … is no DECIMAL` */
const WITHOUT_VALUES = `regexp_replace(reason, ': "(\\\\.|[^"\\\\])*"', ': …', 'g')`;
const COLUMNS = ['source', 'file', 'record', 'reason', 'raw'].map((name) => ({
  name,
  type: name === 'record' ? 'BIGINT' : 'VARCHAR',
}));

export async function quarantinedOf(store: OpenStore, options: Options): Promise<Quarantined> {
  const { pipeline, run, limit, signal } = options;
  const plan =
    run === undefined ? await newestPlan(store, pipeline ?? (await asked())) : await planOf(store, run, pipeline);
  const book = ledger(store);
  const files = new Map<string, DataFile[]>();
  const sources: Quarantined['sources'][number][] = [];
  for (const source of chosen(plan, options.source)) {
    const { receipts, missing: unknownParts } = await book.ofSource(plan.sources, source);
    const quarantined = receipts.reduce((sum, receipt) => sum + (receipt.quarantined ?? 0), 0);
    const read = quarantined + receipts.reduce((sum, { rows }) => sum + rows, 0);
    sources.push({ source: source.name, read, quarantined, unknownParts });
    const set = receipts.flatMap(({ quarantine }) => quarantine ?? []);
    if (set.length > 0) files.set(source.name, set);
  }
  const { workflowId, runId, plannedAt } = plan;
  const of = { pipeline: plan.pipeline, workflowId, runId, plannedAt, sources };
  if (files.size === 0) return { ...of, reasons: [], columns: COLUMNS, rows: [], truncated: false };
  const settings = { deadlineMs: DEADLINE_MS, ...(signal === undefined ? {} : { signal }) };
  return await withWorkspace(store, { pipeline: plan.pipeline, zone: plan.zone, editions: [] }, async (room) => {
    const { workspace, folder } = room;
    const all: string[] = [];
    for (const [source, set] of files) {
      const paths: string[] = [];
      for (const file of set) paths.push(await store.link(file, folder));
      // With blanks, as no table of a pipeline has.
      const table = `quarantined of ${source}`;
      await workspace.table(table, paths, []);
      all.push(`SELECT ${literal(source)} AS source, file, record, reason, raw FROM ${identifier(table)}`);
    }
    await workspace.view('all quarantined', all.join(' UNION ALL '));
    const reasons = await workspace.query(
      `SELECT source, ${WITHOUT_VALUES} AS reason, count(*) AS records FROM "all quarantined"
       GROUP BY ALL ORDER BY source, records DESC, reason`,
      settings,
    );
    const rows = await workspace.query('FROM "all quarantined" ORDER BY source, file, record', { ...settings, limit });
    return {
      ...of,
      reasons: reasons.rows.map(({ source, reason, records }) => ({
        source: String(source),
        reason: String(reason),
        records: Number(records),
      })),
      ...rows,
    };
  });
}
