/** plan: raw input → everything that the run will do, recorded in the store. */
import { join, resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Pipeline } from '../adapters/definition/pipeline';
import type { PipelineFiles } from '../adapters/definition/read';
import { DaybreakError } from '../domain/failure';
import { sqlVariables } from '../domain/parameters';
import type { PlanDocument, PlannedSource, RunBrief } from '../domain/plan';
import { parseRequest } from '../domain/request';
import { DEFAULT_PIPELINE, type RunRequest, type TableResult, type Window } from '../domain/run';
import { byteCount, milliseconds, resolveWindow } from '../domain/window';
import { beating } from './beat';
import { briefGraph } from './brief';
import { claimRun } from './claim';
import { fingerprint } from './fingerprint';
import { planModels } from './plan-models';
import { planSource } from './plan-source';
import type { Services } from './services';
import type { RunNote } from './sweep';

type Run = Pick<PlanDocument, 'workflowId' | 'runId'>;

function readRequest(input: unknown): RunRequest {
  const parsed = parseRequest(input);
  if ('request' in parsed) return parsed.request;
  throw new DaybreakError('BadRequest', {
    what: `the input of the run is not understood\n${parsed.problems.map((problem) => `  ${problem}`).join('\n')}`,
    expected: '{"pipeline": name or folder, "from": day, "to": day, "full": boolean, "parameters": {…}}, all optional',
    next: 'correct the input and start the run again',
  });
}

/** Days of a run in order, or why they are none. */
function checkWindow(window: Window): void {
  if (window.from < window.to) return;
  throw new DaybreakError('BadRequest', {
    what: `the window from ${window.from} to ${window.to} has no day`,
    expected: 'a "from" before "to"',
    next: 'give both days, or neither',
  });
}

/** The days that a run is about, by what was asked, what is declared, and when it was meant to start. */
async function windowOf(services: Services, request: RunRequest, { definition }: Pipeline, run: Run): Promise<Window> {
  const described = await services.describeRun(run.workflowId, run.runId);
  const window = resolveWindow({
    ...(request.from === undefined ? {} : { from: request.from }),
    ...(request.to === undefined ? {} : { to: request.to }),
    declared: {
      days: milliseconds(definition.window) / 86_400_000,
      ...(definition.from === undefined ? {} : { from: definition.from }),
      ...(definition.to === undefined ? {} : { to: definition.to }),
    },
    zone: definition.zone,
    logicalTime: described?.logicalTime ?? new Date(),
  });
  checkWindow(window);
  return window;
}

/** Looks at every source, and puts everything that the run will do into one document. */
async function makeDocument(
  services: Services,
  known: {
    readonly files: PipelineFiles;
    readonly pipeline: Pipeline;
    readonly definitionHash: string;
    readonly window: Window;
    readonly full: boolean;
    readonly live: string | null;
    readonly run: Run;
  },
  looking: { readonly since: number; readonly signal: AbortSignal; onSource(name: string): void },
): Promise<PlanDocument> {
  const { files, pipeline, definitionHash, window, full, live, run } = known;
  const { definition, parameters } = pipeline;
  const { folder } = files;
  const variables = sqlVariables({
    declared: definition.parameters,
    values: parameters,
    window,
    zone: definition.zone,
    currency: definition.currency,
  });
  const sources: PlannedSource[] = [];
  for (const name of Object.keys(definition.sources)) {
    looking.onSource(name);
    const salt = full ? run.runId : '';
    sources.push(await planSource(services, { pipeline, name, folder, variables, salt, runId: run.runId, ...looking }));
  }
  const destination = resolve(
    folder,
    definition.destination?.path ?? join(services.home, 'published', definition.name),
  );
  return {
    pipeline: definition.name,
    folder,
    definition: definitionHash,
    window,
    full,
    parameters,
    variables,
    zone: definition.zone,
    sources,
    models: planModels(pipeline, sources, variables, services.engine.version),
    checks: pipeline.checks,
    destination,
    memory: Math.min(byteCount(definition.memory), services.memoryBytes),
    deadline: milliseconds(definition.deadline_per_model),
    keepEditions: definition.keep_editions,
    fingerprint: fingerprint({
      definition: definitionHash,
      // With what the environment gave it.
      declared: definition,
      destination,
      window,
      parameters,
      sources: sources.map((source) => source.fingerprint),
    }),
    live,
    plannedAt: new Date().toISOString(),
    ...run,
  };
}

/** The live edition's tables when it is what this plan would make; somebody may have taken its files away. */
async function alreadyLive(services: Services, plan: PlanDocument): Promise<readonly TableResult[] | undefined> {
  const edition = plan.live === null ? undefined : await services.releases(plan.pipeline).edition(plan.live);
  if (plan.full || edition?.fingerprint !== plan.fingerprint) return undefined;
  const published = services.destination(edition);
  if (!(await published.holds(edition))) return undefined;
  await services.showLive(plan.pipeline);
  return published.tables(edition);
}

/** Makes the plan of the current run. Fails as `BadRequest` or `BadDefinition` with every problem at once. */
export async function planRun(services: Services, input: unknown): Promise<RunBrief> {
  const { workflowExecution, scheduledTimestampMs: since } = Context.current().info;
  if (workflowExecution === undefined) throw new DaybreakError('Bug', { what: 'planRun runs inside a workflow' });
  const run: Run = { workflowId: workflowExecution.workflowId, runId: workflowExecution.runId };
  const request = readRequest(input);
  const { store } = services;
  let doing = 'reading the pipeline';
  return await beating(
    () => ({ step: 'plan', doing }),
    async (signal) => {
      const files = await services.readPipeline(request.pipeline ?? DEFAULT_PIPELINE);
      const pipeline = await services.parsePipeline(files, request.parameters ?? {});
      const { name } = pipeline.definition;
      const window = await windowOf(services, request, pipeline, run);
      const definitionHash = fingerprint({ yaml: files.yaml, sql: files.sql });
      await store.putIfAbsent<RunNote>(`runs/${run.runId}`, {
        workflowId: run.workflowId,
        at: new Date().toISOString(),
      });
      await store.putIfAbsent(`definitions/${definitionHash}`, files);
      const live = (await services.releases(name).live())?.edition ?? null;
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
      const known = { files, pipeline, definitionHash, window, full: request.full ?? false, live, run };
      const onSource = (source: string) => {
        doing = `looking at ${source}`;
      };
      const document = await makeDocument(services, known, { since, signal, onSource });
      const tables = await alreadyLive(services, document);
      if (tables !== undefined) return settled({ outcome: 'unchanged', tables });
      return followed((await store.putIfAbsent(key, document)).value);
    },
  );
}
