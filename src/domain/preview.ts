/** What a run would do, out of its plan, an earlier one, and what is in the ledger already. */
import { mayReplace, type Release } from './edition';
import { expectSeconds, rowsToRead } from './expected';
import type { PlanDocument, PlannedModel, PlannedSource } from './plan';
import { planChanges, type Reason } from './plan-reasons';
import type { Receipt } from './receipt';
import type { CheckResult, Window } from './run';
import type { Snapshot } from './snapshot';

interface Amount {
  readonly parts: number;
  readonly records: number;
  readonly bytes: number;
}

export interface SourcePreview extends Amount {
  readonly name: string;
  readonly files: readonly ({ readonly file: string } & Amount)[];
  /** What is read already, and is not read again. */
  readonly inLedger: Amount;
  readonly lanes: number;
  /** The newest change of its files, ISO 8601. */
  readonly cut: string | null;
  readonly reasons: readonly Reason[];
  /** `null`: not known. */
  readonly seconds: number | null;
  /** Of a table of a database. */
  readonly table?: TablePreview;
}

export interface TablePreview {
  /**
   * `changes`: what was written since `since`; `rest`: what a first load that an earlier run began has not read yet, and
   * what changed meanwhile; `nothing`: no row was written, and none is gone.
   */
  readonly reads: 'everything' | 'changes' | 'rest' | 'nothing';
  /** The source that it is read with. */
  readonly parent: string | null;
  readonly since: string | null;
  /** About; of a child `null`, as its parent's are those of both. */
  readonly rows: number | null;
  /** Rows of the snapshot that is gone on from; `null` without one. */
  readonly known: number | null;
  /** How the cut is found. */
  readonly cutBy: string;
  /** Row-level security may keep rows of it from us. */
  readonly hidesRows: boolean;
  /** Hours in which it may be read whole; `null`: at any time, or it is not read whole. */
  readonly hours: string | null;
}

export interface ModelPreview {
  readonly name: string;
  /**
   * `follow`: only what changes of its inputs reach, merged with the earlier table; `view`: computed inside its readers;
   * `none`: the run ends before it.
   */
  readonly does: 'build' | 'follow' | 'reuse' | 'view' | 'none';
  readonly published: boolean;
  readonly reads: readonly string[];
  readonly file: string;
  readonly reasons: readonly Reason[];
  /** Of what is reused. */
  readonly made?: { readonly runId: string; readonly at: string; readonly rows: number };
  readonly seconds: number | null;
}

export interface RunPreview {
  readonly pipeline: string;
  readonly folder: string;
  readonly window: Window;
  readonly full: boolean;
  readonly parameters: PlanDocument['parameters'];
  /**
   * How it would end unless a gate stops it. `publish`: its edition becomes live; `keep`: complete, but a newer one stays
   * live; `unchanged`: the live edition is this already; `blocked`: at once, by `blockedBy`.
   */
  readonly outcome: 'publish' | 'keep' | 'unchanged' | 'blocked';
  /** What stops it before a row is read. */
  readonly blockedBy: readonly CheckResult[];
  /** The edition that readers go on seeing when a gate stops the run; without one they see nothing. */
  readonly live: string | null;
  /** The earlier plan that reasons compare with, and the edition that was made of it. */
  readonly since: {
    readonly workflowId: string;
    readonly runId: string;
    readonly plannedAt: string;
    readonly edition: string | null;
  } | null;
  readonly sources: readonly SourcePreview[];
  readonly models: readonly ModelPreview[];
  readonly published: readonly string[];
  /** Sources and models that are not in the pipeline any more. */
  readonly gone: readonly string[];
  /** On models and on the whole; sources have theirs besides. */
  readonly checks: number;
  readonly destination: string;
  /** Where the live edition comes from, when that is another folder which still has a pipeline of this name. */
  readonly otherFolder: string | null;
  readonly expected: {
    /** Of extracting and computing, from earlier runs; `null`: not known. */
    readonly seconds: number | null;
    /** Steps that no earlier run tells of. */
    readonly unknown: readonly string[];
  };
}

export interface Known {
  readonly plan: PlanDocument;
  /** The earlier plan to compare with, and its edition when it is the live one's. */
  readonly before: { readonly plan: PlanDocument; readonly edition: string | null } | null;
  /** The live release, and whether its edition is what the plan would make. */
  readonly live: Release | null;
  readonly unchanged: boolean;
  /** Sources that would have to be read whole, and may not be now. */
  readonly outsideHours: readonly CheckResult[];
  readonly otherFolder: string | null;
  /** Receipts by fingerprint whose data are there. */
  readonly held: ReadonlyMap<string, Receipt>;
  /** Models that have an earlier table to go on from, and of whose inputs none may reach every key. */
  readonly following: ReadonlySet<string>;
  /** Of earlier runs, for the time that steps take. */
  readonly receipts: readonly Receipt[];
  /** Chunks that are there, by the stretches of the plan. */
  readonly chunks: ReadonlyMap<string, readonly Receipt[]>;
  /** Snapshots that are gone on from, by their keys. */
  readonly snapshots: ReadonlyMap<string, Snapshot>;
}

function amount(parts: PlannedSource['parts']): Amount {
  const sum = (of: (part: PlannedSource['parts'][number]) => number) => parts.reduce((all, part) => all + of(part), 0);
  return { parts: parts.length, records: sum(({ records }) => records), bytes: sum(({ bytes }) => bytes) };
}

/** What is read of a table tonight; a child's is what its parent's is. */
function tableOf(source: PlannedSource, { plan, chunks, snapshots }: Known): TablePreview | undefined {
  const { table } = source;
  const parent = plan.sources.find(({ name }) => name === table?.parent);
  if (table === undefined || parent?.table === undefined) return undefined;
  const { stretches } = parent.table;
  const all = stretches.some(({ since }) => since === null);
  const snapshot = table.base === null ? undefined : snapshots.get(table.base);
  const reads =
    stretches.length === 0 ? 'nothing' : !all ? 'changes' : parent.table.loadId === plan.runId ? 'everything' : 'rest';
  const isChild = parent.name !== source.name;
  return {
    reads: reads === 'rest' && parent.table.load === null ? 'everything' : reads,
    parent: isChild ? parent.name : null,
    since: stretches.find(({ since }) => since !== null)?.since ?? null,
    rows: isChild ? null : Math.round(rowsToRead(source, chunks)),
    known: snapshot?.tables.find(({ name }) => name === source.name)?.rows ?? null,
    cutBy: table.cutBy,
    hidesRows: table.hidesRows ?? false,
    hours: (all && parent.definition.type === 'postgres' ? parent.definition.full_loads : undefined) ?? null,
  };
}

export function previewOf(all: Known): RunPreview {
  const { plan, before, live, unchanged, outsideHours, otherFolder, held, receipts } = all;
  const earlier = before?.plan ?? null;
  const { reasons, gone } = planChanges(plan, earlier ?? { ...plan, full: false, sources: [], models: [] });
  const isMissing = ({ fingerprint }: { readonly fingerprint: string }) => !unchanged && !held.has(fingerprint);
  const missing = {
    parts: new Set(plan.sources.flatMap(({ parts }) => parts.filter(isMissing).map(({ fingerprint }) => fingerprint))),
    rows: new Map(
      plan.sources.flatMap((source) =>
        (source.table?.stretches.length ?? 0) === 0 ? [] : [[source.name, rowsToRead(source, all.chunks)] as const],
      ),
    ),
    models: new Set(plan.models.filter((model) => model.written && isMissing(model)).map(({ name }) => name)),
  };
  const expected = expectSeconds(plan, earlier, missing, receipts);
  const why = (name: string, lacks: boolean): readonly Reason[] => {
    const found = reasons.get(name) ?? [];
    return lacks && found.length === 0 ? [{ kind: 'missing' }] : found;
  };
  const sourceOf = (source: PlannedSource): SourcePreview => {
    const read = source.parts.filter((part) => !missing.parts.has(part.fingerprint));
    const files = [...new Set(source.parts.map(({ file }) => file))];
    const table = tableOf(source, all);
    const isRead = read.length < source.parts.length || missing.rows.has(source.name);
    return {
      name: source.name,
      ...amount(source.parts),
      files: files.map((file) => ({ file, ...amount(source.parts.filter((part) => part.file === file)) })),
      inLedger: amount(read),
      lanes: source.lanes.length,
      cut: source.cut,
      reasons: why(source.name, read.length < source.parts.length),
      seconds: expected.steps.get(source.name) ?? (isRead ? null : 0),
      ...(table === undefined ? {} : { table }),
    };
  };
  const modelOf = (model: PlannedModel): ModelPreview => {
    const { name, published, reads, file } = model;
    const builds = missing.models.has(name);
    const receipt = held.get(model.fingerprint);
    const makes = all.following.has(name) ? 'follow' : 'build';
    const does = unchanged ? 'none' : builds ? makes : model.written ? 'reuse' : 'view';
    return {
      ...{ name, does, published, reads, file },
      reasons: why(name, builds),
      ...(does !== 'reuse' || receipt === undefined
        ? {}
        : { made: { runId: receipt.runId, at: receipt.madeAt, rows: receipt.rows } }),
      seconds: expected.steps.get(name) ?? (builds ? null : 0),
    };
  };
  const dated = { asOf: plan.window.asOf, knownAt: plan.plannedAt };
  return {
    pipeline: plan.pipeline,
    folder: plan.folder,
    window: plan.window,
    full: plan.full,
    parameters: plan.parameters,
    outcome: unchanged
      ? 'unchanged'
      : outsideHours.length > 0
        ? 'blocked'
        : mayReplace(dated, live)
          ? 'publish'
          : 'keep',
    blockedBy: outsideHours,
    live: live?.edition ?? null,
    since:
      before === null
        ? null
        : {
            workflowId: before.plan.workflowId,
            runId: before.plan.runId,
            plannedAt: before.plan.plannedAt,
            edition: before.edition,
          },
    sources: plan.sources.map(sourceOf),
    models: plan.models.map(modelOf),
    published: plan.models.filter(({ published }) => published).map(({ name }) => name),
    gone: before === null ? [] : gone,
    checks: plan.checks.length,
    destination: plan.destination,
    otherFolder,
    expected: { seconds: unchanged ? 0 : expected.seconds, unknown: expected.unknown },
  };
}
