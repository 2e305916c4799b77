/** What changed in a table between two plans, as rows that were and rows that are, in the columns that somebody reads. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayeredTable, TableLayerFiles, Workspace } from '../adapters/engine';
import type { Layer, PlanDocument, PlannedModel, PlannedSource } from '../domain/plan';
import { identifier, identifiers, sameKey } from '../domain/sql';
import { layersToKeep } from './layers';
import type { Services } from './services';
import { isMerged, layeredTable, modelReceipts, modelTable, partReceipts, plainTable, sourceTable } from './tables';
import type { Receipt } from '../domain/receipt';

/** Rows of tables that are compared whole, as nothing tells what changed in them. */
const COMPARED_ROWS = 1_000_000;

interface Request {
  readonly plan: PlanDocument;
  readonly before: PlanDocument;
  readonly name: string;
  /** What the changes are called in the workspace. */
  readonly as: string;
  readonly columns: readonly string[];
  readonly workspace: Workspace;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A table before and now: whole, or only where it may differ. */
interface Pair {
  readonly earlier: LayeredTable;
  readonly now: LayeredTable;
  /** Layers of `now` that `earlier` has not. */
  readonly added: readonly TableLayerFiles[] | undefined;
}

/** The layers that came since; nothing where the older ones are not the beginning of the newer ones. */
function since<Each>(then: readonly string[], layers: readonly Each[], keys: readonly string[]): Each[] | undefined {
  const begins = then.length <= keys.length && then.every((key, index) => key === keys[index]);
  return begins ? layers.slice(then.length) : undefined;
}

/** Nothing where one of them is only there as a part of a compacted base. */
const wholeLayers = (
  layers: readonly (TableLayerFiles | undefined)[] | undefined,
): readonly TableLayerFiles[] | undefined => {
  const whole = layers?.filter((layer) => layer !== undefined);
  return whole?.length === layers?.length ? whole : undefined;
};

/** Of files that are not merged, only the parts that one of the plans has and the other has not. */
async function partsPair(services: Services, request: Request, then: PlannedSource, now: PlannedSource): Promise<Pair> {
  const { plan, before, folder } = request;
  const [was, is] = [await partReceipts(services, before, then), await partReceipts(services, plan, now)];
  const only = (mine: readonly Receipt[], theirs: readonly Receipt[]) => {
    const known = new Set(theirs.map(({ fingerprint }) => fingerprint));
    return mine.filter(({ fingerprint }) => !known.has(fingerprint));
  };
  return {
    earlier: await plainTable(services, then, only(was, is), folder),
    now: await plainTable(services, now, only(is, was), folder),
    added: undefined,
  };
}

async function sourcePair(
  services: Services,
  request: Request,
  then: PlannedSource,
  now: PlannedSource,
): Promise<Pair> {
  const { plan, before, folder } = request;
  if (then.table === undefined && now.table === undefined && !isMerged(then.definition) && !isMerged(now.definition))
    return await partsPair(services, request, then, now);
  if (then.table === undefined || now.table === undefined) {
    return {
      earlier: await sourceTable(services, before, then, folder),
      now: await sourceTable(services, plan, now, folder),
      added: undefined,
    };
  }
  const layersIn = async (of: PlanDocument, source: PlannedSource) => {
    const parent = of.sources.find(({ name }) => name === source.table?.parent) ?? source;
    return [...(parent.table?.layers ?? []), ...(await layersToKeep(services, of, parent))];
  };
  const table = await layeredTable(services, plan, now, folder);
  const [older, newer] = [await layersIn(before, then), await layersIn(plan, now)];
  const keys = (layers: readonly Layer[]) => layers.map(({ chunks, gone }) => JSON.stringify({ chunks, gone }));
  const [base, ...rest] = newer;
  // A base that was compacted since has the rows of the layers that it replaces.
  const replaced = base?.replaces ?? [];
  const expanded =
    replaced.length === 0
      ? undefined
      : since(
          keys(older),
          [...replaced.map(() => undefined), ...table.layers.slice(1)],
          [...keys(replaced), ...keys(rest)],
        );
  return {
    earlier: await layeredTable(services, before, then, folder),
    now: table,
    added: since(keys(older), table.layers, keys(newer)) ?? wholeLayers(expanded),
  };
}

async function modelPair(services: Services, request: Request, then: PlannedModel, now: PlannedModel): Promise<Pair> {
  const { folder } = request;
  const [older, newer] = [await modelReceipts(services, then), await modelReceipts(services, now)];
  const keys = (receipts: readonly Receipt[]) => receipts.map(({ fingerprint }) => fingerprint);
  const table = await modelTable(services, now, folder);
  // Written as one again by the step that went on from the earlier table.
  const step = newer.length === 1 ? newer[0]?.step : undefined;
  const { store } = services;
  const added =
    step?.base === then.fingerprint
      ? [{ rows: [await store.link(step.data, folder)], touched: [await store.link(step.touched, folder)], gone: [] }]
      : since(keys(older), table.layers, keys(newer));
  return { earlier: await modelTable(services, then, folder), now: table, added };
}

async function pairOf(services: Services, request: Request): Promise<Pair | undefined> {
  const { plan, before, name } = request;
  const named = (planned: { readonly name: string }) => planned.name === name;
  const [oldSource, newSource] = [before.sources.find(named), plan.sources.find(named)];
  if (oldSource !== undefined && newSource !== undefined)
    return await sourcePair(services, request, oldSource, newSource);
  const [oldModel, newModel] = [before.models.find(named), plan.models.find(named)];
  if (oldModel?.written !== true || newModel?.written !== true) return undefined;
  return await modelPair(services, request, oldModel, newModel);
}

/** Rows of a table that layers above it replace. */
function replaced(
  then: string,
  added: readonly TableLayerFiles[],
  { key, parentKey }: LayeredTable,
  keys: { touched: string; gone: string },
): string {
  const join = (kind: 'SEMI' | 'ANTI', alias: string, table: string, columns: readonly string[]) =>
    ` ${kind} JOIN ${identifier(table)} AS ${alias} ON ${sameKey(columns, alias, 'r')}`;
  const isTouched = added.some(({ touched }) => touched.length > 0);
  const rows = `SELECT r.* FROM ${identifier(then)} AS r`;
  const parts = [
    ...(isTouched ? [rows + join('SEMI', 't', keys.touched, parentKey)] : []),
    ...(added.some(({ gone }) => gone.length > 0)
      ? [rows + (isTouched ? join('ANTI', 't', keys.touched, parentKey) : '') + join('SEMI', 'g', keys.gone, key)]
      : []),
  ];
  return parts.length === 0 ? `${rows} WHERE false` : parts.join(' UNION ALL ');
}

/** Rows of a table before this run that its changes replace, as a file of the run's: several models ask for them. */
export const replacedPath = (folder: string, name: string): string => join(folder, `${name}.replaced.parquet`);

/** Files that are being written by this process. */
const writing = new Map<string, Promise<void>>();

async function replacedFile({ plan, name, workspace, folder, signal }: Request, sql: string): Promise<string> {
  const file = replacedPath(folder, name);
  const write = async () => {
    const own = `${file}.${randomUUID()}.tmp`;
    await workspace.write(sql, own, { signal, compression: 'snappy', deadlineMs: plan.deadline });
    await rename(own, file);
  };
  // Whoever waits for another's does it itself when that one is stopped.
  await writing.get(file)?.catch(() => undefined);
  if (existsSync(file)) return file;
  const mine = write();
  writing.set(file, mine);
  try {
    await mine;
  } finally {
    if (writing.get(file) === mine) writing.delete(file);
  }
  return file;
}

/**
 * Makes a table of rows that were or are, where it is known that some differ. `unknown` where the table is too
 * large to be compared whole, or the earlier one is gone.
 */
export async function changesOf(services: Services, request: Request): Promise<'none' | 'some' | 'unknown'> {
  const { plan, before, name, as, columns, workspace, signal } = request;
  const fingerprintIn = (of: PlanDocument) =>
    [...of.sources, ...of.models].find((planned) => planned.name === name)?.fingerprint;
  if (fingerprintIn(plan) === fingerprintIn(before) || columns.length === 0) return 'none';
  const pair = await pairOf(services, request).catch(() => undefined);
  if (pair === undefined) return 'unknown';
  const { earlier, now, added } = pair;
  const [thenName, nowName] = [`${name} then`, `${name} now`];
  await workspace.layered(thenName, earlier, { signal });
  const count = async (table: string) =>
    Number((await workspace.query(`SELECT count(*) AS n FROM ${identifier(table)}`, { signal })).rows[0]?.n);
  if (added === undefined) {
    await workspace.layered(nowName, now, { signal });
    if ((await count(thenName)) + (await count(nowName)) > COMPARED_ROWS) return 'unknown';
  } else {
    const keys = { touched: `touched of ${name}`, gone: `gone of ${name}` };
    await workspace
      .table(
        keys.touched,
        added.flatMap(({ touched }) => touched),
        [],
        { signal },
      )
      .catch(() => undefined);
    await workspace
      .table(
        keys.gone,
        added.flatMap(({ gone }) => gone),
        [],
        { signal },
      )
      .catch(() => undefined);
    await workspace.layered(nowName, { ...now, layers: added }, { signal });
    await workspace.table(`${name} replaced`, [await replacedFile(request, replaced(thenName, added, now, keys))], [], {
      signal,
    });
  }
  const list = identifiers(columns);
  const [was, is] = [
    `SELECT ${list} FROM ${identifier(added === undefined ? thenName : `${name} replaced`)}`,
    `SELECT ${list} FROM ${identifier(nowName)}`,
  ];
  await workspace.view(as, `(${was} EXCEPT ALL ${is}) UNION ALL (${is} EXCEPT ALL ${was})`, { signal });
  return 'some';
}
