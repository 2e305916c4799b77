/** plan: raw input → everything that the run will do, recorded in the store. */
import { Context } from '@temporalio/activity';
import type { Pipeline } from '../adapters/definition/pipeline';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, RunBrief } from '../domain/plan';
import { type CheckResult, DEFAULT_PIPELINE, type Window } from '../domain/run';
import { judge } from '../domain/verdict';
import { deadlineOfNight } from '../domain/watch/deadline';
import { expectations } from '../domain/watch/time-left';
import { beating } from './beat';
import { briefGraph } from './brief';
import { claimRun } from './claim';
import { heldFullLoads } from './full-loads';
import { lastRecords, noteWatched, tellOrLog } from './history';
import { tellStarted } from './lineage';
import { alreadyLive, makeDocument, readRequest, readWork } from './plan-document';
import { beginLoads } from './plan-table';
import type { Services } from './services';
import type { RunNote } from './sweep';
import { watchingWaits } from './waiting';

/** Tables that are not as declared, as checks that stop the run; nothing where it is another failure. */
function driftChecks(error: unknown): CheckResult[] | undefined {
  if (!(error instanceof DaybreakError) || error.kind !== 'SchemaDrifted') return undefined;
  const { problems, text } = error;
  const found = problems.length > 0 ? problems : [{ file: text.where ?? 'sources', message: text.what }];
  return found.map(({ file, message }) =>
    judge(
      { name: 'schema', subject: file, severity: 'error' },
      { passed: false, observed: message, expected: 'the columns that are declared' },
    ),
  );
}

/** When the data of a window are needed, where that is declared for its day. */
function deadlineOf({ definition, firstStart }: Pipeline, { asOf }: Window): Pick<RunBrief, 'deadline'> {
  const { deadline, zone } = definition;
  if (deadline === undefined) return {};
  const at = deadlineOfNight(asOf, firstStart(asOf), deadline, zone);
  return at === null ? {} : { deadline: { at: at.toISOString(), text: `${deadline.split(' ')[0]} ${zone}` } };
}

/** Makes the plan of the current run. Fails as `BadRequest` or `BadDefinition` with every problem at once. */
export async function planRun(given: Services, input: unknown): Promise<RunBrief> {
  const { workflowExecution, scheduledTimestampMs: since } = Context.current().info;
  if (workflowExecution === undefined) throw new DaybreakError('Bug', { what: 'planRun runs inside a workflow' });
  const run = { workflowId: workflowExecution.workflowId, runId: workflowExecution.runId };
  const request = readRequest(input);
  const { services, waiting } = watchingWaits(given);
  const { store } = services;
  let doing = 'reading the pipeline';
  let file: string | null = null;
  return await beating(
    () => ({ step: 'plan', doing, ...(file === null ? {} : { waiting: file }), ...waiting() }),
    async (signal) => {
      const work = await readWork(services, request, async () => {
        const described = await services.describeRun(run.workflowId, run.runId);
        return described?.logicalTime ?? new Date();
      });
      const { files, pipeline, definitionHash, window, live } = work;
      const { name } = pipeline.definition;
      await store.putIfAbsent<RunNote>(`runs/${run.runId}`, {
        workflowId: run.workflowId,
        at: new Date().toISOString(),
      });
      const settings = await noteWatched(services, request.pipeline ?? DEFAULT_PIPELINE, pipeline.definition);
      await store.putIfAbsent(`definitions/${definitionHash}`, files);
      const brief = {
        pipeline: name,
        window,
        taskQueue: `${services.taskQueue}-${store.id}`,
        searchAttributes: services.searchAttributes,
        live,
        ...deadlineOf(pipeline, window),
      };
      const settled = (how: NonNullable<RunBrief['settled']>): RunBrief => ({
        ...brief,
        plan: '',
        sources: [],
        models: [],
        published: [],
        settled: how,
      });
      const key = `plans/${name}/${run.runId}`;
      const followed = async (plan: PlanDocument): Promise<RunBrief> => {
        const graph = briefGraph(plan);
        const expected = expectations(graph, await lastRecords(services, name));
        const planned = { ...run, asOf: plan.window.asOf, expected };
        if (settings !== null) await tellOrLog(services, settings, { kind: 'planned', settings, run: planned });
        return {
          ...brief,
          window: plan.window,
          live: plan.live,
          plan: key,
          ...graph,
          expected,
          ...deadlineOf(pipeline, plan.window),
        };
      };
      // An attempt that was given up may have recorded its plan: a run has one.
      const recorded = await store.get<PlanDocument>(key);
      if (recorded !== undefined) return await followed(recorded);

      const { parameters } = pipeline;
      const other = await claimRun(services, { pipeline: name, window, definitionHash, parameters, ...run });
      if (other !== undefined) return settled({ outcome: 'duplicate', duplicateOf: other });
      const onSource = (source: string) => {
        doing = `looking at ${source}`;
      };
      let document: PlanDocument;
      try {
        const onWaiting = (waits: string | null) => {
          file = waits;
        };
        document = await makeDocument(services, work, run, { since, signal, onSource, onWaiting });
      } catch (error) {
        const checks = driftChecks(error);
        if (checks === undefined) throw error;
        return settled({ outcome: 'blocked', checks });
      }
      const edition = await alreadyLive(services, document);
      if (edition !== undefined) {
        await services.showLive(name);
        return settled({ outcome: 'unchanged', tables: services.destination(edition).tables(edition) });
      }
      const checks = await heldFullLoads(services, document, services.now());
      if (checks.length > 0) return settled({ outcome: 'blocked', checks });
      await beginLoads(services, document);
      const { value: plan } = await store.putIfAbsent(key, document);
      tellStarted(given, plan);
      return await followed(plan);
    },
  );
}
