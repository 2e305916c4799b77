/** What the run did, as its plan and the ledger know it: the same whenever it is asked. */
import type { Edition } from '../domain/edition';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { Operations, SourceFacts } from './data';

/** How receipts are found: by their keys, and everything that a run read of a source. */
export interface FindReceipts {
  findAll(fingerprints: readonly string[]): Promise<readonly (Receipt | undefined)[]>;
  ofSource(
    sources: readonly PlannedSource[],
    source: PlannedSource,
  ): Promise<{ readonly receipts: readonly Receipt[]; readonly missing: number }>;
}

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;

/** Of each lane, what an attempt found done by one before it. */
function resumed({ lanes }: PlannedSource, mine: readonly (Receipt | undefined)[]): number {
  return lanes.reduce((sum, parts) => {
    const attempts = parts.flatMap((part) => mine[part]?.attempt ?? []);
    return sum + attempts.filter((attempt) => attempt < Math.max(...attempts)).length;
  }, 0);
}

async function sourceFacts(
  source: PlannedSource,
  plan: PlanDocument,
  edition: Edition,
  found: FindReceipts,
): Promise<SourceFacts> {
  const receipts =
    source.table === undefined
      ? await found.findAll(source.parts.map(({ fingerprint }) => fingerprint))
      : (await found.ofSource(plan.sources, source)).receipts;
  const { runId } = plan;
  const mine = receipts.map((receipt) => (receipt?.runId === runId ? receipt : undefined));
  const sum = (of: (receipt: Receipt) => number, over: readonly (Receipt | undefined)[] = receipts) =>
    over.reduce((total, receipt) => total + (receipt === undefined ? 0 : of(receipt)), 0);
  return {
    name: source.name,
    absent: source.table === undefined && source.parts.length === 0,
    // What was read of a table is merged with what was known of it.
    rows: (source.table && edition.snapshots.find((of) => of.source === source.name)?.rows) ?? sum(({ rows }) => rows),
    read: sum(({ rows }) => rows, mine),
    quarantined: sum(({ quarantined = 0 }) => quarantined),
    parts: receipts.length,
    reusedParts: receipts.filter((receipt) => receipt !== undefined && receipt.runId !== runId).length,
    resumedParts: source.table === undefined ? resumed(source, mine) : 0,
    seconds: round(sum(({ seconds }) => seconds, mine)),
    cut: source.cut,
  };
}

/** `plan` is absent when the store has it no more: then the manifest tells what it can. */
export async function operationsOf(
  edition: Edition,
  plan: PlanDocument | undefined,
  releasedAt: string | null,
  find: FindReceipts,
): Promise<Operations> {
  if (plan === undefined) {
    const unknown = {
      read: null,
      quarantined: null,
      parts: null,
      reusedParts: null,
      resumedParts: null,
      seconds: null,
    };
    const sources = edition.snapshots.map(({ source, rows, cut }) => ({
      name: source,
      absent: cut === null,
      rows,
      cut,
      ...unknown,
    }));
    return { releasedAt, sources, models: null };
  }
  const sources = await Promise.all(plan.sources.map(async (source) => await sourceFacts(source, plan, edition, find)));
  const written = plan.models.filter((model) => model.written);
  const receipts = await find.findAll(written.map(({ fingerprint }) => fingerprint));
  const models = written.flatMap(({ name }, index) => {
    const receipt = receipts[index];
    return receipt === undefined
      ? []
      : [{ name, rows: receipt.rows, reused: receipt.runId !== plan.runId, seconds: receipt.seconds }];
  });
  return { releasedAt, sources, models };
}
