/** plan: raw input → everything that the run will do, recorded in the store. */
import { Context } from '@temporalio/activity';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, RunBrief } from '../domain/plan';
import { beating } from './beat';
import { briefGraph } from './brief';
import { claimRun } from './claim';
import { alreadyLive, makeDocument, readRequest, readWork } from './plan-document';
import type { Services } from './services';
import type { RunNote } from './sweep';

/** Makes the plan of the current run. Fails as `BadRequest` or `BadDefinition` with every problem at once. */
export async function planRun(services: Services, input: unknown): Promise<RunBrief> {
  const { workflowExecution, scheduledTimestampMs: since } = Context.current().info;
  if (workflowExecution === undefined) throw new DaybreakError('Bug', { what: 'planRun runs inside a workflow' });
  const run = { workflowId: workflowExecution.workflowId, runId: workflowExecution.runId };
  const request = readRequest(input);
  const { store } = services;
  let doing = 'reading the pipeline';
  return await beating(
    () => ({ step: 'plan', doing }),
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
      await store.putIfAbsent(`definitions/${definitionHash}`, files);
      const brief = {
        pipeline: name,
        window,
        taskQueue: `${services.taskQueue}-${store.id}`,
        searchAttributes: services.searchAttributes,
        live,
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
      const followed = (plan: PlanDocument): RunBrief => ({
        ...brief,
        window: plan.window,
        live: plan.live,
        plan: key,
        ...briefGraph(plan),
      });
      // An attempt that was given up may have recorded its plan: a run has one.
      const recorded = await store.get<PlanDocument>(key);
      if (recorded !== undefined) return followed(recorded);

      const { parameters } = pipeline;
      const other = await claimRun(services, { pipeline: name, window, definitionHash, parameters, ...run });
      if (other !== undefined) return settled({ outcome: 'duplicate', duplicateOf: other });
      const onSource = (source: string) => {
        doing = `looking at ${source}`;
      };
      const document = await makeDocument(services, work, run, { since, signal, onSource });
      const edition = await alreadyLive(services, document);
      if (edition !== undefined) {
        await services.showLive(name);
        return settled({ outcome: 'unchanged', tables: services.destination(edition).tables(edition) });
      }
      return followed((await store.putIfAbsent(key, document)).value);
    },
  );
}
