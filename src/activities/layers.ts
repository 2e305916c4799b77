/** What a run read of a database, in layers: rows that were read whole, then what changed. */
import type { DatabaseTable } from '../adapters/source';
import { DaybreakError } from '../domain/failure';
import type { Layer, PlanDocument, PlannedSource } from '../domain/plan';
import { ofTable, type Receipt } from '../domain/receipt';
import { fingerprint } from './fingerprint';
import type { Services } from './services';

type Reading = Pick<Services, 'ledger'>;

/** Ledger key of the keys that a run found deleted in a table and its children: one receipt, as they are of one instant. */
export const goneKey = (plan: Pick<PlanDocument, 'runId'>, parent: string): string =>
  fingerprint({ gone: parent, run: plan.runId });

/** What was read tonight, in layers: rows that were read whole, then what changed. Fails as `Damaged` when a chunk is missing. */
export async function newLayers(services: Reading, plan: PlanDocument, source: PlannedSource): Promise<Receipt[][]> {
  const table = plan.sources.find(({ name }) => name === source.table?.parent)?.table;
  const layers = new Map<boolean, Receipt[]>();
  for (const stretch of table?.stretches ?? []) {
    const { receipts, whole } = await services.ledger.chunks(stretch);
    if (!whole) {
      throw new DaybreakError('Damaged', {
        where: `source ${source.name}`,
        what: 'a chunk of the table is not in the ledger',
        next: 'start the run again: only what is missing is read',
      });
    }
    const changes = stretch.since !== null;
    layers.set(changes, [...(layers.get(changes) ?? []), ...receipts]);
  }
  return [...layers.values()];
}

/** Planned tables as their database is asked for them, the parent first. */
export const databaseTables = (family: readonly PlannedSource[]): DatabaseTable[] =>
  family.flatMap(({ name, definition, mapping }) =>
    definition.type === 'postgres' ? [{ name, definition, ...(mapping === undefined ? {} : { mapping }) }] : [],
  );

/** A layer of a table: its rows, and the keys that they replace in older ones. */
export interface TableLayer {
  readonly receipts: readonly Receipt[];
  /** Keys that were found deleted. */
  readonly gone: Receipt | undefined;
}

async function goneOf(services: Reading, key: string | undefined, name: string): Promise<Receipt | undefined> {
  const [found] = key === undefined ? [] : await services.ledger.findAll([key]);
  return found === undefined ? undefined : ofTable([found], name)[0];
}

/** Layers of a table that a snapshot keeps, oldest first. Fails as `Damaged` when a chunk is missing. */
export async function keptLayers(services: Reading, layers: readonly Layer[], name: string): Promise<TableLayer[]> {
  const kept: TableLayer[] = [];
  for (const { chunks, gone } of layers) {
    const found = await services.ledger.findAll(chunks);
    if (found.some((receipt) => receipt === undefined)) {
      throw new DaybreakError('Damaged', {
        where: `source ${name}`,
        what: 'a chunk of the accepted snapshot is not in the ledger any more',
        next: 'run with --full: the table is read anew',
      });
    }
    const receipts = ofTable(
      found.filter((receipt) => receipt !== undefined),
      name,
    );
    kept.push({ receipts, gone: await goneOf(services, gone?.[name], name) });
  }
  return kept;
}

/** All layers of a table, oldest first. */
export async function layersOf(services: Reading, plan: PlanDocument, source: PlannedSource): Promise<TableLayer[]> {
  const { name } = source;
  const layers = await keptLayers(services, source.table?.layers ?? [], name);
  const fresh = await newLayers(services, plan, source);
  const gone = await goneOf(services, goneKey(plan, source.table?.parent ?? name), name);
  fresh.forEach((receipts, index) =>
    layers.push({ receipts: ofTable(receipts, name), gone: index === fresh.length - 1 ? gone : undefined }),
  );
  return layers;
}

/** The layers that tonight adds, as a snapshot keeps them. */
export async function layersToKeep(services: Reading, plan: PlanDocument, parent: PlannedSource): Promise<Layer[]> {
  const fresh = await newLayers(services, plan, parent);
  const key = goneKey(plan, parent.name);
  const [found] = await services.ledger.findAll([key]);
  const names = found === undefined ? [] : [found.name, ...(found.children ?? []).map(({ name }) => name)];
  const gone = Object.fromEntries(names.map((name) => [name, key]));
  return fresh.map((receipts, index) => ({
    chunks: receipts.map((receipt) => receipt.fingerprint),
    ...(index === fresh.length - 1 && Object.keys(gone).length > 0 ? { gone } : {}),
  }));
}
