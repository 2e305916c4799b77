/** How long steps will take, from what they took before. Seconds; `null` is not known. */
import type { PlanDocument, PlannedPart, PlannedSource } from './plan';
import type { Receipt } from './receipt';

export interface Expected {
  /** Of each source and model that has something to do. */
  readonly steps: ReadonlyMap<string, number | null>;
  /** From the first part to the last table, as far as it is known; checks and publishing leave no receipts. */
  readonly seconds: number | null;
  /** Steps of which no earlier run tells. */
  readonly unknown: readonly string[];
}

const total = <T>(items: readonly T[], of: (item: T) => number) => items.reduce((sum, item) => sum + of(item), 0);

/** Seconds for parts of a source, by the bytes that earlier ones took, spread over its lanes. */
function extraction(parts: readonly PlannedPart[], lanes: number, earlier: readonly Receipt[]): number | null {
  const bytes = total(earlier, ({ part }) => part?.bytes ?? 0);
  if (bytes === 0) return null;
  const rate = total(earlier, ({ seconds }) => seconds) / bytes;
  return (rate * total(parts, (part) => part.bytes)) / Math.max(1, lanes);
}

/** Seconds for rows of a table, by those that earlier chunks took, spread over its lanes. */
function reading(rows: number, lanes: number, earlier: readonly Receipt[]): number | null {
  const read = total(earlier, ({ chunk }) => chunk?.read ?? 0);
  if (read === 0) return null;
  return ((total(earlier, ({ seconds }) => seconds) / read) * rows) / Math.max(1, lanes);
}

/** Rows of a table and its children that are to be read; of all of it, those of the parent. */
export function rowsToRead(
  { table }: Pick<PlannedSource, 'table'>,
  known: ReadonlyMap<string, readonly Receipt[]>,
): number {
  return total(table?.stretches ?? [], (stretch) => {
    if (stretch.since !== null) return (table?.changed ?? stretch.records) / (table?.stretches.length ?? 1);
    const there = total(known.get(stretch.fingerprint) ?? [], ({ chunk }) => chunk?.read ?? 0);
    return Math.max(0, stretch.records - there);
  });
}

/** Records of all sources that a model is made from, directly or through others. */
function recordsBehind(name: string, plan: Pick<PlanDocument, 'sources' | 'models'>): number {
  const seen = new Set<string>();
  const visit = (read: string): number => {
    if (seen.has(read)) return 0;
    seen.add(read);
    const source = plan.sources.find((planned) => planned.name === read);
    if (source !== undefined) return source.table?.records ?? total(source.parts, ({ records }) => records);
    return total(plan.models.find((planned) => planned.name === read)?.reads ?? [], visit);
  };
  return visit(name);
}

/**
 * Expects the parts and models that are `missing` to take what they took last, more where there is more to read:
 * sources at the same time, then models along the longest way through the graph.
 */
export function expectSeconds(
  plan: Pick<PlanDocument, 'sources' | 'models'>,
  before: Pick<PlanDocument, 'sources' | 'models'> | null,
  missing: {
    readonly parts: ReadonlySet<string>;
    readonly models: ReadonlySet<string>;
    /** Rows to read of tables of databases. */
    readonly rows: ReadonlyMap<string, number>;
  },
  receipts: readonly Receipt[],
): Expected {
  const steps = new Map<string, number | null>();
  for (const source of plan.sources) {
    const parts = source.parts.filter(({ fingerprint }) => missing.parts.has(fingerprint));
    const earlier = receipts.filter(({ name, part }) => name === source.name && part !== undefined);
    if (parts.length > 0) steps.set(source.name, extraction(parts, source.lanes.length, earlier));
    const rows = missing.rows.get(source.name);
    const chunks = receipts.filter(({ name, chunk }) => name === source.name && chunk !== undefined);
    if (rows !== undefined) steps.set(source.name, reading(rows, source.lanes.length, chunks));
  }
  const extracting = Math.max(0, ...plan.sources.map(({ name }) => steps.get(name) ?? 0));
  const until = new Map<string, number>();
  for (const model of plan.models) {
    let own = 0;
    if (missing.models.has(model.name)) {
      // A published table has a second receipt under its name, of its compression.
      const last = receipts
        .filter(({ name, part, data }) => name === model.name && part === undefined && data.uri.includes('models/'))
        .toSorted((a, b) => (a.madeAt < b.madeAt ? 1 : -1))[0];
      const then = before?.models.some(({ fingerprint }) => fingerprint === last?.fingerprint)
        ? recordsBehind(model.name, before)
        : 0;
      const growth = then === 0 ? 1 : recordsBehind(model.name, plan) / then;
      const seconds = last === undefined ? null : last.seconds * growth;
      steps.set(model.name, seconds);
      own = seconds ?? 0;
    }
    until.set(model.name, own + Math.max(0, ...model.reads.map((name) => until.get(name) ?? 0)));
  }
  const unknown = [...steps].filter(([, seconds]) => seconds === null).map(([name]) => name);
  const known = extracting + Math.max(0, ...until.values());
  return { steps, unknown, seconds: steps.size > 0 && unknown.length === steps.size ? null : known };
}
