/**
 * What a run read and what it made, as OpenLineage says it (https://openlineage.io/spec/2-0-2/OpenLineage.json): one event
 * as it starts, and one as it ends.
 */
import type { Column } from './receipt';
import type { CheckResult, Outcome } from './run';

const SPEC = 'https://openlineage.io/spec';
const PRODUCER = 'urn:daybreak:worker';

/** Of a facet's schema, the version that its fields are of. */
const FACETS = {
  JobTypeJobFacet: '2-0-4',
  ProcessingEngineRunFacet: '1-1-1',
  ErrorMessageRunFacet: '1-0-1',
  SchemaDatasetFacet: '1-2-0',
  DocumentationDatasetFacet: '1-1-0',
  DatasetVersionDatasetFacet: '1-0-1',
  InputStatisticsInputDatasetFacet: '1-0-0',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  DataQualityAssertionsDatasetFacet: '1-1-0',
} as const;

const facet = <T extends object>(name: keyof typeof FACETS, content: T) => ({
  _producer: PRODUCER,
  _schemaURL: `${SPEC}/facets/${FACETS[name]}/${name}.json#/$defs/${name}`,
  ...content,
});

/** A table or files, by OpenLineage's names: `file` and a path, `postgres://host:5432` and `database.schema.table`. */
export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

export interface ReadDataset extends DatasetName {
  readonly columns: readonly Column[];
  /** Unknown while nothing is read. */
  readonly rows?: number;
  readonly checks: readonly CheckResult[];
}

export interface MadeDataset extends DatasetName {
  readonly columns: readonly (Column & { readonly description?: string })[];
  readonly description?: string;
  /** The edition. */
  readonly version: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The job is the pipeline, on a queue. */
export interface LineageRun {
  readonly queue: string;
  readonly pipeline: string;
  /** Temporal's run id, a UUID. */
  readonly runId: string;
  /** ISO 8601. */
  readonly at: string;
}

const schemaOf = (columns: MadeDataset['columns']) =>
  facet('SchemaDatasetFacet', {
    fields: columns.map(({ name, type, description }, index) => ({
      name,
      type,
      ...(description === undefined ? {} : { description }),
      ordinal_position: index + 1,
    })),
  });

const inputOf = ({ namespace, name, columns, rows, checks }: ReadDataset) => ({
  namespace,
  name,
  facets: { schema: schemaOf(columns) },
  inputFacets: {
    ...(rows === undefined ? {} : { inputStatistics: facet('InputStatisticsInputDatasetFacet', { rowCount: rows }) }),
    ...(checks.length === 0
      ? {}
      : {
          dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', {
            assertions: checks.map((check) => ({
              assertion: check.name,
              success: check.outcome === 'pass',
              severity: check.severity,
              expected: check.expected,
              actual: check.observed,
            })),
          }),
        }),
  },
});

const outputOf = ({ namespace, name, columns, description, version, rows, bytes }: MadeDataset) => ({
  namespace,
  name,
  facets: {
    schema: schemaOf(columns),
    version: facet('DatasetVersionDatasetFacet', { datasetVersion: version }),
    ...(description === undefined ? {} : { documentation: facet('DocumentationDatasetFacet', { description }) }),
  },
  outputFacets: {
    outputStatistics: facet('OutputStatisticsOutputDatasetFacet', { rowCount: rows, size: bytes, fileCount: 1 }),
  },
});

const eventOf = (eventType: 'START' | 'COMPLETE' | 'ABORT' | 'FAIL', run: LineageRun, runFacets: object) => ({
  eventType,
  eventTime: run.at,
  producer: PRODUCER,
  schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`,
  run: { runId: run.runId, facets: runFacets },
  job: {
    namespace: run.queue,
    name: run.pipeline,
    facets: {
      jobType: facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'DAYBREAK', jobType: 'JOB' }),
    },
  },
});

const engineFacet = (version: string | undefined) =>
  version === undefined ? {} : { processing_engine: facet('ProcessingEngineRunFacet', { name: 'DuckDB', version }) };

/** A run is planned: what it will read. */
export const lineageStart = (
  run: LineageRun,
  { engine, inputs }: { readonly engine: string | undefined; readonly inputs: readonly ReadDataset[] },
) => ({ ...eventOf('START', run, engineFacet(engine)), inputs: inputs.map(inputOf), outputs: [] });

const EVENT_OF = {
  published: 'COMPLETE',
  kept: 'COMPLETE',
  unchanged: 'COMPLETE',
  duplicate: 'ABORT',
  cancelled: 'ABORT',
  blocked: 'FAIL',
  failed: 'FAIL',
} as const satisfies Record<Outcome, string>;

/** A run has ended: what it read, what came of that, and why it is no more. */
export function lineageEnd(
  run: LineageRun,
  ended: {
    readonly outcome: Outcome;
    readonly failure: string | undefined;
    readonly engine: string | undefined;
    readonly inputs: readonly ReadDataset[];
    readonly outputs: readonly MadeDataset[];
  },
) {
  const { outcome, failure, engine, inputs, outputs } = ended;
  const error =
    failure === undefined
      ? {}
      : { errorMessage: facet('ErrorMessageRunFacet', { message: failure, programmingLanguage: 'SQL' }) };
  return {
    ...eventOf(EVENT_OF[outcome], run, { ...engineFacet(engine), ...error }),
    inputs: inputs.map(inputOf),
    outputs: outputs.map(outputOf),
  };
}

export type LineageEvent = ReturnType<typeof lineageStart> | ReturnType<typeof lineageEnd>;
