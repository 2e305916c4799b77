/** A whole run without a server: the activities in the workflow's order, as the page calls them. */
import type { LaneReport } from '../../src/activities';
import { validateDataQuality } from '../../src/activities/check';
import { validateSources } from '../../src/activities/check-sources';
import { extractLane } from '../../src/activities/extract';
import { planRun } from '../../src/activities/plan';
import { keepCandidate, publishEdition, type Publication } from '../../src/activities/publish';
import { transformModel } from '../../src/activities/transform';
import type { RunBrief } from '../../src/domain/plan';
import type { ModelResult, RunRequest } from '../../src/domain/run';
import type { Workshop } from './workshop';

export interface OfflineRun {
  readonly brief: RunBrief;
  readonly lanes: readonly (LaneReport & { readonly source: string })[];
  readonly models: readonly ModelResult[];
  /** `null` when the gate of the sources stopped it, or there was nothing to do. */
  readonly publication: Publication | null;
}

/** Runs a pipeline up to a verb; what its gates say is heeded. */
export async function runOffline(
  workshop: Workshop,
  runId: string,
  request: RunRequest,
  upTo: 'plan' | 'extract' | 'publish' = 'publish',
): Promise<OfflineRun> {
  const { services } = workshop;
  return await workshop.act(runId, async () => {
    const brief = await planRun(services, request);
    const lanes: (LaneReport & { source: string })[] = [];
    const models: ModelResult[] = [];
    const ended = (publication: Publication | null) => ({ brief, lanes, models, publication });
    if (brief.settled !== undefined || upTo === 'plan') return ended(null);
    for (const { name, lanes: count } of brief.sources) {
      for (let lane = 0; lane < count; lane += 1)
        lanes.push({ source: name, ...(await extractLane(services, brief.plan, name, lane)) });
    }
    if (upTo === 'extract') return ended(null);
    const delivered = await validateSources(services, brief.plan);
    if (!delivered.passed) return ended(null);
    for (const { name } of brief.models) models.push(await transformModel(services, brief.plan, name));
    const { passed, results } = await validateDataQuality(services, brief.plan);
    const checks = [...delivered.results, ...results];
    const publication = await (passed ? publishEdition : keepCandidate)(services, brief.plan, checks);
    await services.closeWorkspace(runId);
    return ended(publication);
  });
}
