/** check: what a delivery of a database is held to, and the acceptance of the snapshot that it makes. */
import { Context } from '@temporalio/activity';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { CheckResult } from '../domain/run';
import type { Snapshot, SnapshotTable } from '../domain/snapshot';
import { identifier, identifiers } from '../domain/sql';
import { countedRows, everQuarantined, findDeleted } from './deleted-rows';
import type { Services } from './services';
import { goneKey, layersToKeep } from './layers';
import { layeredTable, type openRun, partReceipts } from './tables';

type Run = Awaited<ReturnType<typeof openRun>>;

export interface TableFindings {
  readonly accepted: number;
  readonly quarantined: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly observed: string;
  readonly receipts: readonly Receipt[];
  /** As the snapshot has it when it is accepted. */
  readonly table: SnapshotTable;
}

const sum = (receipts: readonly Receipt[], of: (receipt: Receipt) => number) =>
  receipts.reduce((total, receipt) => total + of(receipt), 0);

async function figure(run: Run, sql: string, signal: AbortSignal): Promise<number> {
  const { rows } = await run.workspace.query(sql, { signal });
  return Number(rows[0]?.n ?? 0);
}

/** Counts what was read against what the database sent, what it has, and what the merged table has. */
export async function accountTable(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  run: Run,
  signal: AbortSignal,
): Promise<TableFindings> {
  const { name } = source;
  const { workspace, folder } = run;
  const receipts = await partReceipts(services, plan, source);
  const accepted = sum(receipts, ({ rows }) => rows);
  const quarantined = sum(receipts, (receipt) => receipt.quarantined ?? 0);
  const deleted = sum(receipts, ({ chunk }) => chunk?.deleted ?? 0);
  const read = sum(receipts, ({ chunk }) => chunk?.read ?? 0);
  const delivered = `delivery of ${name}`;
  const paths: string[] = [];
  for (const { data } of receipts) paths.push(await services.store.link(data, folder));
  await workspace.table(delivered, paths, source.schema, { signal });
  const key = source.definition.key ?? [];
  const keys = await figure(
    run,
    `SELECT count(DISTINCT (${identifiers(key)})) AS n FROM ${identifier(delivered)}`,
    signal,
  );
  const merge = async (): Promise<number> => {
    await workspace.layered(name, await layeredTable(services, plan, source, folder), { signal });
    return await figure(run, `SELECT count(*) AS n FROM ${identifier(name)}`, signal);
  };
  let rows = await merge();
  // An attempt before this one may have found the deleted rows.
  const gone = await services.ledger.find(goneKey(plan, name));
  const before = rows + (gone?.rows ?? 0);
  const counted = countedRows(receipts);
  const ever = await everQuarantined(services, plan, source, receipts);
  // Rows that no cursor told of: the snapshot would never see them.
  const unseen = counted === null || ever > 0 ? 0 : Math.max(0, counted - before);
  const token = `${Context.current().info.attempt}-${process.pid}-${Date.now().toString(36)}`;
  const merged = { rows: before, counted, quarantined: ever };
  if (gone === undefined && (await findDeleted(services, plan, source, merged, run, token, signal)))
    rows = await merge();
  const lost = Math.max(0, read - accepted - quarantined - deleted) + unseen;
  const duplicated = Math.max(0, accepted + quarantined + deleted - read) + (accepted - keys);
  const left = deleted === 0 ? '' : ` + ${deleted} deleted`;
  const also = unseen === 0 ? '' : `; ${unseen} rows are in the database that no cursor tells of`;
  return {
    accepted,
    quarantined,
    lost,
    duplicated,
    receipts,
    observed: `${read} read = ${accepted} accepted + ${quarantined} quarantined${left}; ${rows} in the snapshot; ${lost} lost, ${duplicated} duplicated${also}`,
    table: { name, rows, quarantined: ever, fingerprint: source.fingerprint },
  };
}

/** Accepts the snapshots whose gate let them through; what was rejected is read again. */
export async function settleSnapshots(
  services: Services,
  plan: PlanDocument,
  results: readonly CheckResult[],
  tables: ReadonlyMap<string, SnapshotTable>,
): Promise<void> {
  const failed = new Set(
    results
      .filter(({ outcome, severity }) => severity === 'error' && (outcome === 'fail' || outcome === 'error'))
      .map(({ subject }) => subject),
  );
  for (const parent of plan.sources) {
    const { table, name } = parent;
    if (table === undefined || table.parent !== name || table.stretches.length === 0) continue;
    const family = plan.sources.filter((source) => source.table?.parent === name);
    if (!family.some((source) => failed.has(source.name))) {
      const snapshot: Snapshot = {
        source: name,
        declared: table.declared,
        cut: parent.cut,
        layers: [...table.layers, ...(await layersToKeep(services, plan, parent))],
        tables: family.flatMap((source) => tables.get(source.name) ?? []),
        plannedAt: plan.plannedAt,
        runId: plan.runId,
      };
      await services.snapshots(plan.pipeline).accept(snapshot);
    }
    if (table.load !== null) await services.store.remove(table.load);
  }
}
