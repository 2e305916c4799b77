/** extract: one lane of a source, part by part; each part is a fact as soon as it is in the ledger. */
import { Context } from '@temporalio/activity';
import { DaybreakError } from '../domain/failure';
import type { Receipt } from '../domain/receipt';
import type { CheckResult, LaneBeat } from '../domain/run';
import { beating, secondsSince } from './beat';
import type { Services } from './services';
import { watchingWaits } from './waiting';
import { extractParts } from './extract-parts';
import { extractStretches } from './extract-table';
import { loadPlan } from './tables';
import { ownToken } from './token';

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
  /** Why not all was read, as the check that stops the run. */
  readonly stopped?: CheckResult;
}

/** Extracts a lane. A part that is in the ledger with intact data is not read again. */
export async function extractLane(
  given: Services,
  planKey: string,
  name: string,
  laneIndex: number,
): Promise<LaneReport> {
  const { info } = Context.current();
  const { services, waiting } = watchingWaits(given);
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
      ...waiting(),
    };
  };
  const token = ownToken();
  const scratchName = `${plan.runId}/${name}-${laneIndex}-${token}`;
  const scratch = await services.store.scratch(scratchName);
  const children = new Map<string, NonNullable<LaneReport['children']>[number]>();
  const onChunk = (receipt: Receipt, known: boolean): void => {
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
  const lane = { plan, source, scratch, attempt: info.attempt, token, onChunk, onProgress };
  try {
    return await beating(beat, async (signal) => {
      if (source.table === undefined) {
        await extractParts(services, lane, parts, signal);
        return { ...report, seconds: secondsSince(started) };
      }
      const stopped = await extractStretches(services, lane, stretches, signal);
      return {
        ...report,
        seconds: secondsSince(started),
        children: [...children.values()],
        ...(stopped === undefined ? {} : { stopped }),
      };
    });
  } finally {
    await services.store.removeScratch(scratchName);
  }
}
