/** The manifest of an edition, out of a plan and its receipts. */
import type { Edition, EditionTable } from '../domain/edition';
import type { PlanDocument, PlannedModel, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { CheckResult } from '../domain/run';
import { fingerprint } from './fingerprint';
import type { Services } from './services';
import { identifier } from '../domain/sql';
import { isMerged, openRun, partReceipts, prepareTables } from './tables';

/** Rows of a source's table: of a database, as its gate counted them. */
async function snapshotRows(services: Services, plan: PlanDocument, source: PlannedSource): Promise<number> {
  const { table } = source;
  if (isMerged(source.definition)) {
    const run = await openRun(services, plan);
    await prepareTables(services, plan, [source.name], run, new AbortController().signal);
    const { rows } = await run.workspace.query(`SELECT count(*) AS n FROM ${identifier(source.name)}`);
    return Number(rows[0]?.n ?? 0);
  }
  if (table === undefined) {
    const receipts = await partReceipts(services, plan, source);
    return receipts.reduce((sum, receipt) => sum + receipt.rows, 0);
  }
  const book = services.snapshots(plan.pipeline);
  const accepted = await book.ofRun(table.parent, plan);
  const snapshot = accepted ?? (table.base === null ? undefined : await book.get(table.base));
  return snapshot?.tables.find(({ name }) => name === source.name)?.rows ?? 0;
}

/** The manifest, the same at each attempt of a run. */
export async function makeEdition(
  services: Services,
  plan: PlanDocument,
  tables: readonly EditionTable[],
  checks: readonly CheckResult[],
): Promise<Edition> {
  const snapshots = await Promise.all(
    plan.sources.map(async (source) => {
      const rows = await snapshotRows(services, plan, source);
      return { source: source.name, fingerprint: source.fingerprint, cut: source.cut, rows };
    }),
  );
  const content = {
    pipeline: plan.pipeline,
    window: plan.window,
    knownAt: plan.plannedAt,
    fingerprint: plan.fingerprint,
    definition: plan.definition,
    destination: plan.destination,
    zone: plan.zone,
    snapshots,
    tables,
    checks,
    run: { workflowId: plan.workflowId, runId: plan.runId },
  };
  const id = `${plan.window.asOf}-${fingerprint({ run: plan.runId, tables: tables.map((table) => table.fingerprint) }).slice(0, 8)}`;
  return { id, ...content };
}

export const tableOf = (model: PlannedModel, receipt: Receipt, file: string): EditionTable => ({
  name: model.name,
  ...(model.description === undefined ? {} : { description: model.description }),
  rows: receipt.rows,
  bytes: receipt.data.bytes,
  sha256: receipt.data.sha256,
  fingerprint: model.fingerprint,
  file,
  ...(model.key === undefined ? {} : { key: model.key }),
  columns: model.columns,
});
