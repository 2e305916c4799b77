/** Everything that a run will do, worked out without changing anything: for the run itself, and for who only asks. */
import { join, resolve } from 'node:path';
import type { Pipeline } from '../adapters/definition/pipeline';
import type { PipelineFiles } from '../adapters/definition/read';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import { sqlVariables } from '../domain/parameters';
import type { PlanDocument, PlannedSource } from '../domain/plan';
import { parseRequest } from '../domain/request';
import { DEFAULT_PIPELINE, type RunRequest, type Window } from '../domain/run';
import { byteCount, milliseconds, resolveWindow } from '../domain/window';
import { fingerprint } from './fingerprint';
import { type EarlierPlan, planModels } from './plan-models';
import { planSource } from './plan-source';
import { planTables } from './plan-table';
import type { Planning } from './services';

/** What a run is about, before its sources are looked at. */
export interface Work {
  readonly files: PipelineFiles;
  readonly pipeline: Pipeline;
  readonly definitionHash: string;
  readonly window: Window;
  readonly full: boolean;
  readonly live: string | null;
}

interface Looking {
  /** When the run began to be planned, in milliseconds: waiting for files counts from then. */
  readonly since: number;
  readonly signal: AbortSignal;
  onSource(name: string): void;
  readonly onWaiting?: (waiting: string | null) => void;
}

export function readRequest(input: unknown): RunRequest {
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
function windowOf(request: RunRequest, { definition }: Pipeline, logicalTime: Date): Window {
  const window = resolveWindow({
    ...(request.from === undefined ? {} : { from: request.from }),
    ...(request.to === undefined ? {} : { to: request.to }),
    declared: {
      days: milliseconds(definition.window) / 86_400_000,
      ...(definition.from === undefined ? {} : { from: definition.from }),
      ...(definition.to === undefined ? {} : { to: definition.to }),
    },
    zone: definition.zone,
    logicalTime,
  });
  checkWindow(window);
  return window;
}

/** Reads the pipeline and settles the window. Fails as `BadRequest` or `BadDefinition` with every problem at once. */
export async function readWork(
  services: Planning,
  request: RunRequest,
  logicalTime: () => Promise<Date>,
): Promise<Work> {
  const files = await services.readPipeline(request.pipeline ?? DEFAULT_PIPELINE);
  const pipeline = await services.parsePipeline(files, request.parameters ?? {});
  return {
    files,
    pipeline,
    definitionHash: fingerprint({ yaml: files.yaml, sql: files.sql, report: files.report?.text }),
    window: windowOf(request, pipeline, await logicalTime()),
    full: request.full ?? false,
    live: (await services.releases(pipeline.definition.name).live())?.edition ?? null,
  };
}

/** The plan of the live edition; what it made is what readers have, so that is what models go on from. */
async function earlierPlan(services: Planning, { pipeline, live }: Work): Promise<EarlierPlan | undefined> {
  const { name } = pipeline.definition;
  const edition = live === null ? undefined : await services.releases(name).edition(live);
  if (edition === undefined) return undefined;
  const key = `plans/${name}/${edition.run.runId}`;
  const plan = await services.store.get<PlanDocument>(key);
  return plan === undefined ? undefined : { key, plan };
}

/** Looks at every source, and puts everything that the run will do into one document. */
export async function makeDocument(
  services: Planning,
  work: Work,
  run: Pick<PlanDocument, 'workflowId' | 'runId'>,
  looking: Looking,
): Promise<PlanDocument> {
  const { files, pipeline, definitionHash, window, full, live } = work;
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
  for (const [name, source] of Object.entries(definition.sources)) {
    // A child is planned with its parent.
    if (source.type === 'postgres' && source.parent !== undefined) continue;
    looking.onSource(name);
    if (source.type === 'postgres') {
      sources.push(
        ...(await planTables(services, { pipeline, name, folder, variables, full, runId: run.runId, ...looking })),
      );
      continue;
    }
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
    engine: services.engine.version,
    window,
    full,
    parameters,
    variables,
    zone: definition.zone,
    locale: definition.locale,
    ...(pipeline.report === undefined ? {} : { report: pipeline.report }),
    sources,
    models: planModels({
      pipeline,
      sources,
      variables,
      engine: services.engine.version,
      before: full ? undefined : await earlierPlan(services, work),
    }),
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

/** The live edition when it is what this plan would make; somebody may have taken its files away. */
export async function alreadyLive(services: Planning, plan: PlanDocument): Promise<Edition | undefined> {
  const edition = plan.live === null ? undefined : await services.releases(plan.pipeline).edition(plan.live);
  if (plan.full || edition?.fingerprint !== plan.fingerprint) return undefined;
  return (await services.destination(edition).holds(edition)) ? edition : undefined;
}
