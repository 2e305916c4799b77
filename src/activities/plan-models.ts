/** Plans the models: their fingerprints, which are written, and which go on from an earlier table. */
import type { Pipeline } from '../adapters/definition/pipeline';
import { computedFrom, writtenModels } from '../domain/graph';
import type { EarlierModel, PlanDocument, PlannedModel, PlannedSource } from '../domain/plan';
import { fingerprint } from './fingerprint';

/** The plan whose tables models go on from: that of the live edition. */
export interface EarlierPlan {
  readonly key: string;
  readonly plan: PlanDocument;
}

interface Given {
  readonly pipeline: Pipeline;
  readonly sources: readonly PlannedSource[];
  readonly variables: PlanDocument['variables'];
  readonly engine: string;
  readonly before: EarlierPlan | undefined;
}

export function planModels({ pipeline, sources, variables, engine, before }: Given): PlannedModel[] {
  const { models } = pipeline;
  const { zone } = pipeline.definition;
  const written = writtenModels(models, new Set(pipeline.checks.map(({ subject }) => subject)));
  const fingerprints = new Map(sources.map((source) => [source.name, source.fingerprint]));
  const valuesOf = (names: readonly string[]) => names.map((name) => [name, variables[name]]);

  /** How a model follows changes; `before` is null where the earlier table was made in another way. */
  function incrementOf(model: (typeof models)[number], mine: string): PlannedModel['increment'] {
    const { name, followed } = model;
    if (followed === undefined || !written.has(name)) return undefined;
    const read = computedFrom(name, models, written).computed.flatMap((node) => node.variables);
    const own = fingerprint({
      engine,
      zone,
      key: followed.key,
      sql: followed.sql,
      variables: valuesOf([...new Set(read)].toSorted()),
    });
    const earlier = before?.plan.models.find((planned) => planned.name === name);
    const goesOn = before !== undefined && earlier?.increment?.own === own && earlier.fingerprint !== mine;
    const from: EarlierModel | null = goesOn ? { plan: before.key, fingerprint: earlier.fingerprint } : null;
    return { followed, own, before: from };
  }

  return models.map((model) => {
    const own = fingerprint({
      engine,
      zone,
      sql: model.sql,
      variables: valuesOf(model.variables),
      reads: model.reads.map((name) => [name, fingerprints.get(name)]),
    });
    fingerprints.set(model.name, own);
    const { header } = model;
    const increment = incrementOf(model, own);
    return {
      name: model.name,
      fingerprint: own,
      written: written.has(model.name),
      published: header.publish,
      reads: model.reads,
      ...(increment === undefined ? {} : { increment }),
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
