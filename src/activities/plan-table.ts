/** Plans a table of a database with all that belongs to it: what is read tonight, and what it is merged with. */
import type { Pipeline } from '../adapters/definition/pipeline';
import type { DatabaseLook, DatabaseTable } from '../adapters/source';
import type { PostgresSourceDefinition } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument, PlannedSource, PlannedStretch, PlannedTable, TypedValue } from '../domain/plan';
import type { Load, Snapshot } from '../domain/snapshot';
import { fingerprint } from './fingerprint';
import { spread } from './plan-source';
import type { Planning, Services } from './services';

/** Raised whenever something else is made of the same rows. */
const READERS = 1;
/** From here on two lanes are worth their while. */
const TWO_LANES_BYTES = 256_000_000;

interface Request {
  readonly pipeline: Pipeline;
  /** The parent's name. */
  readonly name: string;
  readonly folder: string;
  readonly variables: Readonly<Record<string, TypedValue>>;
  readonly full: boolean;
  readonly runId: string;
  readonly signal: AbortSignal;
}

const isTable = (definition: unknown): definition is PostgresSourceDefinition =>
  (definition as { type?: unknown }).type === 'postgres';

/** A parent and its children, the parent first. */
export function familyOf(pipeline: Pipeline, parent: string): DatabaseTable[] {
  const names = Object.keys(pipeline.definition.sources);
  const children = names.filter((name) => {
    const definition = pipeline.definition.sources[name];
    return isTable(definition) && definition.parent === parent;
  });
  return [parent, ...children].map((name) => {
    const definition = pipeline.definition.sources[name];
    const mapping = pipeline.sources[name]?.mapping;
    if (!isTable(definition)) throw new DaybreakError('Bug', { what: `${name} is no table of a database` });
    return { name, definition, ...(mapping === undefined ? {} : { mapping }) };
  });
}

/** What is looked for at night: deleted rows are, unless a column tells them or nobody wants to know. */
export const countsRows = ({ on_delete, soft_delete }: PostgresSourceDefinition): boolean =>
  on_delete === 'remove' && soft_delete === undefined;

/** Nothing was written since, and as many rows are there as the snapshot has. */
function isQuiet(look: DatabaseLook, base: Snapshot, tables: readonly DatabaseTable[]): boolean {
  if (look.changed !== 0) return false;
  return tables.every(({ name, definition }) => {
    if (!countsRows(definition)) return true;
    const known = base.tables.find((table) => table.name === name);
    return known?.quarantined === 0 && look.counts?.get(name) === known.rows;
  });
}

/** What decides what is made of the rows of the family, and whose rows they are. */
function declaredOf(request: Request, tables: readonly DatabaseTable[], identity: string, engine: string): string {
  const { pipeline, variables } = request;
  return fingerprint({
    readers: READERS,
    engine,
    zone: pipeline.definition.zone,
    identity,
    tables: tables.map(({ name, definition, mapping }) => ({
      name,
      mapping,
      columns: Object.entries(definition.columns),
      ...{ key: definition.key, parent_key: definition.parent_key, accept: definition.accept },
      ...{ query: definition.query, cursor: definition.cursor, soft_delete: definition.soft_delete },
      variables: pipeline.sources[name]?.variables.map((variable) => [variable, variables[variable]]),
    })),
  });
}

/** Notes first loads that begin tonight, so that another night goes on with them. Fails as `Transient` when another run was first. */
export async function beginLoads(services: Services, plan: PlanDocument): Promise<void> {
  for (const { name, table, cut } of plan.sources) {
    if (table === undefined || table.load === null) continue;
    const stretches = table.stretches.filter(({ since }) => since === null);
    const load = { id: plan.runId, cut, stretches, startedAt: plan.plannedAt };
    const begun = await services.snapshots(plan.pipeline).begin(table.load, load);
    if (begun.id === table.loadId) continue;
    throw new DaybreakError('Transient', {
      where: `source ${name}`,
      what: 'another run began to read the table at the same time',
      next: 'nothing: the run plans again and goes on with what that one reads',
    });
  }
}

/**
 * What is read tonight: nothing of a quiet table, what changed since the snapshot, or everything. A first load that an
 * earlier night began is gone on with, and what changed since it began is read besides.
 */
function stretchesOf(
  look: DatabaseLook,
  known: { readonly declared: string; readonly base: Snapshot | undefined; readonly load: Load | undefined },
  tables: readonly DatabaseTable[],
  runId: string,
): PlannedStretch[] {
  const { declared, base, load } = known;
  const reading = (since: string | null): PlannedStretch[] =>
    look.stretches.map((stretch) => {
      const { from, to } = stretch;
      return { ...stretch, since, fingerprint: fingerprint({ declared, from, to, since, run: runId }) };
    });
  if (base !== undefined) return isQuiet(look, base, tables) ? [] : reading(base.cut);
  if (load === undefined) return reading(null);
  return load.id === runId ? [...load.stretches] : [...load.stretches, ...reading(load.cut)];
}

/** The family as it is read tonight. */
export async function planTables(services: Planning, request: Request): Promise<PlannedSource[]> {
  const { pipeline, name, folder, variables, full, runId, signal } = request;
  const tables = familyOf(pipeline, name);
  const [parent] = tables as [DatabaseTable];
  const book = services.snapshots(pipeline.definition.name);
  const newest = full || parent.definition.cursor === undefined ? undefined : await book.newest(name);
  const scratch = `${runId}/plan-${name}`;
  const opened = await services.openDatabase({
    tables,
    folder,
    scratch: await services.store.scratch(scratch),
    zone: pipeline.definition.zone,
    variables,
    runId,
  });
  let look: DatabaseLook;
  try {
    const since = newest?.snapshot.cut ?? null;
    const count = newest !== undefined && tables.some(({ definition }) => countsRows(definition));
    look = await opened.look({ since, count }, { signal });
  } finally {
    await opened.close();
    await services.store.removeScratch(scratch);
  }
  const declared = declaredOf(request, tables, look.identity, services.engine.version);
  const base = newest?.snapshot.declared === declared ? newest : undefined;
  const loadKey = book.loadKey(name, declared);
  const load = base === undefined && !full ? await book.load(loadKey) : undefined;
  const stretches = stretchesOf(look, { declared, base: base?.snapshot, load }, tables, runId);
  const bytes = stretches.reduce((sum, stretch) => sum + stretch.bytes, 0);
  const lanes = parent.definition.lanes ?? (bytes >= TWO_LANES_BYTES ? 2 : 1);
  const layers = base?.snapshot.layers ?? [];
  const startsLoad = base === undefined && !full && parent.definition.cursor !== undefined;
  return tables.map(({ name: table, definition, mapping }): PlannedSource => {
    const planned: PlannedTable = {
      parent: name,
      parentKey: table === name ? (definition.key ?? []) : (definition.parent_key ?? parent.definition.key ?? []),
      declared,
      base: base?.key ?? null,
      layers,
      cutBy: look.cutBy,
      ...(look.hidesRows.has(table) ? { hidesRows: true } : {}),
      records: look.stretches.reduce((sum, { records }) => sum + records, 0),
      changed: base === undefined ? null : look.changed,
      stretches: table === name ? stretches : [],
      load: startsLoad && table === name ? loadKey : null,
      loadId: load?.id ?? runId,
    };
    const known = base?.snapshot.tables.find((item) => item.name === table);
    const own =
      stretches.length === 0 && known !== undefined
        ? known.fingerprint
        : fingerprint({ declared, table, layers, stretches: stretches.map((stretch) => stretch.fingerprint) });
    return {
      name: table,
      fingerprint: own,
      lanes: table === name ? spread(stretches, lanes) : [],
      parts: [],
      table: planned,
      cut: look.cut,
      schema: pipeline.sources[table]?.columns ?? [],
      definition,
      variables: pipeline.sources[table]?.variables ?? [],
      ...(mapping === undefined ? {} : { mapping }),
    };
  });
}
