/** The brief of a plan: as much as the workflow needs to walk it. */
import { writtenAncestors } from '../domain/graph';
import type { PlanDocument, PlannedSource, RunBrief } from '../domain/plan';
import { milliseconds } from '../domain/window';

const MODEL_SLACK_MS = 3_600_000;

/** A child comes with the chunks of its parent. */
const isReadAlone = ({ name, table }: PlannedSource) => table === undefined || table.parent === name;

/** The part of the plan that the workflow walks. */
export function briefGraph(document: PlanDocument): Pick<RunBrief, 'sources' | 'models' | 'published'> {
  const byName = new Map(document.models.map((model) => [model.name, model]));
  return {
    sources: document.sources.filter(isReadAlone).map((source) => {
      const { definition, table } = source;
      const children = document.sources.filter((other) => other !== source && other.table?.parent === source.name);
      const parts = table?.stretches ?? source.parts;
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      // A megabyte a second is slow for any disk and database; half an hour covers start and repair.
      const byDefault = Math.max(1_800_000, bytes / 1000);
      return {
        name: source.name,
        ...(children.length === 0 ? {} : { children: children.map(({ name }) => name) }),
        lanes: source.lanes.length,
        parts: parts.length,
        records: parts.reduce((sum, part) => sum + part.records, 0),
        bytes,
        cut: source.cut,
        ...(table === undefined ? {} : { cutBy: table.cutBy }),
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
