/**
 * The page: customer analytics from plan to publish. It reads as the diagram in the README.
 *
 *     plan → extract (in parallel) → check sources → transform (a graph) → check → publish → report → notify
 */
import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { LaneReport } from '../activities';
import { runGraph } from '../domain/graph';
import type { RunBrief, SourceBrief } from '../domain/plan';
import type { CheckResult, RunResult } from '../domain/run';
import { planRun, runActivities } from './activity-options';
import { notify } from './notify';
import { type ProgressBoard, progressBoard } from './progress';
import { type Account, addSource, failedRun, newAccount, resultOf, stepFailure } from './run';
import { type TimedActivities, timedActivities } from './timings';

/** Runs a pipeline once. Input: a `RunRequest`, as data that nobody has looked at yet. */
export async function customerAnalytics(input: unknown): Promise<RunResult> {
  const account = newAccount();
  const board = progressBoard(account.timings);
  try {
    const plan = await account.timings.step('planRun', async () => await planRun(input));
    account.brief = plan;
    board.planned(plan);
    if (plan.settled === undefined) return await work(plan, account, board);
    keepChecks(account, board, plan.settled.checks ?? []);
    return end(account, board, plan.settled.outcome);
  } catch (error) {
    board.ended(isCancellation(error) ? 'cancelled' : 'failed');
    throw failedRun(account, error);
  } finally {
    // What was recorded before there was a watch ends without a word to it.
    if (patched('notify')) await notify(account, input);
  }
}

async function work(plan: RunBrief, account: Account, board: ProgressBoard): Promise<RunResult> {
  const run = timedActivities(runActivities(plan), account.timings);
  try {
    board.stage('extract');
    const stopped = (await allSettled(plan.sources.map((source) => extract(run, source, account, board)))).flat();
    if (stopped.length > 0) {
      keepChecks(account, board, stopped);
      return end(account, board, 'blocked');
    }

    board.stage('check sources');
    const delivered = await run.validateSources(plan.plan);
    account.resumed = { ...account.resumed, ...delivered.resumed };
    keepChecks(account, board, delivered.results);
    if (!delivered.passed) return end(account, board, 'blocked');

    board.stage('transform');
    await transform(run, plan, account, board);

    board.stage('check');
    const verdict = await run.validateDataQuality(plan.plan);
    keepChecks(account, board, verdict.results);
    if (!verdict.passed) {
      account.publication = await run.keepCandidate(plan.plan, account.checks);
      return end(account, board, 'blocked');
    }

    board.stage('publish');
    account.publication = await run.publish(plan.plan, account.checks);
    // Runs that began before there were reports end without one.
    if (account.publication.outcome !== 'unchanged' && patched('report')) await report(run, plan, account, board);
    return end(account, board, account.publication.outcome);
  } finally {
    await CancellationScope.nonCancellable(() => run.sweep(plan.plan)).catch(() => undefined);
  }
}

/**
 * All lanes of a source at the same time; finished parts are facts, whatever happens to the others. Gives why not all was
 * read, once for the source.
 */
async function extract(
  run: TimedActivities,
  source: SourceBrief,
  account: Account,
  board: ProgressBoard,
): Promise<CheckResult[]> {
  board.extracting(source.name);
  try {
    const lanes: LaneReport[] = await allSettled(
      Array.from({ length: source.lanes }, (_, lane) => run.extract(source, lane)),
    );
    addSource(account, source, lanes);
    const [stopped] = lanes.flatMap((lane) => lane.stopped ?? []);
    if (stopped === undefined) board.extracted(source.name, lanes);
    else board.extractFailed(source.name, stopped.observed);
    return stopped === undefined ? [] : [stopped];
  } catch (error) {
    board.extractFailed(source.name, stepFailure(error).message);
    throw error;
  }
}

/** Each model as soon as what it reads is there; a failed one skips only what depends on it. */
async function transform(run: TimedActivities, plan: RunBrief, account: Account, board: ProgressBoard): Promise<void> {
  let first: Error | undefined;
  await runGraph(
    plan.models,
    async (model) => {
      board.transforming(model.name);
      try {
        const { attempt: _, ...result } = await run.transform(model);
        account.models.push(result);
        board.transformed(result);
      } catch (error) {
        first ??= error as Error;
        board.transformFailed(model.name, stepFailure(error).message);
        throw error;
      }
    },
    (model, because) => {
      account.skipped.push(model.name);
      board.skipped(model.name, because);
    },
  );
  if (first !== undefined) throw first;
}

/** The edition is out, whatever becomes of its report. */
async function report(run: TimedActivities, plan: RunBrief, account: Account, board: ProgressBoard): Promise<void> {
  board.stage('report');
  try {
    account.report = await run.updateDashboard(plan.plan, account.publication?.edition ?? '');
  } catch (error) {
    account.report = { problem: isCancellation(error) ? 'it was cancelled' : stepFailure(error).message };
  }
  board.reported(account.report);
}

/** Like `Promise.all`, but waits for the siblings of a failure before it throws it. */
async function allSettled<T>(promises: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

function keepChecks(account: Account, board: ProgressBoard, results: readonly CheckResult[]): void {
  account.checks.push(...results);
  board.checked(results);
}

function end(account: Account, board: ProgressBoard, outcome: RunResult['outcome']): RunResult {
  const result = resultOf(account, outcome);
  account.result = result;
  board.ended(outcome, result.edition);
  return result;
}
