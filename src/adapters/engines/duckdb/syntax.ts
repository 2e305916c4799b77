/** Pieces of DuckDB's own syntax tree (`json_serialize_sql`). */

export type Tree = { [name: string]: unknown };
export type Columns = readonly string[];

/** What a FROM reads: a table, a common table or a subquery. */
export interface Relation {
  readonly columns: readonly string[] | undefined;
  /** Its columns that hold the key; `undefined` where it has none. */
  readonly key: readonly string[] | undefined;
  /** Tables without the key that it is made of. */
  readonly bases: readonly string[];
  /** Its name where it is a table itself. */
  readonly table?: string;
}

export interface Leaf {
  readonly alias: string;
  readonly relation: Relation;
  readonly node: Tree;
  /** Its columns are NULL where it has no row, so that its key is not that of the joined row. */
  readonly weak?: boolean;
  /** Columns of USING that `*` gives of another table, in lower case. */
  readonly merged?: readonly string[];
}

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const trees = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : []);
export const lower = (text: string): string => text.toLowerCase();

/** DuckDB's "no position" is 2^64 − 1. */
export const offsetOf = (node: Tree): number => {
  const at = Number(node.query_location);
  return Number.isFinite(at) && at < 1e9 ? at : 0;
};

export const aliasOf = (node: Tree): string => String(node.alias || node.table_name || '');

export const selectOf = (query: unknown): Tree | undefined =>
  isTree(query) && isTree(query.node) ? query.node : undefined;

/** Entries `{key, value}` of a WITH. */
export const commonTables = (node: Tree): Tree[] => (isTree(node.cte_map) ? trees(node.cte_map.map) : []);

/** `o.place.city` → `[o, place, city]` */
export const namesOf = (node: unknown): readonly string[] =>
  isTree(node) && node.class === 'COLUMN_REF' && Array.isArray(node.column_names) ? node.column_names.map(String) : [];

/** A column by its name, or its table's and its own; nothing of fields inside a column. */
export function columnRef(node: unknown): { readonly alias?: string; readonly column: string } | undefined {
  const names = namesOf(node);
  const column = names.at(-1);
  if (column === undefined || names.length > 2) return undefined;
  return names.length === 1 ? { column } : { alias: names[0] ?? '', column };
}

const EQUAL = new Set(['COMPARE_EQUAL', 'COMPARE_NOT_DISTINCT_FROM']);

/** Both sides of each equality that must hold: those of an AND, not those of an OR. */
export function equalities(condition: unknown): [unknown, unknown][] {
  if (!isTree(condition)) return [];
  if (condition.type === 'CONJUNCTION_AND') return trees(condition.children).flatMap(equalities);
  return condition.class === 'COMPARISON' && EQUAL.has(String(condition.type))
    ? [[condition.left, condition.right]]
    : [];
}

/** All nodes of a tree, itself first. */
export function* nodesOf(node: unknown): Generator<Tree> {
  if (Array.isArray(node)) for (const item of node) yield* nodesOf(item);
  if (!isTree(node)) return;
  yield node;
  for (const value of Object.values(node)) yield* nodesOf(value);
}

/** Tables, subqueries and functions of a FROM, without what is inside them. */
export const leavesOf = (from: unknown): Tree[] => {
  if (!isTree(from)) return [];
  return from.type === 'JOIN' ? [...leavesOf(from.left), ...leavesOf(from.right)] : [from];
};
