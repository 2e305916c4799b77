/** extract: one lane of a source, part by part; each part is a fact as soon as it is in the ledger. */
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Source } from '../adapters/source';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, PlannedPart, PlannedSource } from '../domain/plan';
import type { DataFile, Receipt } from '../domain/receipt';
import type { LaneBeat } from '../domain/run';
import { beating, secondsSince } from './beat';
import type { Services } from './services';
import { extractStretches } from './extract-table';
import { loadPlan } from './tables';

export interface LaneReport {
  readonly rows: number;
  readonly quarantined: number;
  readonly parts: number;
  /** Parts that an earlier attempt or run had committed. */
  readonly resumedParts: number;
  readonly resumedRows: number;
  readonly seconds: number;
  /** Of tables that are read with it. */
  readonly children?: readonly { readonly name: string; readonly rows: number; readonly quarantined: number }[];
}

interface Lane {
  readonly plan: PlanDocument;
  readonly source: PlannedSource;
  readonly open: Source;
  readonly scratch: string;
  readonly attempt: number;
  /** The attempt's own mark in file names. */
  readonly token: string;
}

/** Reads and commits one part. Who commits first wins; the receipt that is true comes back either way. */
async function extractPart(
  services: Services,
  lane: Lane,
  part: PlannedPart,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Receipt> {
  const { store, ledger } = services;
  const started = Date.now();
  const target = {
    data: join(lane.scratch, 'part.parquet'),
    quarantine: join(lane.scratch, 'quarantine.parquet'),
    scratch: lane.scratch,
  };
  const read = await lane.open.read(part, target, { signal, onProgress });
  services.failpoint('part.written');
  const name = `parts/${part.fingerprint.slice(0, 24)}.${lane.token}`;
  const quarantine: { quarantine?: DataFile } =
    read.quarantined === 0 ? {} : { quarantine: await store.seal(target.quarantine, `${name}.quarantine.parquet`) };
  const data = await store.seal(target.data, `${name}.parquet`);
  const { fingerprint: _, ...range } = part;
  const { receipt } = await ledger.commit({
    name: lane.source.name,
    fingerprint: part.fingerprint,
    data,
    rows: read.rows,
    schema: read.schema,
    keyChecksum: read.keyChecksum,
    attempt: lane.attempt,
    seconds: secondsSince(started),
    madeAt: new Date().toISOString(),
    runId: lane.plan.runId,
    part: range,
    quarantined: read.quarantined,
    ...quarantine,
  });
  services.failpoint('part.committed');
  return receipt;
}

/** Extracts a lane. A part that is in the ledger with intact data is not read again. */
export async function extractLane(
  services: Services,
  planKey: string,
  name: string,
  laneIndex: number,
): Promise<LaneReport> {
  const { info } = Context.current();
  const started = Date.now();
  const plan = await loadPlan(services, planKey);
  const source = plan.sources.find((planned) => planned.name === name);
  const indexes = source?.lanes[laneIndex];
  if (source === undefined || indexes === undefined)
    throw new DaybreakError('Bug', { what: `there is no lane ${laneIndex} of ${name}` });
  const parts = indexes.map((index) => source.parts[index]).filter((part) => part !== undefined);
  const stretches = indexes.map((index) => source.table?.stretches[index]).filter((stretch) => stretch !== undefined);
  const ofRecords = [...parts, ...stretches].reduce((sum, part) => sum + part.records, 0);
  const report = { rows: 0, quarantined: 0, parts: 0, resumedParts: 0, resumedRows: 0 };
  let inPart = 0;
  const beat = (): LaneBeat => {
    const records = report.rows + report.quarantined + inPart;
    const fresh = records - report.resumedRows;
    const seconds = Math.max(0.001, (Date.now() - started) / 1000);
    return {
      source: name,
      lane: laneIndex,
      parts: report.parts,
      ofParts: Math.max(report.parts, parts.length + stretches.length),
      records,
      ofRecords,
      recordsPerSecond: Math.round(fresh / seconds),
    };
  };
  const token = `${info.attempt}-${process.pid}-${started.toString(36)}`;
  const scratchName = `${plan.runId}/${name}-${laneIndex}-${token}`;
  const scratch = await services.store.scratch(scratchName);
  const { definition, mapping } = source;
  const children = new Map<string, { name: string; rows: number; quarantined: number }>();
  const done = (receipt: Receipt, known: boolean): void => {
    inPart = 0;
    for (const { name: child, rows, quarantined = 0 } of receipt.children ?? []) {
      const before = children.get(child) ?? { name: child, rows: 0, quarantined: 0 };
      children.set(child, { name: child, rows: before.rows + rows, quarantined: before.quarantined + quarantined });
    }
    report.parts += 1;
    report.rows += receipt.rows;
    report.quarantined += receipt.quarantined ?? 0;
    if (known) {
      report.resumedParts += 1;
      report.resumedRows += receipt.rows + (receipt.quarantined ?? 0);
    }
    Context.current().heartbeat(beat());
  };
  const onProgress = (records: number): void => {
    inPart = records;
  };
  try {
    return await beating(beat, async (signal) => {
      if (definition.type === 'postgres') {
        const family = plan.sources.filter(({ table }) => table?.parent === name);
        const tables = family.flatMap((member) =>
          member.definition.type !== 'postgres'
            ? []
            : [
                {
                  name: member.name,
                  definition: member.definition,
                  ...(member.mapping === undefined ? {} : { mapping: member.mapping }),
                },
              ],
        );
        const { folder, zone, variables, runId } = plan;
        const open = async () => await services.openDatabase({ tables, folder, scratch, zone, variables, runId });
        const lane = { plan, source, family, scratch, attempt: info.attempt, token, open, onChunk: done, onProgress };
        await extractStretches(services, lane, stretches, signal);
        return { ...report, seconds: secondsSince(started), children: [...children.values()] };
      }
      let opened: Awaited<ReturnType<Services['openSource']>> | undefined;
      try {
        for (const part of parts) {
          signal.throwIfAborted();
          const known = await services.ledger.findIntact(part.fingerprint);
          let receipt = known;
          if (receipt === undefined) {
            opened ??= await services.openSource({
              name,
              definition,
              ...(mapping === undefined ? {} : { mapping }),
              folder: plan.folder,
              scratch,
              zone: plan.zone,
              variables: plan.variables,
            });
            const lane = { plan, source, open: opened.source, scratch, attempt: info.attempt, token };
            receipt = await extractPart(services, lane, part, signal, onProgress);
          }
          done(receipt, known !== undefined);
        }
        return { ...report, seconds: secondsSince(started) };
      } finally {
        await opened?.close().catch(() => undefined);
      }
    });
  } finally {
    await services.store.removeScratch(scratchName);
  }
}
