/** What activities work with; assembled by `connect`, or by a test. */
import type { Destination } from '../adapters/destination';
import type { Pipeline } from '../adapters/definition/pipeline';
import type { PipelineFiles } from '../adapters/definition/read';
import type { Engine } from '../adapters/engine';
import type { Failpoint } from '../adapters/failpoint';
import type { Ledger } from '../adapters/ledger';
import type { Lineage } from '../adapters/lineage';
import type { Releases } from '../adapters/releases';
import type { Snapshots } from '../adapters/snapshots';
import type { DatabaseSource, DatabaseTable, OnWaiting, Source } from '../adapters/source';
import type { Store } from '../adapters/store';
import type { ParameterValue } from '../domain/parameters';
import type { PlanDocument, TypedValue } from '../domain/plan';
import type { FileSourceDefinition } from '../domain/definition';
import type { WatchNews, WatchSettings } from '../domain/watch/settings';

export interface SourceRequest {
  readonly name: string;
  readonly definition: FileSourceDefinition;
  readonly mapping?: string;
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
  /** The attempt's own folder. */
  readonly scratch: string;
  readonly zone: string;
  readonly variables: Readonly<Record<string, TypedValue>>;
}

/** A table of a database and its children, the parent first. */
export interface DatabaseRequest extends Pick<SourceRequest, 'folder' | 'scratch' | 'zone' | 'variables'> {
  readonly tables: readonly DatabaseTable[];
  /** Shown to who watches the database. */
  readonly runId: string;
  readonly onWaiting?: OnWaiting;
}

/** A run as Temporal knows it. */
export interface RunDescription {
  readonly running: boolean;
  /** When it was meant to start: the schedule's time, else the time of its first workflow task. */
  readonly logicalTime: Date;
}

export interface Services {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly home: string;
  readonly taskQueue: string;
  readonly memoryBytes: number;
  readonly threads: number;
  /** How often the watch looks at a run that goes on. */
  readonly watchEveryMs: number;
  readonly searchAttributes: boolean;
  /** The time, where that decides what is done. */
  now(): Date;
  /** Tables of fewer rows, made of tables of fewer rows, are made whole: that costs less than finding out what changed. */
  readonly followFromRows: number;
  /** Reads a pipeline's folder, given by path or name. */
  readPipeline(pipeline: string): Promise<PipelineFiles>;
  parsePipeline(files: PipelineFiles, parameters: Readonly<Record<string, ParameterValue>>): Promise<Pipeline>;
  /** Opens a source for one activity; `close` ends its session. */
  openSource(request: SourceRequest): Promise<{ readonly source: Source; close(): Promise<void> }>;
  openDatabase(request: DatabaseRequest): Promise<DatabaseSource>;
  snapshots(pipeline: string): Snapshots;
  /** Where a plan's or an edition's tables are published to. */
  destination(of: Pick<PlanDocument, 'pipeline' | 'destination'>): Destination;
  releases(pipeline: string): Releases;
  /** Makes readers see what the release log says, where it was published to; gives the edition. */
  showLive(pipeline: string): Promise<string | null>;
  /** `undefined` when Temporal does not know the run. */
  describeRun(workflowId: string, runId: string): Promise<RunDescription | undefined>;
  /** Tells the watch of a pipeline, and starts it where there is none. */
  tellWatch(settings: WatchSettings, news: WatchNews): Promise<void>;
  /** Ends the workspace of a run on this worker, if it has one. */
  closeWorkspace(runId: string): Promise<void>;
  /** Who is told what runs read and make, if anybody is. */
  readonly lineage?: Lineage;
  failpoint(name: Failpoint): void;
}

/** What a plan is made with; nothing of it changes the store. */
export interface Planning
  extends Pick<
    Services,
    | 'engine'
    | 'home'
    | 'memoryBytes'
    | 'readPipeline'
    | 'parsePipeline'
    | 'openSource'
    | 'openDatabase'
    | 'snapshots'
    | 'destination'
    | 'releases'
  > {
  readonly store: Pick<Store, 'get' | 'scratch' | 'removeScratch'>;
}
