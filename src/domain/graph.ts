/** The graph of models. Pure and without zod: the workflow walks it. */

export interface Node {
  readonly name: string;
  /** Names it reads, sources included; what is not a node is given from outside. */
  readonly reads: readonly string[];
}

/** Names on a cycle, in reading order and closed: `a → b → a`. */
export class CycleError extends Error {
  constructor(readonly cycle: readonly string[]) {
    super(`the models read each other in a circle: ${cycle.join(' → ')}`);
  }
}

/** Orders nodes so that each comes after what it reads; ties by name, so that histories never depend on chance. */
export function topologicalOrder<T extends Node>(nodes: readonly T[]): T[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const missing = new Map(nodes.map((node) => [node.name, new Set(node.reads.filter((name) => byName.has(name)))]));
  const ordered: T[] = [];
  while (missing.size > 0) {
    const ready = [...missing].filter(([, reads]) => reads.size === 0).map(([name]) => name);
    if (ready.length === 0) throw new CycleError(findCycle(missing));
    for (const name of ready.toSorted()) {
      const node = byName.get(name);
      if (node !== undefined) ordered.push(node);
      missing.delete(name);
    }
    for (const reads of missing.values()) for (const name of ready) reads.delete(name);
  }
  return ordered;
}

function findCycle(missing: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let name = [...missing.keys()].toSorted()[0] ?? '';
  while (!path.includes(name)) {
    path.push(name);
    name = [...(missing.get(name) ?? [])].toSorted()[0] ?? '';
  }
  return [...path.slice(path.indexOf(name)), name];
}

/** For each name, how many nodes read it. */
export function readerCounts(nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    for (const name of new Set(node.reads)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Names of models that are written; the others are views inside their only reader. */
export function writtenModels(
  models: readonly (Node & { readonly header: { readonly publish: boolean } })[],
  checked: ReadonlySet<string>,
): Set<string> {
  const readers = readerCounts(models);
  const written = models.filter(({ name, header }) => header.publish || checked.has(name) || readers.get(name) !== 1);
  return new Set(written.map(({ name }) => name));
}

/** Written models that a model depends on, directly or through views. */
export function writtenAncestors(
  name: string,
  nodes: ReadonlyMap<string, Node & { readonly written: boolean }>,
): string[] {
  const found = new Set<string>();
  const visit = (reader: string) => {
    for (const read of nodes.get(reader)?.reads ?? []) {
      const node = nodes.get(read);
      if (node === undefined) continue;
      if (node.written) found.add(read);
      else visit(read);
    }
  };
  visit(name);
  return [...found].toSorted();
}

/**
 * What a model is computed from when some tables are given: the nodes to compute, in the order of `nodes` and itself
 * among them, and the other tables that these read. What only given tables are made of is needed by nobody.
 */
export function computedFrom<T extends Node>(name: string, nodes: readonly T[], given: ReadonlySet<string>) {
  const found = new Set<string>();
  const visit = (reader: string) => {
    found.add(reader);
    const node = reader !== name && given.has(reader) ? undefined : nodes.find((other) => other.name === reader);
    for (const read of node?.reads ?? []) if (!found.has(read)) visit(read);
  };
  visit(name);
  const computed = nodes.filter((node) => found.has(node.name) && (node.name === name || !given.has(node.name)));
  const tables = [...found].filter((table) => !computed.some((node) => node.name === table));
  return { computed, tables };
}

export type Settled<R> =
  | { readonly state: 'done'; readonly value: R }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'skipped'; readonly because: string };

/**
 * Runs a step for each node as soon as what it comes after is done. A failure skips only what depends on it; the
 * siblings go on, and everything is settled when the promise resolves.
 */
export async function runGraph<N extends { readonly name: string; readonly after: readonly string[] }, R>(
  nodes: readonly N[],
  step: (node: N) => Promise<R>,
  onSkip: (node: N, because: string) => void = () => undefined,
): Promise<Map<string, Settled<R>>> {
  const settled = new Map<string, Promise<Settled<R>>>();
  const settle = async (node: N): Promise<Settled<R>> => {
    for (const name of node.after) {
      const before = await settled.get(name);
      if (before === undefined || before.state === 'done') continue;
      const because = before.state === 'skipped' ? before.because : name;
      onSkip(node, because);
      return { state: 'skipped', because };
    }
    try {
      return { state: 'done', value: await step(node) };
    } catch (error) {
      return { state: 'failed', error };
    }
  };
  // In topological order, so that each finds the promises of what it comes after.
  for (const node of nodes) settled.set(node.name, settle(node));
  const results = new Map<string, Settled<R>>();
  for (const [name, promise] of settled) results.set(name, await promise);
  return results;
}
