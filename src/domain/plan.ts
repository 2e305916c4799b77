/** What a run will do. The document lives in the store; the workflow holds the brief of it. No zod here. */
import type { Check, SourceDefinition } from './definition';
import type { Column, KeyRange, PartPlan } from './receipt';
import type { ReportDefinition } from './report';
import type { CheckResult, TableResult, Window } from './run';
import type { Deadline, StepExpectation } from './watch/timing';

/** What the workflow needs to know of a source. */
export interface SourceBrief {
  readonly name: string;
  /** Tables that are read with it. */
  readonly children?: readonly string[];
  readonly lanes: number;
  readonly parts: number;
  readonly records: number;
  readonly bytes: number;
  readonly cut: string | null;
  readonly cutBy?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly heartbeat: number;
}

/** What the workflow needs to know of a model that is written (views are inside their reader). */
export interface ModelBrief {
  readonly name: string;
  /** Written models it depends on, directly or through views. */
  readonly after: readonly string[];
  readonly timeout: number;
}

/** The result of `planRun`. */
export interface RunBrief {
  readonly pipeline: string;
  /** Store key of the plan document. */
  readonly plan: string;
  readonly window: Window;
  /** Task queue of the workers that share the store. */
  readonly taskQueue: string;
  readonly sources: readonly SourceBrief[];
  readonly models: readonly ModelBrief[];
  readonly published: readonly string[];
  readonly live: string | null;
  /** The server knows our search attributes. */
  readonly searchAttributes: boolean;
  /** What its steps usually take; absent in older runs, empty on the first nights. */
  readonly expected?: readonly StepExpectation[];
  /** When its data are needed, where that is declared for the day. */
  readonly deadline?: Deadline;
  /** Nothing to do: the live edition is this already, another run is at it, or a table is not as declared. */
  readonly settled?: {
    readonly outcome: 'unchanged' | 'duplicate' | 'blocked';
    /** What stopped it before a row was read. */
    readonly checks?: readonly CheckResult[];
    /** Of the live edition, when it is this already. */
    readonly tables?: readonly TableResult[];
    readonly duplicateOf?: { readonly workflowId: string; readonly runId: string };
  };
}

export interface PlannedPart extends PartPlan {
  /** Of the part: declaration, file identity and range. Its receipt's key. */
  readonly fingerprint: string;
}

/** A range of keys that is read chunk by chunk, each chunk going on where the one before it ended. */
export interface PlannedStretch extends KeyRange {
  /** Only rows that changed since; `null` reads all. */
  readonly since: string | null;
  /** About how much is in it. */
  readonly records: number;
  readonly bytes: number;
  readonly fingerprint: string;
}

/** What a snapshot is made of, oldest first: rows of a younger layer replace those of the same key in older ones. */
export interface Layer {
  /** Ledger keys of its chunks. */
  readonly chunks: readonly string[];
  /** Ledger keys of the keys that were found deleted, by table. */
  readonly gone?: Readonly<Record<string, string>>;
  /** Layers, oldest first, whose merged rows these are: what is made of those is made of this one. */
  readonly replaces?: readonly Layer[];
}

/** How a table of a database is read, and what it is merged with. */
export interface PlannedTable {
  /** The source that it is read with; its own name where it is none's child. */
  readonly parent: string;
  /** Its columns that hold the parent's key; its own key where it is none's child. */
  readonly parentKey: readonly string[];
  /** Everything that decides what is made of the rows, and whose they are: another's snapshot is no base. */
  readonly declared: string;
  /** Store key of the accepted snapshot that is gone on from. */
  readonly base: string | null;
  readonly layers: readonly Layer[];
  readonly cutBy: string;
  /** Row-level security may keep rows of it from us. */
  readonly hidesRows?: true;
  /** About how many rows the parent's table has. */
  readonly records: number;
  /** Rows of the family that were written since the base's cut; `null` where nobody asked. */
  readonly changed: number | null;
  /** Empty where nothing changed, and of a child, which its parent's chunks bring. */
  readonly stretches: readonly PlannedStretch[];
  /** Store key of a first load that may take several nights. */
  readonly load: string | null;
  /** The run that began it. */
  readonly loadId: string;
}

export interface PlannedSource {
  readonly name: string;
  /** Of the snapshot: that of its parts. */
  readonly fingerprint: string;
  /** Indexes of parts, or of stretches, of each lane. */
  readonly lanes: readonly (readonly number[])[];
  /** Of files. */
  readonly parts: readonly PlannedPart[];
  /** Of a table of a database. */
  readonly table?: PlannedTable;
  /** The newest change of its files, or the cut of its database, ISO 8601. */
  readonly cut: string | null;
  /** The columns of the table, also when there is no part. */
  readonly schema: readonly Column[];
  readonly definition: SourceDefinition;
  readonly mapping?: string;
  /** Variables that its mapping and its conditions read; absent in older plans. */
  readonly variables?: readonly string[];
}

/** How a model follows changes of its inputs, key by key. */
export interface Followed {
  readonly key: readonly string[];
  /** Its SQL with the views that it reads through, over tables that are there. */
  readonly sql: string;
  /** Tables that have the key. */
  readonly keyed: readonly string[];
  /** Tables without it, and the keys that a change in one reaches; `"changed <table>"` is what changed. */
  readonly lookups: readonly { readonly table: string; readonly sql: string }[];
  /** Tables of which any change may reach any key. */
  readonly opaque: readonly string[];
  /** Columns that are read of each table. */
  readonly used: Readonly<Record<string, readonly string[]>>;
}

/** The table that a model's is gone on from. */
export interface EarlierModel {
  /** Store key of the plan that it was made by. */
  readonly plan: string;
  readonly fingerprint: string;
}

export interface PlannedModel {
  readonly name: string;
  readonly fingerprint: string;
  /** Written as Parquet; the others are views inside their reader. */
  readonly written: boolean;
  readonly published: boolean;
  /** Tables it reads: sources and models. */
  readonly reads: readonly string[];
  /** Of a model that follows changes: how, what decides it, and what it goes on from; without that it is made whole. */
  readonly increment?: { readonly followed: Followed; readonly own: string; readonly before: EarlierModel | null };
  /** Variables that its SQL reads; absent in older plans. */
  readonly variables?: readonly string[];
  readonly sql: string;
  readonly file: string;
  readonly description?: string;
  /** Columns that identify a row. */
  readonly key?: readonly string[];
  readonly columns: readonly (Column & { readonly description?: string })[];
}

/** A parameter's value with its SQL type; decimals are text, so that nothing is rounded. */
export interface TypedValue {
  readonly type: 'DATE' | 'DECIMAL(18,4)' | 'BIGINT' | 'VARCHAR' | 'BOOLEAN';
  readonly value: string;
}

export interface PlanDocument {
  readonly pipeline: string;
  /** Absolute folder of the pipeline's files. */
  readonly folder: string;
  /** Store key of the files that the run began with. */
  readonly definition: string;
  /** Version of the engine; absent in older plans. */
  readonly engine?: string;
  readonly window: Window;
  readonly full: boolean;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly variables: Readonly<Record<string, TypedValue>>;
  readonly zone: string;
  /** How numbers are written in the report, and what it shows when that is declared. */
  readonly locale?: string;
  readonly report?: ReportDefinition;
  readonly sources: readonly PlannedSource[];
  /** In topological order. */
  readonly models: readonly PlannedModel[];
  /** On models and on the whole. */
  readonly checks: readonly { readonly check: Check; readonly subject: string }[];
  /** Absolute folder that editions are published to. */
  readonly destination: string;
  /** Bytes of memory for a query, and milliseconds that it may take. */
  readonly memory: number;
  readonly deadline: number;
  readonly keepEditions: number;
  /** Of definition, window, parameters and all sources: equal means nothing changed. */
  readonly fingerprint: string;
  readonly live: string | null;
  readonly plannedAt: string;
  readonly workflowId: string;
  readonly runId: string;
}
