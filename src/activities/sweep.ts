/** sweep: takes away what no reader, no run and no rollback needs any more. */
import type { Edition } from '../domain/edition';
import type { PlanDocument } from '../domain/plan';
import { fingerprint } from './fingerprint';
import type { Services } from './services';

const DAY_MS = 86_400_000;

/** A reader of ours says which edition it reads, and until when at the latest. */
export interface Lease {
  readonly pipeline: string;
  readonly edition: string;
  readonly until: string;
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

/** Forgets editions beyond the last N that are older than a day, not live and not being read. */
async function sweepEditions(
  services: Services,
  plan: Pick<PlanDocument, 'pipeline' | 'destination' | 'keepEditions'>,
  now: number,
): Promise<number> {
  const releases = services.releases(plan.pipeline);
  const destination = services.destination(plan);
  const live = (await releases.live())?.edition;
  const held = await leased(services, now);
  const editions = await releases.editions();
  const surplus = editions
    .slice(plan.keepEditions)
    .filter((edition) => edition.id !== live && !held.has(edition.id) && Date.parse(edition.knownAt) < now - DAY_MS);
  for (const edition of surplus) {
    await destination.remove(edition.id);
    await releases.forget(edition.id);
  }
  for (const key of await services.store.list(`candidates/${plan.pipeline}`)) {
    const candidate = await services.store.get<Edition>(key);
    if (candidate !== undefined && Date.parse(candidate.knownAt) < now - plan.keepEditions * DAY_MS)
      await services.store.remove(key);
  }
  return surplus.length;
}

/** Fingerprints that kept editions, candidates and young plans are made of. */
async function neededFingerprints(services: Services, now: number): Promise<Set<string>> {
  const needed = new Set<string>();
  const runs = new Set<string>();
  for (const folder of ['editions', 'candidates']) {
    for (const key of await services.store.list(folder)) {
      const edition = await services.store.get<Edition>(key);
      if (edition !== undefined) runs.add(edition.run.runId);
    }
  }
  for (const key of await services.store.list('plans')) {
    const plan = await services.store.get<PlanDocument>(key);
    if (plan === undefined) continue;
    const old = !runs.has(plan.runId) && Date.parse(plan.plannedAt) < now - DAY_MS;
    if (old && (await services.describeRun(plan.workflowId, plan.runId))?.running !== true) {
      await services.store.remove(key);
      continue;
    }
    for (const source of plan.sources) for (const part of source.parts) needed.add(part.fingerprint);
    for (const model of plan.models) {
      needed.add(model.fingerprint);
      needed.add(fingerprint({ published: model.fingerprint }));
    }
  }
  return needed;
}

/** Sweeps the store. Only what is older than a day goes, so that nothing in the making is hit. */
export async function sweepStore(services: Services, planKey: string, now = Date.now()): Promise<Swept> {
  const plan = await services.store.get<PlanDocument>(planKey);
  if (plan === undefined) return { editions: 0, files: 0 };
  await services.closeWorkspace(plan.runId);
  await services.store.removeScratch(plan.runId);
  for (const runId of await services.store.listScratch()) {
    const workflowId = await services.store.get<{ workflowId: string }>(`runs/${runId}`);
    if (workflowId === undefined) continue;
    const described = await services.describeRun(workflowId.workflowId, runId);
    if (described?.running !== true) await services.store.removeScratch(runId);
  }
  const editions = await sweepEditions(services, plan, now);
  // First what there is, then what is needed: a plan that is made meanwhile is seen.
  const receipts = await services.ledger.all();
  const found = await services.store.listData();
  const needed = await neededFingerprints(services, now);
  const used = new Set<string>();
  let files = 0;
  for (const receipt of receipts) {
    if (needed.has(receipt.fingerprint) || Date.parse(receipt.madeAt) >= now - DAY_MS) {
      used.add(receipt.data.uri);
      if (receipt.quarantine !== undefined) used.add(receipt.quarantine.uri);
    } else {
      await services.ledger.remove(receipt.fingerprint);
    }
  }
  for (const { uri, modifiedMs } of found) {
    if (used.has(uri) || modifiedMs >= now - DAY_MS) continue;
    await services.store.removeData(uri);
    files += 1;
  }
  await services.store.removeTemporary(now - DAY_MS);
  await services.destination(plan).removeTemporary(now - DAY_MS);
  return { editions, files };
}
