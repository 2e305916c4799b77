/** Pieces of DuckDB's own syntax tree (`json_serialize_sql`). */

export type Tree = { [name: string]: unknown };
export type Columns = readonly string[];

/** What a FROM reads: a table, a common table or a subquery. */
export interface Relation {
  readonly columns: readonly (string | undefined)[] | undefined;
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

export function columnRef(node: unknown): { readonly alias?: string; readonly column: string } | undefined {
  if (!isTree(node) || node.class !== 'COLUMN_REF' || !Array.isArray(node.column_names)) return undefined;
  const names = node.column_names.map(String);
  const column = names.at(-1) ?? '';
  const alias = names.at(-2);
  return alias === undefined ? { column } : { alias, column };
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
