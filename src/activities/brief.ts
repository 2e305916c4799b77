/** The brief of a plan: as much as the workflow needs to walk it. */
import { writtenAncestors } from '../domain/graph';
import type { PlanDocument, RunBrief } from '../domain/plan';
import { milliseconds } from '../domain/window';

const MODEL_SLACK_MS = 3_600_000;

/** The part of the plan that the workflow walks. */
export function briefGraph(document: PlanDocument): Pick<RunBrief, 'sources' | 'models' | 'published'> {
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
