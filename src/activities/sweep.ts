/** sweep: takes away what no reader, no run and no rollback needs any more. */
import type { Edition } from '../domain/edition';
import type { Layer, PlanDocument } from '../domain/plan';
import { filesOf, type Receipt } from '../domain/receipt';
import { fingerprint } from './fingerprint';
import { compactSnapshots } from './compact';
import { goneKey } from './layers';
import { sweepHistory } from './history';
import type { Services } from './services';

const DAY_MS = 86_400_000;

/** A reader of ours says which edition it reads, and until when at the latest. */
export interface Lease {
  readonly pipeline: string;
  readonly edition: string;
  readonly until: string;
}

/** What a run leaves before anything else, so that its traces can be told from those of others. */
export interface RunNote {
  readonly workflowId: string;
  /** When it was planned, ISO 8601. */
  readonly at: string;
}

export interface Swept {
  readonly editions: number;
  readonly files: number;
}

async function leased(services: Services, now: number): Promise<Set<string>> {
  const editions = new Set<string>();
  for (const key of await services.store.list('leases')) {
    const lease = await services.store.get<Lease>(key);
    if (lease === undefined) continue;
    if (Date.parse(lease.until) >= now) {
      editions.add(lease.edition);
      continue;
    }
    // A reader that died left its folder too; both bear its name.
    await services.store.removeScratch(key.slice(key.indexOf('/') + 1));
    await services.store.remove(key);
  }
  return editions;
}

/**
 * Forgets editions that nobody reads or goes back to: of those that were live, all but the live one and the newest N; of
 * those that never were, all but the newest N.
 */
async function sweepEditions(
  services: Services,
  plan: Pick<PlanDocument, 'pipeline' | 'keepEditions'>,
  now: number,
): Promise<number> {
  const { pipeline, keepEditions } = plan;
  const releases = services.releases(pipeline);
  const held = await leased(services, now);
  const live = await releases.live();
  const released = new Set((await releases.all()).map(({ edition }) => edition));
  const needed = (id: string) => id === live?.edition || id === live?.previous || held.has(id);
  const editions = (await releases.editions()).filter(({ id }) => id !== live?.edition);
  const surplus = [true, false]
    .flatMap((wasLive) => editions.filter(({ id }) => released.has(id) === wasLive).slice(keepEditions))
    .filter(({ id, knownAt }) => !needed(id) && Date.parse(knownAt) < now - DAY_MS);
  for (const edition of surplus) {
    // Its manifest first: without it nobody can go back to it while its files go.
    await releases.forget(edition.id);
    if ((await releases.live())?.edition === edition.id) await releases.keep(edition);
    else await services.destination(edition).remove(edition.id);
  }
  const candidates = await services.store.list(`candidates/${pipeline}`);
  for (const [index, candidate] of (await services.store.getAll<Edition>(candidates)).entries()) {
    if (candidate !== undefined && Date.parse(candidate.knownAt) < now - keepEditions * DAY_MS)
      await services.store.remove(candidates[index] as string);
  }
  return surplus.length;
}

/** Of each source; those of kept plans are in them. */
const KEPT_SNAPSHOTS = 3;
/** A first load that nobody went on with for so long. */
const KEPT_LOAD_MS = 14 * DAY_MS;

/** Pipelines that read databases. */
async function pipelinesWith(store: Services['store']): Promise<string[]> {
  const keys = [...(await store.list('snapshots')), ...(await store.list('loads'))];
  return [...new Set(keys.map((key) => key.split('/')[1] ?? ''))];
}

const isNeeded = ({ fingerprint: own, chunk }: Receipt, fingerprints: ReadonlySet<string>): boolean =>
  fingerprints.has(own) || (chunk !== undefined && fingerprints.has(chunk.stretch));

/** What kept editions, candidates and young plans are made of. */
interface Needed {
  readonly runs: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<string>;
}

async function whatIsNeeded(services: Services, now: number): Promise<Needed> {
  const { store } = services;
  const runs = new Set<string>();
  const fingerprints = new Set<string>();
  const need = ({ chunks, gone = {} }: Layer) => {
    for (const key of [...chunks, ...Object.values(gone)]) fingerprints.add(key);
  };
  for (const folder of ['editions', 'candidates']) {
    for (const edition of await store.getAll<Edition>(await store.list(folder))) {
      if (edition !== undefined) runs.add(edition.run.runId);
    }
  }
  for (const key of await store.list('plans')) {
    const plan = await store.get<PlanDocument>(key);
    if (plan === undefined) continue;
    const old = !runs.has(plan.runId) && Date.parse(plan.plannedAt) < now - DAY_MS;
    if (old && (await services.describeRun(plan.workflowId, plan.runId))?.running !== true) {
      await store.remove(key);
      continue;
    }
    runs.add(plan.runId);
    for (const source of plan.sources) {
      for (const part of source.parts) fingerprints.add(part.fingerprint);
      if (source.table === undefined) continue;
      for (const stretch of source.table.stretches) fingerprints.add(stretch.fingerprint);
      source.table.layers.forEach(need);
      fingerprints.add(goneKey(plan, source.table.parent));
    }
    for (const model of plan.models) {
      fingerprints.add(model.fingerprint);
      fingerprints.add(fingerprint({ published: model.fingerprint }));
    }
  }
  for (const pipeline of await pipelinesWith(store)) {
    const book = services.snapshots(pipeline);
    const newer = new Map<string, number>();
    for (const { key, snapshot } of (await book.all()).toReversed()) {
      const younger = newer.get(snapshot.source) ?? 0;
      newer.set(snapshot.source, younger + 1);
      // A run that was planned from an older one has its layers in its plan.
      if (younger >= KEPT_SNAPSHOTS) await store.remove(key);
      else snapshot.layers.forEach(need);
    }
    for (const { key, load } of await book.loads()) {
      if (Date.parse(load.startedAt) < now - KEPT_LOAD_MS) await store.remove(key);
      else for (const stretch of load.stretches) fingerprints.add(stretch.fingerprint);
    }
  }
  return { runs, fingerprints };
}

const lastOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);

/** What runs noted beside their data: claims, which workflow they are, and, for as long as candidates, failing rows. */
async function sweepNotes(services: Services, needed: Needed, keptSince: number): Promise<void> {
  const { store } = services;
  const isOver = async (run: { workflowId: string; runId: string }) =>
    !needed.runs.has(run.runId) && (await services.describeRun(run.workflowId, run.runId))?.running !== true;
  for (const key of await store.list('claims')) {
    const claim = await store.get<{ workflowId: string; runId: string }>(key);
    if (claim !== undefined && (await isOver(claim))) await store.remove(key);
  }
  const over = new Set<string>();
  for (const key of await store.list('runs')) {
    const run = await store.get<RunNote>(key);
    if (run === undefined || Date.parse(run.at) >= keptSince) continue;
    if (!(await isOver({ workflowId: run.workflowId, runId: lastOf(key) }))) continue;
    over.add(lastOf(key));
    await store.remove(key);
  }
  for (const key of await store.list('evidence')) {
    const runId = key.split('/').at(-2) ?? '';
    if (over.has(runId)) await store.remove(key);
  }
}

/** Sweeps the store, and compacts snapshots. Only what is older than a day goes, so that nothing in the making is hit. */
export async function sweepStore(
  services: Services,
  planKey: string,
  now = Date.now(),
  signal: AbortSignal = new AbortController().signal,
): Promise<Swept> {
  const plan = await services.store.get<PlanDocument>(planKey);
  if (plan === undefined) return { editions: 0, files: 0 };
  await services.closeWorkspace(plan.runId);
  await services.store.removeScratch(plan.runId);
  for (const runId of await services.store.listScratch()) {
    const note = await services.store.get<RunNote>(`runs/${runId}`);
    if (note === undefined) continue;
    const described = await services.describeRun(note.workflowId, runId);
    if (described?.running !== true) await services.store.removeScratch(runId);
  }
  const editions = await sweepEditions(services, plan, now);
  // First what there is, then what is needed: a plan that is made meanwhile is seen.
  const receipts = await services.ledger.all();
  const found = await services.store.listData();
  const needed = await whatIsNeeded(services, now);
  // A table that goes on from another needs it.
  const byKey = new Map(receipts.map((receipt) => [receipt.fingerprint, receipt]));
  const keep = new Set(needed.fingerprints);
  for (const key of keep) {
    const base = byKey.get(key)?.base;
    if (base !== undefined) keep.add(base);
  }
  const used = new Set<string>();
  let files = 0;
  for (const receipt of receipts) {
    if (isNeeded(receipt, keep) || Date.parse(receipt.madeAt) >= now - DAY_MS) {
      for (const { uri } of filesOf(receipt)) used.add(uri);
    } else {
      await services.ledger.remove(receipt.fingerprint);
    }
  }
  for (const { uri, modifiedMs } of found) {
    if (used.has(uri) || modifiedMs >= now - DAY_MS) continue;
    await services.store.removeData(uri);
    files += 1;
  }
  await sweepNotes(services, needed, now - plan.keepEditions * DAY_MS);
  await sweepHistory(services, plan.pipeline);
  await services.store.removeTemporary(now - DAY_MS);
  await services.destination(plan).removeTemporary(now - DAY_MS);
  try {
    await compactSnapshots(services, plan, signal);
  } finally {
    await services.store.removeScratch(plan.runId);
  }
  return { editions, files };
}
