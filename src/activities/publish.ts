/** publish: the checked tables become an edition; the release log makes it live, or keeps what is. */
import { join } from 'node:path';
import type { Workspace } from '../adapters/engine';
import { DaybreakError } from '../domain/failure';
import type { Edition, EditionTable } from '../domain/edition';
import type { PlanDocument, PlannedModel } from '../domain/plan';
import type { Receipt } from '../domain/receipt';
import type { CheckResult, TableResult } from '../domain/run';
import { identifier } from '../domain/sql';
import { beating, queryBeat, secondsSince } from './beat';
import { makeEdition, tableOf } from './edition';
import { fingerprint } from './fingerprint';
import type { Services } from './services';
import { loadPlan, modelReceipt, openRun, prepareTables } from './tables';
import { ownToken } from './token';

export interface Publication {
  readonly outcome: 'published' | 'kept' | 'unchanged';
  readonly edition: string;
  readonly previous: string | null;
  readonly live: string | null;
  readonly tables: readonly TableResult[];
}

interface Run {
  readonly workspace: Workspace;
  readonly folder: string;
}

/** The table as it is published: the same rows, compressed better. Reused when its model was. */
async function compressed(
  services: Services,
  plan: PlanDocument,
  model: PlannedModel,
  run: Run,
  signal: AbortSignal,
  onProgress: (fraction: number) => void,
): Promise<Receipt> {
  const own = fingerprint({ published: model.fingerprint });
  const known = await services.ledger.findIntact(own);
  if (known !== undefined) return known;
  const started = Date.now();
  const token = ownToken();
  const path = join(run.folder, `${model.name}.${token}.zstd.tmp`);
  await prepareTables(services, plan, [model.name], run, signal);
  try {
    const written = await run.workspace.write(`FROM ${identifier(model.name)}`, path, {
      compression: 'zstd',
      signal,
      deadlineMs: plan.deadline,
      onProgress,
    });
    const data = await services.store.seal(path, `published/${model.name}.${own.slice(0, 16)}.${token}.parquet`);
    const { receipt } = await services.ledger.commit({
      name: model.name,
      fingerprint: own,
      data,
      ...written,
      keyChecksum: null,
      attempt: 1,
      seconds: secondsSince(started),
      madeAt: new Date().toISOString(),
      runId: plan.runId,
    });
    return receipt;
  } finally {
    await services.store.removeFile(path);
  }
}

/** Whether an edition made anew has exactly the rows of the live one. */
async function sameRows(
  services: Services,
  edition: Edition,
  live: Edition,
  candidate: ReadonlyMap<string, Receipt>,
  run: Run,
  signal: AbortSignal,
): Promise<boolean> {
  const same = (of: Edition) => JSON.stringify([of.definition, of.destination, of.window]);
  if (same(live) !== same(edition)) return false;
  for (const table of live.tables) {
    const mine = candidate.get(table.name);
    const theirs = await services.ledger.findIntact(fingerprint({ published: table.fingerprint }));
    if (mine === undefined || theirs === undefined || mine.rows !== theirs.rows) return false;
    // With blanks, as no table of a pipeline has.
    await run.workspace.table('new rows', [await services.store.link(mine.data, run.folder)], [], { signal });
    await run.workspace.table('live rows', [await services.store.link(theirs.data, run.folder)], [], { signal });
    const { rows } = await run.workspace.query(
      'SELECT count(*) AS n FROM (FROM "new rows" EXCEPT ALL FROM "live rows")',
      { signal },
    );
    if (Number(rows[0]?.n) !== 0) return false;
  }
  return live.tables.length === edition.tables.length;
}

/** Publishes what passed its gate. Repeating it, also after the swap, ends the same. */
export async function publishEdition(
  services: Services,
  planKey: string,
  checks: readonly CheckResult[],
): Promise<Publication> {
  const plan = await loadPlan(services, planKey);
  const beat = queryBeat('publish');
  return await beating(beat.details, async (signal) => {
    const run = await openRun(services, plan);
    const published = plan.models.filter((model) => model.published);
    if (published.length === 0) {
      throw new DaybreakError('BadDefinition', {
        what: 'no model is published',
        expected: '"-- publish: true" at the top of at least one model',
        next: 'mark the tables that readers should see',
      });
    }
    // The engine writes one after the other, while those before are hashed and made durable.
    const making = published.map(
      async (model) => [model.name, await compressed(services, plan, model, run, signal, beat.onProgress)] as const,
    );
    await Promise.allSettled(making);
    const receipts = new Map(await Promise.all(making));
    const tables = published.flatMap((model) => {
      const receipt = receipts.get(model.name);
      return receipt === undefined ? [] : [tableOf(model, receipt, `${model.name}.parquet`)];
    });
    const edition = await makeEdition(services, plan, tables, checks);
    const releases = services.releases(plan.pipeline);
    const destination = services.destination(plan);
    const before = await releases.live();
    const liveEdition = before === null ? undefined : await releases.edition(before.edition);
    if (
      plan.full &&
      liveEdition !== undefined &&
      liveEdition.id !== edition.id &&
      (await services.destination(liveEdition).holds(liveEdition)) &&
      (await sameRows(services, edition, liveEdition, receipts, run, signal))
    ) {
      return {
        outcome: 'unchanged',
        edition: liveEdition.id,
        previous: before?.previous ?? null,
        live: liveEdition.id,
        tables: destination.tables(liveEdition),
      };
    }
    await releases.keep(edition);
    await destination.stage(
      edition,
      new Map([...receipts].map(([name, receipt]) => [name, services.store.path(receipt.data)])),
    );
    services.failpoint('publish.beforeSwap');
    signal.throwIfAborted();
    const { released, previous } = await releases.release(edition, {
      by: plan.workflowId,
      now: new Date().toISOString(),
    });
    services.failpoint('publish.afterSwap');
    const live = await services.showLive(plan.pipeline);
    return {
      outcome: released ? 'published' : 'kept',
      edition: edition.id,
      previous,
      live,
      tables: destination.tables(edition),
    };
  });
}

/** Keeps a candidate that its gate stopped, with its verdict; readers go on seeing what they see. */
export async function keepCandidate(
  services: Services,
  planKey: string,
  checks: readonly CheckResult[],
): Promise<Publication> {
  const plan = await loadPlan(services, planKey);
  return await beating(
    () => ({ step: 'keep the candidate' }),
    async () => {
      const tables: EditionTable[] = [];
      for (const model of plan.models.filter(({ published }) => published)) {
        const receipt = await modelReceipt(services, model);
        tables.push(tableOf(model, receipt, services.store.path(receipt.data)));
      }
      const edition = await makeEdition(services, plan, tables, checks);
      await services.store.putIfAbsent(`candidates/${plan.pipeline}/${edition.id}`, edition);
      const live = await services.releases(plan.pipeline).live();
      return {
        outcome: 'kept',
        edition: edition.id,
        previous: live?.edition ?? null,
        live: live?.edition ?? null,
        tables: tables.map(({ name, file, rows, sha256 }) => ({ name, uri: file, rows, sha256 })),
      };
    },
  );
}
