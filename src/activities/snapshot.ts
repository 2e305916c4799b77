/** What a run read of a database, what that makes of a snapshot, and its acceptance. */
import { DaybreakError } from '../domain/failure';
import type { Layer, PlanDocument, PlannedSource, PlannedStretch, PlannedTable } from '../domain/plan';
import type { KeyBound, Receipt } from '../domain/receipt';
import { fingerprint } from './fingerprint';
import type { Ledger } from '../adapters/ledger';

export interface Reading {
  readonly ledger: Pick<Ledger, 'findAll'>;
}

/** Ledger key of the chunk of a stretch that begins after a key. */
export const chunkKey = (stretch: string, from: KeyBound): string => fingerprint({ stretch, from });

/** Ledger key of the keys that a run found deleted in a table. */
export const goneKey = (plan: Pick<PlanDocument, 'runId'>, table: string): string =>
  fingerprint({ gone: table, run: plan.runId });

const isEnd = (a: KeyBound, b: KeyBound) => JSON.stringify(a) === JSON.stringify(b);

/** Receipts of a stretch, each going on where the one before it ended. Ends early where one is not there yet. */
export async function chunksOf(
  { ledger }: Reading,
  stretch: PlannedStretch,
): Promise<{ receipts: Receipt[]; whole: boolean }> {
  const receipts: Receipt[] = [];
  let from = stretch.from;
  for (;;) {
    const receipt = (await ledger.findAll([chunkKey(stretch.fingerprint, from)]))[0];
    if (receipt?.chunk === undefined) return { receipts, whole: false };
    receipts.push(receipt);
    if (isEnd(receipt.chunk.to, stretch.to)) return { receipts, whole: true };
    from = receipt.chunk.to;
  }
}

/** The source that a table is read with. */
export function parentOf(
  plan: Pick<PlanDocument, 'sources'>,
  source: PlannedSource,
): PlannedSource & { readonly table: PlannedTable } {
  const parent = plan.sources.find(({ name }) => name === source.table?.parent);
  if (parent?.table === undefined) throw new DaybreakError('Bug', { what: `${source.name} is read with no table` });
  return { ...parent, table: parent.table };
}

/** What there is of what a run reads of a source, and how many parts or stretches are not there or not whole. */
export async function readSoFar(
  services: Reading,
  plan: Pick<PlanDocument, 'sources'>,
  source: PlannedSource,
): Promise<{ readonly receipts: readonly Receipt[]; readonly missing: number }> {
  if (source.table === undefined) {
    const found = await services.ledger.findAll(source.parts.map((part) => part.fingerprint));
    const receipts = found.filter((receipt) => receipt !== undefined);
    return { receipts, missing: found.length - receipts.length };
  }
  const chunks = await Promise.all(
    parentOf(plan, source).table.stretches.map(async (stretch) => await chunksOf(services, stretch)),
  );
  return {
    receipts: ofTable(
      chunks.flatMap(({ receipts }) => receipts),
      source.name,
    ),
    missing: chunks.filter(({ whole }) => !whole).length,
  };
}

/** What was read tonight, in layers: rows that were read whole, then what changed. Fails as `Damaged` when a chunk is missing. */
export async function newLayers(services: Reading, plan: PlanDocument, source: PlannedSource): Promise<Receipt[][]> {
  const { table } = parentOf(plan, source);
  const layers = new Map<boolean, Receipt[]>();
  for (const stretch of table.stretches) {
    const { receipts, whole } = await chunksOf(services, stretch);
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

/** Of a chunk's receipts, those of one table of the family. */
export const ofTable = (receipts: readonly Receipt[], name: string): Receipt[] =>
  receipts.flatMap((receipt) => [receipt, ...(receipt.children ?? [])]).filter((receipt) => receipt.name === name);

/** A layer of a table: its rows, and the keys that they replace in older ones. */
export interface TableLayer {
  readonly receipts: readonly Receipt[];
  /** Keys that were found deleted. */
  readonly gone: Receipt | undefined;
}

/** All layers of a table, oldest first. */
export async function layersOf(services: Reading, plan: PlanDocument, source: PlannedSource): Promise<TableLayer[]> {
  const { ledger } = services;
  const { name } = source;
  const layers: TableLayer[] = [];
  for (const { chunks, gone } of source.table?.layers ?? []) {
    const found = await ledger.findAll(chunks);
    if (found.some((receipt) => receipt === undefined)) {
      throw new DaybreakError('Damaged', {
        where: `source ${name}`,
        what: 'a chunk of the accepted snapshot is not in the ledger any more',
        next: 'run with --full: the table is read anew',
      });
    }
    const key = gone?.[name];
    layers.push({
      receipts: ofTable(
        found.filter((receipt) => receipt !== undefined),
        name,
      ),
      gone: key === undefined ? undefined : (await ledger.findAll([key]))[0],
    });
  }
  const fresh = await newLayers(services, plan, source);
  const [gone] = await ledger.findAll([goneKey(plan, name)]);
  fresh.forEach((receipts, index) =>
    layers.push({ receipts: ofTable(receipts, name), gone: index === fresh.length - 1 ? gone : undefined }),
  );
  return layers;
}

/** The layers that tonight adds, as a snapshot keeps them. */
export async function layersToKeep(services: Reading, plan: PlanDocument, parent: PlannedSource): Promise<Layer[]> {
  const fresh = await newLayers(services, plan, parent);
  const family = plan.sources.filter(({ table }) => table?.parent === parent.name);
  const gone: Record<string, string> = {};
  for (const { name } of family) {
    const key = goneKey(plan, name);
    if ((await services.ledger.findAll([key]))[0] !== undefined) gone[name] = key;
  }
  return fresh.map((receipts, index) => ({
    chunks: receipts.map((receipt) => receipt.fingerprint),
    ...(index === fresh.length - 1 && Object.keys(gone).length > 0 ? { gone } : {}),
  }));
}
