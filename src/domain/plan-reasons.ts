/** Why a source or a model of a plan is not what it was in an earlier one. */
import type { PlanDocument, PlannedModel, PlannedSource, TypedValue } from './plan';

export type Reason =
  /** The earlier plan had nothing of this name. */
  | { readonly kind: 'new' }
  | { readonly kind: 'file'; readonly change: 'new' | 'changed' | 'gone'; readonly file: string }
  /** Keys of the source's declaration. */
  | { readonly kind: 'declaration'; readonly keys: readonly string[] }
  | { readonly kind: 'mapping' }
  | { readonly kind: 'sql' }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      /** `null`: it was not there, or not read. */
      readonly before: string | null;
      readonly after: string;
    }
  /** A table of a database: so many rows were written since the snapshot's cut; none where only their number differs. */
  | { readonly kind: 'rows'; readonly changed: number; readonly since: string }
  /** Nothing tells what changed, so all is read. */
  | { readonly kind: 'cursor' }
  /** A first load that an earlier run began is gone on with. */
  | { readonly kind: 'load' }
  /** The same declaration, but another database or table stands behind it. */
  | { readonly kind: 'database' }
  /** A table that it reads is made from something else. */
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'zone' | 'engine'; readonly before: string; readonly after: string }
  /** Made anew on request: by this plan, or by the earlier one, whose data are its own. */
  | { readonly kind: 'full'; readonly by: 'this' | 'earlier' }
  /** The same as in the earlier plan; but its data are not in the store: not finished, damaged or swept. */
  | { readonly kind: 'missing' }
  /** Made from something else than before; what it is, the earlier plan does not tell. */
  | { readonly kind: 'other' };

export interface PlanChanges {
  /** By source and model name; without a reason, it is as it was. */
  readonly reasons: ReadonlyMap<string, readonly Reason[]>;
  /** Sources and models that are not in the plan any more. */
  readonly gone: readonly string[];
}

/** Keys of a source that decide what is made of its files. */
const DECLARED = [
  'type',
  'columns',
  'key',
  'accept',
  'part',
  'delimiter',
  'quote',
  'escape',
  'header',
  'compression',
  ...(['table', 'query', 'cursor', 'soft_delete', 'parent', 'parent_key', 'connection'] as const),
] as const;

type Plan = Pick<PlanDocument, 'sources' | 'models' | 'variables' | 'zone' | 'engine' | 'full' | 'runId'>;
interface Pair {
  readonly now: Plan;
  readonly before: Plan;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What may be different for every step. */
function surroundings({ now, before }: Pair): Reason[] {
  const reasons: Reason[] = [];
  if (now.zone !== before.zone) reasons.push({ kind: 'zone', before: before.zone, after: now.zone });
  if (before.engine !== undefined && now.engine !== undefined && now.engine !== before.engine)
    reasons.push({ kind: 'engine', before: before.engine, after: now.engine });
  return reasons;
}

/** Parameters and days that a step reads and that have another value; the zone is told of every step. */
function parameters(names: readonly string[], { now, before }: Pair): Reason[] {
  return names.flatMap((name): Reason[] => {
    const after: TypedValue | undefined = now.variables[name];
    const earlier = before.variables[name];
    if (name === 'zone' || after === undefined || same(after, earlier)) return [];
    return [{ kind: 'parameter', name, before: earlier?.value ?? null, after: after.value }];
  });
}

function fileReasons(now: PlannedSource, before: PlannedSource): Reason[] {
  const identities = (source: PlannedSource) =>
    new Map(source.parts.map(({ file, size, mtimeNs }) => [file, `${size} ${mtimeNs}`]));
  const files = identities(now);
  const earlier = identities(before);
  const found: Reason[] = [];
  for (const [file, identity] of files) {
    const change = !earlier.has(file) ? 'new' : earlier.get(file) === identity ? undefined : 'changed';
    if (change !== undefined) found.push({ kind: 'file', change, file });
  }
  for (const file of earlier.keys()) if (!files.has(file)) found.push({ kind: 'file', change: 'gone', file });
  return found;
}

/** A table with its parent, whose changes are its own. */
function tableReasons(now: PlannedSource, { now: plan }: Pair): Reason[] {
  const { table } = now;
  if (table === undefined) return [];
  if (table.parent !== now.name) return [{ kind: 'input', name: table.parent }];
  if (table.base !== null) {
    const since = table.stretches.find((stretch) => stretch.since !== null)?.since ?? '';
    return since === '' ? [] : [{ kind: 'rows', changed: table.changed ?? 0, since }];
  }
  if (table.load !== null && table.loadId !== plan.runId) return [{ kind: 'load' }];
  return [];
}

/** Nothing else says why all of a table is read. */
function otherwise({ table, definition }: PlannedSource, before: PlannedSource): Reason[] {
  if (table === undefined || table.base !== null || before.table === undefined) return [];
  if (table.declared !== before.table.declared) return [{ kind: 'database' }];
  return 'cursor' in definition && definition.cursor !== undefined ? [{ kind: 'missing' }] : [{ kind: 'cursor' }];
}

function sourceReasons(now: PlannedSource, before: PlannedSource, pair: Pair): Reason[] {
  const [declared, earlier] = [now, before].map(({ definition }) => definition as unknown as Record<string, unknown>);
  const keys = DECLARED.filter((key) => !same(declared?.[key], earlier?.[key]));
  const found: Reason[] = [
    ...fileReasons(now, before),
    ...tableReasons(now, pair),
    ...(keys.length === 0 ? [] : [{ kind: 'declaration' as const, keys }]),
    ...(now.mapping === before.mapping ? [] : [{ kind: 'mapping' as const }]),
    ...parameters(now.variables ?? [], pair),
    ...surroundings(pair),
  ];
  return found.length > 0 || pair.now.full ? found : otherwise(now, before);
}

function modelReasons(
  now: PlannedModel,
  before: PlannedModel,
  pair: Pair,
  fingerprints: readonly ReadonlyMap<string, string>[],
): Reason[] {
  const [current, earlier] = fingerprints;
  return [
    ...(now.sql === before.sql ? [] : [{ kind: 'sql' as const }]),
    ...parameters(now.variables ?? [], pair),
    ...now.reads
      .filter((name) => before.reads.includes(name) && current?.get(name) !== earlier?.get(name))
      .map((name) => ({ kind: 'input' as const, name })),
    ...surroundings(pair),
  ];
}

const fingerprintsOf = ({ sources, models }: Plan) =>
  new Map([...sources, ...models].map(({ name, fingerprint }) => [name, fingerprint]));

/** Everything that is not what it was, each with every reason that the two plans tell. */
export function planChanges(now: Plan, before: Plan): PlanChanges {
  const pair = { now, before };
  const fingerprints = [fingerprintsOf(now), fingerprintsOf(before)];
  const reasons = new Map<string, readonly Reason[]>();
  const judge = <T extends { readonly name: string; readonly fingerprint: string }>(
    item: T,
    earlier: T | undefined,
    why: (earlier: T) => Reason[],
    isSource: boolean,
  ): void => {
    if (earlier === undefined) return void reasons.set(item.name, [{ kind: 'new' }]);
    if (item.fingerprint === earlier.fingerprint) return void reasons.set(item.name, []);
    const found = why(earlier);
    // What is salted is a source; models follow.
    if (isSource && now.full) found.push({ kind: 'full', by: 'this' });
    else if (isSource && before.full) found.push({ kind: 'full', by: 'earlier' });
    reasons.set(item.name, found.length === 0 ? [{ kind: 'other' }] : found);
  };
  for (const source of now.sources) {
    const earlier = before.sources.find(({ name }) => name === source.name);
    judge(source, earlier, (known) => sourceReasons(source, known, pair), true);
  }
  for (const model of now.models) {
    const earlier = before.models.find(({ name }) => name === model.name);
    judge(model, earlier, (known) => modelReasons(model, known, pair, fingerprints), false);
  }
  return { reasons, gone: [...fingerprintsOf(before).keys()].filter((name) => !reasons.has(name)) };
}
