/** Plans the models: their fingerprints, and which are written. */
import type { Pipeline } from '../adapters/definition/pipeline';
import { readerCounts } from '../domain/graph';
import type { PlanDocument, PlannedModel, PlannedSource } from '../domain/plan';
import { fingerprint } from './fingerprint';

export function planModels(
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
      variables: model.variables,
      sql: model.sql,
      file: model.file,
      ...(header.key === undefined ? {} : { key: header.key }),
      ...(header.description === undefined ? {} : { description: header.description }),
      columns: model.columns.map((column) => {
        const description = header.columns?.[column.name];
        return description === undefined ? column : { ...column, description };
      }),
    };
  });
}
