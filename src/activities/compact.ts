/** compact: an accepted snapshot of many layers becomes one of a single layer, with the same rows. */
import { join } from 'node:path';
import { DaybreakError } from '../domain/failure';
import type { Layer, PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { Snapshot } from '../domain/snapshot';
import { identifier } from '../domain/sql';
import { secondsSince } from './beat';
import { fingerprint } from './fingerprint';
import { keptLayers, type TableLayer } from './layers';
import type { Services } from './services';
import { linkedTable, openRun } from './tables';
import { ownToken } from './token';

/** Reading more layers than this costs more than writing their rows once. */
const MOST_LAYERS = 8;
/** Changed rows, and keys that are gone, for each row of the base. */
const MOST_SHARE = 0.2;

const rowsOf = ({ receipts, gone }: TableLayer): number =>
  receipts.reduce((sum, { rows }) => sum + rows, 0) + (gone?.rows ?? 0);

/** Whether one of the tables has many layers, or much in its younger ones. */
export function isLayered(tables: readonly (readonly TableLayer[])[]): boolean {
  return tables.some(([base, ...younger]) => {
    if (base === undefined || younger.length === 0) return false;
    const changed = younger.reduce((sum, layer) => sum + rowsOf(layer), 0);
    return younger.length >= MOST_LAYERS || changed > rowsOf(base) * MOST_SHARE;
  });
}

const withoutHistory = ({ chunks, gone }: Layer): Layer => ({ chunks, ...(gone === undefined ? {} : { gone }) });

/** Writes the merged rows of a family as one receipt. Fails as `Damaged` when they are not as many as were accepted. */
async function writeBase(
  services: Services,
  plan: PlanDocument,
  family: readonly PlannedSource[],
  snapshot: Snapshot,
  layers: ReadonlyMap<string, readonly TableLayer[]>,
  key: string,
  signal: AbortSignal,
): Promise<void> {
  const { store, ledger, threads } = services;
  const started = Date.now();
  const token = ownToken();
  const { workspace, folder } = await openRun(services, plan, { name: `compact-${token}`, threads });
  const receipts: Receipt[] = [];
  try {
    for (const source of family) {
      const { name } = source;
      await workspace.layered(name, await linkedTable(services, source, layers.get(name) ?? [], folder), { signal });
      const path = join(folder, `${name}.${token}.compacted.parquet`);
      const written = await workspace.write(`FROM ${identifier(name)}`, path, {
        compression: 'snappy',
        signal,
        deadlineMs: plan.deadline,
      });
      const accepted = snapshot.tables.find((table) => table.name === name)?.rows;
      if (written.rows !== accepted) {
        throw new DaybreakError('Damaged', {
          where: `source ${name}`,
          what: `the layers of the snapshot have ${written.rows} rows, and ${accepted} were accepted`,
          next: 'run with --full: the table is read anew',
        });
      }
      receipts.push({
        name,
        fingerprint: key,
        data: await store.seal(path, `parts/${name}.compacted.${key.slice(0, 16)}.${token}.parquet`),
        ...written,
        keyChecksum: null,
        attempt: 1,
        seconds: secondsSince(started),
        madeAt: new Date().toISOString(),
        runId: plan.runId,
      });
    }
  } finally {
    await workspace.close();
  }
  const [parent, ...children] = receipts;
  if (parent !== undefined) await ledger.commit({ ...parent, ...(children.length === 0 ? {} : { children }) });
}

/**
 * Compacts the newest snapshots of the plan's databases, where that is worth its while. They keep cut and fingerprints, so
 * that nothing is read or computed because of it; runs that are under way keep their layers.
 */
export async function compactSnapshots(services: Services, plan: PlanDocument, signal: AbortSignal): Promise<void> {
  const book = services.snapshots(plan.pipeline);
  for (const parent of plan.sources) {
    const { table, name } = parent;
    if (table === undefined || table.parent !== name) continue;
    const newest = await book.newest(name);
    if (newest?.snapshot.declared !== table.declared) continue;
    const { key, snapshot } = newest;
    const family = plan.sources.filter((source) => source.table?.parent === name);
    const layers = new Map<string, readonly TableLayer[]>();
    for (const member of family) layers.set(member.name, await keptLayers(services, snapshot.layers, member.name));
    if (!isLayered([...layers.values()])) continue;
    const base = fingerprint({ compacted: key });
    if ((await services.ledger.findIntact(base)) === undefined)
      await writeBase(services, plan, family, snapshot, layers, base, signal);
    const replaces = snapshot.layers.map(withoutHistory);
    await book.compact(key, { ...snapshot, layers: [{ chunks: [base], replaces }] });
  }
}
