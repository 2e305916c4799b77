/** What a run would do, without one: the same plan as a run makes, compared with what is there. Nothing is changed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWorthFollowing } from './activities/increment';
import { heldFullLoads } from './activities/full-loads';
import { alreadyLive, makeDocument, readRequest, readWork } from './activities/plan-document';
import type { Services } from './activities/services';
import { waitingText } from './activities/waiting';
import { connectReading } from './adapters/connect';
import { otherFolder } from './adapters/other-folder';
import { type Config, loadConfig } from './config';
import type { PlanDocument } from './domain/plan';
import { previewOf, type Known, type RunPreview } from './domain/preview';
import type { Receipt } from './domain/receipt';
import type { RunRequest } from './domain/run';
import type { Snapshot } from './domain/snapshot';

export interface PreviewOptions {
  /** The time that the run would be due at; by default now. */
  readonly now?: Date;
  readonly signal?: AbortSignal;
  /** Hears which source is looked at: large ones take their time. */
  readonly onSource?: (name: string) => void;
  /** Hears what is waited for before a database can be looked at, each time that changes. */
  readonly onWaiting?: (text: string) => void;
}

/** Salts the fingerprints of a plan that would make everything anew: no run has this id. */
const NO_RUN = { workflowId: '', runId: 'preview' };

/** The plan of the live edition, as people know that one; else the newest. */
async function earlierPlan({ store, releases }: Services, pipeline: string): Promise<Known['before']> {
  const log = releases(pipeline);
  const live = await log.live();
  const edition = live === null ? undefined : await log.edition(live.edition);
  const plan =
    edition === undefined ? undefined : await store.get<PlanDocument>(`plans/${pipeline}/${edition.run.runId}`);
  if (plan !== undefined) return { plan, edition: edition?.id ?? null };
  const plans = await store.getAll<PlanDocument>(await store.list(`plans/${pipeline}`));
  const newest = plans
    .filter((found) => found !== undefined)
    .toSorted((a, b) => (a.plannedAt < b.plannedAt ? 1 : -1))[0];
  return newest === undefined ? null : { plan: newest, edition: null };
}

/** Receipts of what the plan makes, as far as their data are there; a run checks their bytes too. */
async function heldReceipts({ store, ledger }: Services, plan: PlanDocument): Promise<Map<string, Receipt>> {
  const wanted = [...plan.sources.flatMap(({ parts }) => parts), ...plan.models].map(({ fingerprint }) => fingerprint);
  const held = new Map<string, Receipt>();
  for (const receipt of await ledger.findAll(wanted)) {
    if (receipt !== undefined && (await store.holds(receipt.data))) held.set(receipt.fingerprint, receipt);
  }
  return held;
}

/** Chunks of first loads that earlier runs began. */
async function heldChunks({ ledger }: Services, plan: PlanDocument): Promise<Map<string, readonly Receipt[]>> {
  const found = new Map<string, readonly Receipt[]>();
  for (const { table } of plan.sources)
    for (const stretch of table?.stretches ?? [])
      found.set(stretch.fingerprint, (await ledger.chunks(stretch)).receipts);
  return found;
}

async function basesOf(services: Services, plan: PlanDocument): Promise<Map<string, Snapshot>> {
  const book = services.snapshots(plan.pipeline);
  const found = new Map<string, Snapshot>();
  for (const { table } of plan.sources) {
    const base = table?.base ?? null;
    const snapshot = base === null ? undefined : await book.get(base);
    if (base !== null && snapshot !== undefined) found.set(base, snapshot);
  }
  return found;
}

/** What `followChanges` would find, as far as that is known before anything is read. */
async function followingModels(services: Services, plan: PlanDocument): Promise<Set<string>> {
  const found = new Set<string>();
  for (const model of plan.models) {
    const { name, increment } = model;
    if (!increment?.before) continue;
    const before = await services.store.get<PlanDocument>(increment.before.plan);
    if (before === undefined || (await services.ledger.find(increment.before.fingerprint)) === undefined) continue;
    const fingerprintOf = (of: PlanDocument, table: string) =>
      [...of.sources, ...of.models].find((one) => one.name === table)?.fingerprint;
    const isSame = (table: string) => fingerprintOf(before, table) === fingerprintOf(plan, table);
    if (increment.followed.opaque.every(isSame) && (await isWorthFollowing(services, before, model))) found.add(name);
  }
  return found;
}

/** Fails as a run would: as `BadRequest`, `BadDefinition`, `MissingFile` and `NotAsDeclared`. Files are not waited for. */
export async function previewRun(
  request: RunRequest,
  config: Config = loadConfig(),
  options: PreviewOptions = {},
): Promise<RunPreview> {
  const elsewhere = await mkdtemp(join(tmpdir(), 'daybreak-plan-'));
  try {
    const { services, close } = await connectReading(config, elsewhere);
    try {
      return await previewWith(services, request, options);
    } finally {
      await close();
    }
  } finally {
    await rm(elsewhere, { recursive: true, force: true });
  }
}

function telling(services: Services, { onWaiting }: PreviewOptions): Services {
  if (onWaiting === undefined) return services;
  let told = '';
  const openDatabase: Services['openDatabase'] = async (request) =>
    await services.openDatabase({
      ...request,
      onWaiting: (waiting) => {
        const text = waiting === null ? told : waitingText(waiting);
        if (text !== told) onWaiting(text);
        told = text;
      },
    });
  return { ...services, openDatabase };
}

/** The same, with services whose store is only looked at. */
export async function previewWith(
  services: Services,
  request: RunRequest,
  options: PreviewOptions = {},
): Promise<RunPreview> {
  const { now = new Date(), signal = new AbortController().signal, onSource = () => undefined } = options;
  const work = await readWork(services, readRequest(request), async () => now);
  const plan = await makeDocument(telling(services, options), work, NO_RUN, { since: 0, signal, onSource });
  const unchanged = (await alreadyLive(services, plan)) !== undefined;
  return previewOf({
    plan,
    unchanged,
    outsideHours: unchanged ? [] : await heldFullLoads(services, plan, now),
    before: await earlierPlan(services, plan.pipeline),
    live: await services.releases(plan.pipeline).live(),
    otherFolder: await otherFolder(services.store, plan.pipeline, plan.folder),
    held: await heldReceipts(services, plan),
    following: unchanged ? new Set() : await followingModels(services, plan),
    receipts: unchanged ? [] : await services.ledger.all(),
    chunks: await heldChunks(services, plan),
    snapshots: await basesOf(services, plan),
  });
}
