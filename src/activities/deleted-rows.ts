/** Rows that are gone from a database: found by counting, and by comparing keys only where the counts differ. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import { identifier } from '../domain/sql';
import { countsRows } from './plan-table';
import type { Services } from './services';
import { databaseTables, goneKey } from './layers';
import type { openRun } from './tables';

type Run = Awaited<ReturnType<typeof openRun>>;

/** What the database counted in the transactions that read its changes; `null` where nobody asked, or rows that are marked as deleted are counted too. */
export function countedRows({ definition }: PlannedSource, receipts: readonly Receipt[]): number | null {
  if (definition.type === 'postgres' && definition.soft_delete !== undefined) return null;
  const counts = receipts.flatMap(({ chunk }) =>
    chunk?.counted === null || chunk === undefined ? [] : [chunk.counted],
  );
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}

/** Rows that were quarantined in any layer: the database has them, the snapshot has not. */
export async function everQuarantined(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  receipts: readonly Receipt[],
): Promise<number> {
  const base = source.table?.base;
  const known = base === null || base === undefined ? undefined : await services.snapshots(plan.pipeline).get(base);
  const before = known?.tables.find(({ name }) => name === source.name)?.quarantined ?? 0;
  return receipts.reduce((sum, { quarantined = 0 }) => sum + quarantined, before);
}

/** Whether a table has other rows than were counted: what a transaction counted is what the merged table must have. */
export const hasDeleted = (
  { definition }: PlannedSource,
  merged: { readonly rows: number; readonly counted: number | null; readonly quarantined: number },
): boolean =>
  definition.type === 'postgres' &&
  countsRows(definition) &&
  merged.counted !== null &&
  (merged.counted !== merged.rows || merged.quarantined > 0);

/**
 * Keys of a table that its database has no more. Lines of an order that changed since the cut stay as they are: it is not
 * the order that was read, and the next night brings it with its lines.
 */
function goneSql({ name, definition, table }: PlannedSource, present: string, touched: string | undefined): string {
  const own = definition.key ?? [];
  const without = (keys: string, alias: string, key: readonly string[]) =>
    ` ANTI JOIN ${identifier(keys)} AS ${alias} ON ${key
      .map((column) => `${alias}.${identifier(column)} = r.${identifier(column)}`)
      .join(' AND ')}`;
  const moved = touched === undefined ? '' : without(touched, 'p', table?.parentKey ?? []);
  return `SELECT ${own.map((column) => `r.${identifier(column)}`).join(', ')} FROM ${identifier(name)} AS r${without(present, 'k', own)}${moved}`;
}

/**
 * Puts the keys of a family that are gone into the ledger, all as of one instant; nothing when there are none. Keys are read
 * later than rows were, and a key that is missing by then is gone all the same.
 */
export async function findDeleted(
  services: Services,
  plan: PlanDocument,
  family: readonly PlannedSource[],
  run: Run,
  token: string,
  signal: AbortSignal,
): Promise<Receipt | undefined> {
  const { store, ledger } = services;
  const started = Date.now();
  const { folder, zone, variables, runId } = plan;
  const tables = databaseTables(family);
  const [parent] = family;
  if (parent?.cut === undefined || parent.cut === null) return undefined;
  const counted = family.filter(({ definition }) => definition.type === 'postgres' && countsRows(definition));
  const at = (name: string, kind: string) => join(run.folder, `${name}.${token}${kind}`);
  const targets = new Map(
    counted.map(({ name }) => [
      name,
      { keys: at(name, '.keys.parquet'), touched: at(name, '.touched.parquet'), scratch: at(name, '') },
    ]),
  );
  const key = goneKey(plan, parent.name);
  const receipts: Receipt[] = [];
  const database = await services.openDatabase({ tables, folder, scratch: run.folder, zone, variables, runId });
  try {
    await database.keys(parent.cut, targets, { signal });
    for (const source of counted) {
      const { name } = source;
      const [present, moved] = [`keys of ${name}`, `moved of ${name}`];
      await run.workspace.table(present, [at(name, '.keys.parquet')], [], { signal });
      if (source !== parent) await run.workspace.table(moved, [at(name, '.touched.parquet')], [], { signal });
      const found = at(name, '.gone.parquet');
      const written = await run.workspace.write(
        goneSql(source, present, source === parent ? undefined : moved),
        found,
        {
          signal,
          compression: 'snappy',
          deadlineMs: plan.deadline,
        },
      );
      receipts.push({
        name,
        fingerprint: key,
        data: await store.seal(found, `parts/${name}.gone.${key.slice(0, 16)}.${token}.parquet`),
        ...written,
        keyChecksum: null,
        attempt: Context.current().info.attempt,
        seconds: (Date.now() - started) / 1000,
        madeAt: new Date().toISOString(),
        runId,
      });
    }
    const [first, ...children] = receipts;
    if (first === undefined || receipts.every(({ rows }) => rows === 0)) return undefined;
    return (await ledger.commit({ ...first, ...(children.length === 0 ? {} : { children }) })).receipt;
  } finally {
    await database.close().catch(() => undefined);
    for (const { keys, touched } of targets.values()) for (const path of [keys, touched]) await store.removeFile(path);
  }
}
