/** What the attempts of a run did more than once, as its history, its plan and the ledger tell. */
import type { LaneReport } from '../../src/activities';
import type { Receipt } from '../../src/domain/receipt';
import type { ModelResult } from '../../src/domain/run';
import { type Step, steps } from './history';
import type { TestServer } from './server';
import type { Site } from './site';

export interface Work {
  /** Parts that are committed. */
  readonly parts: number;
  /** Of each lane: parts that its last attempt read though an earlier one came to commit them. */
  readonly partsAgain: readonly number[];
  /** Models that a later attempt computed though an earlier one came to commit them. */
  readonly modelsAgain: readonly string[];
}

export async function workOf(
  server: TestServer,
  site: Site,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<Work> {
  const plan = await site.plan(run);
  const receipts = await site.receipts();
  const byFingerprint = new Map(receipts.map((receipt) => [receipt.fingerprint, receipt]));
  const earlier = (fingerprints: readonly (string | undefined)[], { attempt }: Step): Receipt[] =>
    fingerprints
      .map((fingerprint) => byFingerprint.get(fingerprint ?? ''))
      .filter((receipt) => receipt !== undefined)
      .filter((receipt) => receipt.runId === run.runId && receipt.attempt < attempt);
  const done = (await steps(server.client, run)).filter(({ result }) => result !== undefined);
  const partsAgain = done
    .filter(({ type }) => type.startsWith('extract_'))
    .map((step) => {
      const source = plan.sources.find(({ name }) => step.type === `extract_${name}`);
      const lane = source?.lanes[Number(step.args[1])] ?? [];
      const fingerprints = lane.map((index) => source?.parts[index]?.fingerprint);
      return earlier(fingerprints, step).length - (step.result as LaneReport).resumedParts;
    });
  const modelsAgain = done
    .filter(({ type, result }) => type.startsWith('transform_') && !(result as ModelResult).reused)
    .filter((step) => {
      const model = plan.models.find(({ name }) => step.type === `transform_${name}`);
      return earlier([model?.fingerprint], step).length > 0;
    })
    .map(({ type }) => type);
  return { parts: receipts.filter(({ part }) => part !== undefined).length, partsAgain, modelsAgain };
}
