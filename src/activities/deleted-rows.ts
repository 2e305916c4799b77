/** Rows that are gone from a database: found by counting, and by comparing keys only where the counts differ. */
import { join } from 'node:path';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import { identifier, identifiers } from '../domain/sql';
import { countsRows } from './plan-table';
import type { Services } from './services';
import { goneKey } from './layers';
import type { openRun } from './tables';

type Run = Awaited<ReturnType<typeof openRun>>;

/** What the database counted in the transactions that read its changes; `null` where nobody asked. */
export function countedRows(receipts: readonly Receipt[]): number | null {
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

/**
 * Puts the keys that are gone into the ledger, unless an attempt has, and gives whether there are some. What a transaction counted is what the
 * merged table must have, as every row that it saw is in the table; keys are read later, and a key that is missing by then
 * is gone all the same.
 */
export async function findDeleted(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  merged: { readonly rows: number; readonly counted: number | null; readonly quarantined: number },
  run: Run,
  token: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, definition } = source;
  if (definition.type !== 'postgres' || !countsRows(definition) || merged.counted === null) return false;
  if (merged.counted === merged.rows && merged.quarantined === 0) return false;
  const { store, ledger } = services;
  const key = goneKey(plan, name);
  const started = Date.now();
  const { folder, zone, variables, runId } = plan;
  const tables = plan.sources.flatMap(({ name: table, definition: declared, mapping, table: member }) =>
    declared.type !== 'postgres' || member?.parent !== source.table?.parent
      ? []
      : [{ name: table, definition: declared, ...(mapping === undefined ? {} : { mapping }) }],
  );
  const database = await services.openDatabase({ tables, folder, scratch: run.folder, zone, variables, runId });
  const path = join(run.folder, `${name}.${token}.keys.parquet`);
  const found = join(run.folder, `${name}.${token}.gone.parquet`);
  try {
    await database.keys(name, path, join(run.folder, `${name}.${token}`), { signal });
    const own = definition.key ?? [];
    const present = `keys of ${name}`;
    await run.workspace.table(present, [path], [], { signal });
    const equal = own.map((column) => `k.${identifier(column)} = r.${identifier(column)}`).join(' AND ');
    const gone = `SELECT ${identifiers(own)} FROM ${identifier(name)} AS r
      WHERE NOT EXISTS (SELECT 1 FROM ${identifier(present)} AS k WHERE ${equal})`;
    const written = await run.workspace.write(gone, found, {
      signal,
      compression: 'snappy',
      deadlineMs: plan.deadline,
    });
    if (written.rows === 0) return false;
    await ledger.commit({
      name,
      fingerprint: key,
      data: await store.seal(found, `parts/${name}.gone.${key.slice(0, 16)}.${token}.parquet`),
      ...written,
      keyChecksum: null,
      attempt: 1,
      seconds: (Date.now() - started) / 1000,
      madeAt: new Date().toISOString(),
      runId,
    });
    return true;
  } finally {
    await database.close().catch(() => undefined);
    for (const file of [path, found]) await store.removeFile(file);
  }
}
