/** The tables of a run in its workspace: sources from their parts, written models from their receipts, views as SQL. */
import type { LayeredTable, TableLayerFiles, Workspace } from '../adapters/engine';
import type { SourceDefinition } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, PlannedModel, PlannedSource } from '../domain/plan';
import type { DataFile, Receipt } from '../domain/receipt';
import type { Services } from './services';
import { layersOf, newLayers, type TableLayer } from './layers';
import { ofTable } from '../domain/receipt';

/** Plans are immutable, so a few are kept in memory. */
const plans = new Map<string, Promise<PlanDocument>>();
const KEPT_PLANS = 8;

export async function loadPlan(services: Services, key: string): Promise<PlanDocument> {
  const id = `${services.store.id}/${key}`;
  const loading =
    plans.get(id) ??
    services.store.get<PlanDocument>(key).then((plan) => {
      if (plan === undefined)
        throw new DaybreakError('Damaged', {
          what: `the plan ${key} is not in the store`,
          next: 'start the run again',
        });
      return plan;
    });
  plans.set(id, loading);
  loading.catch(() => plans.delete(id));
  const oldest = plans.keys().next().value;
  if (plans.size > KEPT_PLANS && oldest !== undefined) plans.delete(oldest);
  return await loading;
}

/** Runs with a workspace on this worker, with their workflows. */
const opened = new WeakMap<Services, Map<string, string>>();

/** The sweep closes the workspace of the worker it runs on; those of others go when the next run comes to them. */
async function closeEnded(services: Services, plan: PlanDocument): Promise<void> {
  const runs = opened.get(services) ?? new Map<string, string>();
  opened.set(services, runs);
  if (runs.has(plan.runId)) return;
  const others = [...runs];
  runs.set(plan.runId, plan.workflowId);
  for (const [runId, workflowId] of others) {
    if ((await services.describeRun(workflowId, runId))?.running === true) continue;
    runs.delete(runId);
    await services.closeWorkspace(runId);
  }
}

/** Opens the run's workspace; activities of one run on one worker share it, but for those that ask for one of their own. */
export async function openRun(
  services: Services,
  plan: PlanDocument,
  own?: { readonly name: string; readonly threads: number },
): Promise<{ workspace: Workspace; folder: string }> {
  await closeEnded(services, plan);
  const folder = await services.store.scratch(`${plan.runId}/tables`);
  const workspace = await services.engine.workspace({
    id: own === undefined ? plan.runId : `${plan.runId}-${own.name}`,
    folder,
    zone: plan.zone,
    variables: plan.variables,
    memoryBytes: plan.memory,
    threads: own?.threads ?? services.threads,
  });
  return { workspace, folder };
}

/** Receipts of everything that the run read of a source; fails when one is missing. */
export async function partReceipts(services: Services, plan: PlanDocument, source: PlannedSource): Promise<Receipt[]> {
  if (source.table !== undefined) return ofTable((await newLayers(services, plan, source)).flat(), source.name);
  const found = await services.ledger.findAll(source.parts.map(({ fingerprint }) => fingerprint));
  return found.map((receipt, index) => {
    if (receipt !== undefined) return receipt;
    throw new DaybreakError('Damaged', {
      where: source.parts[index]?.file ?? source.name,
      what: `a part of ${source.name} is not in the ledger`,
      next: 'start the run again: only what is missing is read',
    });
  });
}

export async function modelReceipt(
  services: Services,
  model: Pick<PlannedModel, 'fingerprint' | 'name' | 'file'>,
): Promise<Receipt> {
  const receipt = await services.ledger.findIntact(model.fingerprint);
  if (receipt !== undefined) return receipt;
  throw new DaybreakError('Damaged', {
    where: model.file,
    what: `the table ${model.name} is not in the ledger, or its file is damaged`,
    next: 'start the run again: only what is missing is computed',
  });
}

/** Receipts of a model's table, oldest first: one, or one it goes on from and what followed. */
export async function modelReceipts(
  services: Services,
  model: Pick<PlannedModel, 'fingerprint' | 'name' | 'file'>,
): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (let key: string | undefined = model.fingerprint; key !== undefined; ) {
    const receipt: Receipt = await modelReceipt(services, { ...model, fingerprint: key });
    receipts.unshift(receipt);
    key = receipt.base;
  }
  return receipts;
}

export async function modelTable(services: Services, model: PlannedModel, folder: string): Promise<LayeredTable> {
  const key = model.increment?.followed.key ?? [];
  const layers: TableLayerFiles[] = [];
  for (const { data, touched } of await modelReceipts(services, model)) {
    const replaced = touched === undefined ? [] : [await services.store.link(touched, folder)];
    layers.push({ rows: [await services.store.link(data, folder)], touched: replaced, gone: [] });
  }
  return { layers, columns: model.columns, key, parentKey: key };
}

/** Files as the workspace may read them: linked into its folder. */
export async function linkFiles(
  { store }: Pick<Services, 'store'>,
  files: readonly (DataFile | undefined)[],
  folder: string,
): Promise<string[]> {
  const paths: string[] = [];
  for (const file of files) if (file !== undefined) paths.push(await store.link(file, folder));
  return paths;
}

/** A table of layers whose files are linked into a folder that the workspace reads. */
export async function linkedTable(
  services: Services,
  source: PlannedSource,
  from: readonly TableLayer[],
  folder: string,
): Promise<LayeredTable> {
  const linked = async (files: readonly (DataFile | undefined)[]) => await linkFiles(services, files, folder);
  const layers: TableLayerFiles[] = [];
  for (const { receipts, gone } of from) {
    layers.push({
      rows: await linked(receipts.map(({ data }) => data)),
      touched: await linked(receipts.map(({ touched }) => touched)),
      gone: await linked([gone?.data]),
    });
  }
  const key = source.definition.key ?? [];
  return { layers, columns: source.schema, key, parentKey: source.table?.parentKey ?? key };
}

/** The snapshot's table: what was accepted before, and what this run read. */
export const layeredTable = async (
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  folder: string,
): Promise<LayeredTable> => await linkedTable(services, source, await layersOf(services, plan, source), folder);

/** Files whose rows replace those of earlier ones. */
export const isMerged = (definition: SourceDefinition): boolean =>
  definition.type !== 'postgres' && definition.delivery === 'merge';

/** Parts of each file, in the files' order by name: rows of a later file replace those of the same key. */
export const fileLayers = (receipts: readonly Receipt[]): TableLayer[] => {
  const files = new Map<string, Receipt[]>();
  for (const receipt of receipts) {
    const file = receipt.part?.file ?? '';
    files.set(file, [...(files.get(file) ?? []), receipt]);
  }
  return [...files.values()].map((parts) => ({
    receipts: parts.map((part) => ({ ...part, touched: part.data })),
    gone: undefined,
  }));
};

/** A source's table: the parts of its files, or a snapshot. */
export async function sourceTable(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  folder: string,
): Promise<LayeredTable> {
  if (source.table !== undefined) return await layeredTable(services, plan, source, folder);
  const receipts = await partReceipts(services, plan, source);
  if (isMerged(source.definition)) return await linkedTable(services, source, fileLayers(receipts), folder);
  return await plainTable(services, source, receipts, folder);
}

/** Rows of parts that are a table as they are. */
export async function plainTable(
  services: Services,
  source: PlannedSource,
  receipts: readonly Receipt[],
  folder: string,
): Promise<LayeredTable> {
  const files = receipts.map(({ data }) => data);
  const rows = await linkFiles(services, files, folder);
  const key = source.definition.key ?? [];
  return {
    layers: rows.length === 0 ? [] : [{ rows, touched: [], gone: [] }],
    columns: source.schema,
    key,
    parentKey: key,
  };
}

/** Makes tables readable in the workspace, with everything that they are read through. */
export async function prepareTables(
  services: Services,
  plan: PlanDocument,
  names: readonly string[],
  run: { workspace: Workspace; folder: string },
  signal: AbortSignal,
): Promise<void> {
  const { workspace, folder } = run;
  const prepare = async (name: string): Promise<void> => {
    if (workspace.has(name)) return;
    const source = plan.sources.find((planned) => planned.name === name);
    if (source !== undefined) {
      await workspace.layered(name, await sourceTable(services, plan, source, folder), { signal });
      return;
    }
    const model = plan.models.find((planned) => planned.name === name);
    if (model === undefined) return;
    if (model.written) {
      await workspace.layered(name, await modelTable(services, model, folder), { signal });
      return;
    }
    for (const read of model.reads) await prepare(read);
    await workspace.view(name, model.sql, { signal });
  };
  for (const name of names) await prepare(name);
}
