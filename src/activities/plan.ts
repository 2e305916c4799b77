/** plan: raw input → everything that the run will do, recorded in the store. */
import { join, resolve } from 'node:path';
import { Context } from '@temporalio/activity';
import type { Pipeline } from '../adapters/definition/pipeline';
import { DaybreakError } from '../domain/failure';
import { readerCounts, writtenAncestors } from '../domain/graph';
import { sqlVariables } from '../domain/parameters';
import type { PlanDocument, PlannedModel, PlannedSource, RunBrief } from '../domain/plan';
import { parseRequest } from '../domain/request';
import { DEFAULT_PIPELINE, type RunRequest, type Window } from '../domain/run';
import { byteCount, milliseconds, resolveWindow } from '../domain/window';
import { beating } from './beat';
import { claimRun } from './claim';
import { fingerprint } from './fingerprint';
import { planSource } from './plan-source';
import type { Services } from './services';
import type { RunNote } from './sweep';

const MODEL_SLACK_MS = 3_600_000;

function readRequest(input: unknown): RunRequest {
  const parsed = parseRequest(input);
  if ('request' in parsed) return parsed.request;
  throw new DaybreakError('BadRequest', {
    what: `the input of the run is not understood\n${parsed.problems.map((problem) => `  ${problem}`).join('\n')}`,
    expected: '{"pipeline": name or folder, "from": day, "to": day, "full": boolean, "parameters": {…}}, all optional',
    next: 'correct the input and start the run again',
  });
}

function planModels(
  pipeline: Pipeline,
  sources: readonly PlannedSource[],
  variables: PlanDocument['variables'],
  engine: string,
): PlannedModel[] {
  const readers = readerCounts(pipeline.models);
  const checked = new Set(pipeline.checks.map(({ subject }) => subject));
  const fingerprints = new Map(sources.map((source) => [source.name, source.fingerprint]));
  return pipeline.models.map((model) => {
    const own = fingerprint({
      engine,
      zone: pipeline.definition.zone,
      sql: model.sql,
      variables: model.variables.map((name) => [name, variables[name]]),
      reads: model.reads.map((name) => [name, fingerprints.get(name)]),
    });
    fingerprints.set(model.name, own);
    const { header } = model;
    return {
      name: model.name,
      fingerprint: own,
      written: header.publish || checked.has(model.name) || readers.get(model.name) !== 1,
      published: header.publish,
      reads: model.reads,
      sql: model.sql,
      file: model.file,
      ...(header.description === undefined ? {} : { description: header.description }),
      columns: model.columns.map((column) => {
        const description = header.columns?.[column.name];
        return description === undefined ? column : { ...column, description };
      }),
    };
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

/** Makes the plan of the current run. Fails as `BadRequest` or `BadDefinition` with every problem at once. */
export async function planRun(services: Services, input: unknown): Promise<RunBrief> {
  const { workflowExecution, scheduledTimestampMs } = Context.current().info;
  if (workflowExecution === undefined) throw new DaybreakError('Bug', { what: 'planRun runs inside a workflow' });
  const { workflowId, runId } = workflowExecution;
  const request = readRequest(input);
  const { engine, store } = services;
  let doing = 'reading the pipeline';
  return await beating(
    () => ({ step: 'plan', doing }),
    async (signal) => {
      const files = await services.readPipeline(request.pipeline ?? DEFAULT_PIPELINE);
      const pipeline = await services.parsePipeline(files, request.parameters ?? {});
      const { definition, parameters } = pipeline;
      const described = await services.describeRun(workflowId, runId);
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
      const definitionHash = fingerprint({ yaml: files.yaml, sql: files.sql });
      await store.putIfAbsent<RunNote>(`runs/${runId}`, { workflowId, at: new Date().toISOString() });
      await store.putIfAbsent(`definitions/${definitionHash}`, files);
      const key = `plans/${definition.name}/${runId}`;
      const live = await services.releases(definition.name).live();
      const brief = {
        pipeline: definition.name,
        window,
        taskQueue: `${services.taskQueue}-${store.id}`,
        searchAttributes: services.searchAttributes,
        live: live?.edition ?? null,
      };
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
      const idle = { ...brief, plan: '', sources: [], models: [], published: [] };
      const other = await claimRun(services, {
        pipeline: definition.name,
        window,
        definitionHash,
        parameters,
        workflowId,
        runId,
      });
      if (other !== undefined) return { ...idle, settled: { outcome: 'duplicate', duplicateOf: other } };

      const full = request.full ?? false;
      const variables = sqlVariables({
        declared: definition.parameters,
        values: parameters,
        window,
        zone: definition.zone,
        currency: definition.currency,
      });
      const sources: PlannedSource[] = [];
      for (const name of Object.keys(definition.sources)) {
        doing = `looking at ${name}`;
        sources.push(
          await planSource(services, {
            pipeline,
            name,
            folder: files.folder,
            variables,
            salt: full ? runId : '',
            runId,
            since: scheduledTimestampMs,
            signal,
          }),
        );
      }
      const destination = resolve(
        files.folder,
        definition.destination?.path ?? join(services.home, 'published', definition.name),
      );
      const models = planModels(pipeline, sources, variables, engine.version);
      const document: PlanDocument = {
        pipeline: definition.name,
        folder: files.folder,
        definition: definitionHash,
        window,
        full,
        parameters,
        variables,
        zone: definition.zone,
        sources,
        models,
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
        live: brief.live,
        plannedAt: new Date().toISOString(),
        workflowId,
        runId,
      };
      const liveEdition = live === null ? undefined : await services.releases(definition.name).edition(live.edition);
      if (!full && liveEdition?.fingerprint === document.fingerprint) {
        const published = services.destination(liveEdition);
        // Somebody may have taken its files away; then they are published again.
        if (await published.holds(liveEdition)) {
          await services.showLive(definition.name);
          return { ...idle, settled: { outcome: 'unchanged', tables: published.tables(liveEdition) } };
        }
      }
      return followed((await store.putIfAbsent(key, document)).value);
    },
  );
}

/** The part of the plan that the workflow walks. */
function briefGraph(document: PlanDocument): Pick<RunBrief, 'sources' | 'models' | 'published'> {
  const byName = new Map(document.models.map((model) => [model.name, model]));
  return {
    sources: document.sources.map((source) => {
      const { definition } = source;
      const bytes = source.parts.reduce((sum, part) => sum + part.bytes, 0);
      // A megabyte a second is slow for any disk; half an hour covers start and repair.
      const byDefault = Math.max(1_800_000, bytes / 1000);
      return {
        name: source.name,
        lanes: source.lanes.length,
        parts: source.parts.length,
        records: source.parts.reduce((sum, part) => sum + part.records, 0),
        bytes,
        cut: source.cut,
        timeout: definition.timeout === undefined ? byDefault : milliseconds(definition.timeout),
        heartbeat: milliseconds(definition.heartbeat),
      };
    }),
    models: document.models
      .filter((model) => model.written)
      .map(({ name }) => ({
        name,
        after: writtenAncestors(name, byName),
        timeout: 2 * document.deadline + MODEL_SLACK_MS,
      })),
    published: document.models.filter((model) => model.published).map(({ name }) => name),
  };
}
