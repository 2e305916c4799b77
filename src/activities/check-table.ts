/** check: what a delivery of a database is held to, and the acceptance of the snapshot that it makes. */
import type { PlanDocument, PlannedSource } from '../domain/plan';
import { ofTable, type Receipt } from '../domain/receipt';
import type { CheckResult } from '../domain/run';
import type { Snapshot, SnapshotTable } from '../domain/snapshot';
import { identifier, identifiers } from '../domain/sql';
import { stops } from '../domain/verdict';
import { countedRows, everQuarantined, findDeleted, hasDeleted } from './deleted-rows';
import type { Services } from './services';
import { goneKey, layersToKeep, newLayers } from './layers';
import { layeredTable, linkFiles, type openRun, partReceipts } from './tables';
import { ownToken } from './token';

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

/** What was read of a table, and what it and the merged table hold before deleted rows are looked for. */
interface Counted {
  readonly source: PlannedSource;
  readonly receipts: readonly Receipt[];
  /** Different keys of each layer. */
  readonly keys: number;
  /** Of the merged table, with what an attempt before this one found deleted. */
  readonly rows: number;
  readonly counted: number | null;
  /** Quarantined in any layer. */
  readonly quarantined: number;
}

async function mergedRows(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  run: Run,
  signal: AbortSignal,
) {
  const { workspace, folder } = run;
  await workspace.layered(source.name, await layeredTable(services, plan, source, folder), { signal });
  return await figure(run, `SELECT count(*) AS n FROM ${identifier(source.name)}`, signal);
}

async function countTable(
  services: Services,
  plan: PlanDocument,
  source: PlannedSource,
  gone: Receipt | undefined,
  run: Run,
  signal: AbortSignal,
): Promise<Counted> {
  const { name } = source;
  const { workspace, folder } = run;
  const receipts = await partReceipts(services, plan, source);
  let keys = 0;
  // What changed since a first load began is read besides it: a key may be in each of them once.
  for (const layer of await newLayers(services, plan, source)) {
    const delivered = `delivery of ${name}`;
    const files = ofTable(layer, name).map(({ data }) => data);
    const paths = await linkFiles(services, files, folder);
    await workspace.table(delivered, paths, source.schema, { signal });
    const key = identifiers(source.definition.key ?? []);
    keys += await figure(run, `SELECT count(DISTINCT (${key})) AS n FROM ${identifier(delivered)}`, signal);
  }
  const merged = await mergedRows(services, plan, source, run, signal);
  return {
    source,
    receipts,
    keys,
    rows: merged + goneRows(gone, name),
    counted: countedRows(source, receipts),
    quarantined: await everQuarantined(services, plan, source, receipts),
  };
}

const goneRows = (gone: Receipt | undefined, name: string) =>
  gone === undefined ? 0 : sum(ofTable([gone], name), ({ rows }) => rows);

function findingsOf({ source, receipts, keys, rows: before, counted, quarantined: ever }: Counted, rows: number) {
  const { name, fingerprint } = source;
  const accepted = sum(receipts, (receipt) => receipt.rows);
  const quarantined = sum(receipts, (receipt) => receipt.quarantined ?? 0);
  const deleted = sum(receipts, ({ chunk }) => chunk?.deleted ?? 0);
  const read = sum(receipts, ({ chunk }) => chunk?.read ?? 0);
  // Rows that no cursor told of: the snapshot would never see them.
  const unseen = counted === null || ever > 0 ? 0 : Math.max(0, counted - before);
  const lost = Math.max(0, read - accepted - quarantined - deleted) + unseen;
  const duplicated = Math.max(0, accepted + quarantined + deleted - read) + (accepted - keys);
  const left = deleted === 0 ? '' : ` + ${deleted} deleted`;
  const unknown = unseen === 0 ? '' : `; ${unseen} rows are in the database that no cursor tells of`;
  const again = accepted - keys;
  const doubled =
    again === 0
      ? ''
      : `; ${again} rows have the key (${source.definition.key?.join(', ')}) of another row: is it unique?`;
  return {
    accepted,
    quarantined,
    lost,
    duplicated,
    receipts,
    observed: `${read} read = ${accepted} accepted + ${quarantined} quarantined${left}; ${rows} in the snapshot; ${lost} lost, ${duplicated} duplicated${unknown}${doubled}`,
    table: { name, rows, quarantined: ever, fingerprint },
  };
}

/** Counts what was read of a parent and its children against what the database sent, what it has, and what the merged tables have. */
export async function accountFamily(
  services: Services,
  plan: PlanDocument,
  parent: PlannedSource,
  run: Run,
  signal: AbortSignal,
): Promise<Map<string, TableFindings>> {
  const family = plan.sources.filter(({ table }) => table?.parent === parent.name);
  // An attempt before this one may have found the deleted rows.
  const before = await services.ledger.find(goneKey(plan, parent.name));
  const members: Counted[] = [];
  for (const source of family) members.push(await countTable(services, plan, source, before, run, signal));
  const token = ownToken();
  const gone =
    before ??
    (members.some((member) => hasDeleted(member.source, member))
      ? await findDeleted(services, plan, family, run, token, signal)
      : undefined);
  const findings = new Map<string, TableFindings>();
  for (const member of members) {
    const { source } = member;
    const rows = gone === undefined ? member.rows : await mergedRows(services, plan, source, run, signal);
    findings.set(source.name, findingsOf(member, rows));
  }
  return findings;
}

/** Accepts the snapshots whose gate let them through; what was rejected is read again. */
export async function settleSnapshots(
  services: Services,
  plan: PlanDocument,
  results: readonly CheckResult[],
  tables: ReadonlyMap<string, TableFindings>,
  proven: (table: string) => readonly string[],
): Promise<void> {
  const failed = new Set(
    results.filter((check) => check.severity === 'error' && stops(check)).map(({ subject }) => subject),
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
        tables: family.flatMap((source) => tables.get(source.name)?.table ?? []),
        proven: family.flatMap((source) => proven(source.name)),
        plannedAt: plan.plannedAt,
        runId: plan.runId,
      };
      await services.snapshots(plan.pipeline).accept(snapshot);
    }
    if (table.load !== null) await services.store.remove(table.load);
  }
}
