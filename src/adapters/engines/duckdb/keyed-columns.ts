/** Columns that a SELECT gives, and columns that it reads of its tables. */
import {
  columnRef,
  type Columns,
  isTree,
  type Leaf,
  leavesOf,
  lower,
  namesOf,
  nodesOf,
  type Tree,
  trees,
} from './syntax';

/** A column that a SELECT gives; without a name where how many there are, and how they are called, is not known. */
export interface Output {
  readonly name: string | undefined;
  /** Which column of the key it is. */
  readonly key?: number;
}

const UNKNOWN: Output = { name: undefined };

const texts = (list: unknown): string[] =>
  (Array.isArray(list) ? list : []).map((item) => lower(String(isTree(item) ? (item.column ?? item.key) : item)));

/** `* EXCLUDE (a) REPLACE (1 AS b) RENAME (c AS d)` of these tables. */
function starOutputs(star: Tree, leaves: readonly Leaf[]): Output[] {
  const alias = lower(String(star.relation_name ?? ''));
  const from = alias === '' ? leaves : leaves.filter((leaf) => lower(leaf.alias) === alias);
  if (star.columns === true || isTree(star.expr) || from.length === 0) return [UNKNOWN];
  const without = new Set(texts(star.exclude_list));
  const some = trees(star.qualified_exclude_list);
  const replaced = new Set(texts(star.replace_list));
  const renamed = trees(star.rename_list).map(({ key, value }) => [texts([key])[0], String(value)] as const);
  return from.flatMap((leaf) => {
    const { columns, key } = leaf.relation;
    if (columns === undefined) return [UNKNOWN];
    return columns.flatMap((column): Output[] => {
      const name = lower(column);
      const excluded = some.some((one) => lower(String(one.table)) === lower(leaf.alias) && texts([one])[0] === name);
      if (without.has(name) || excluded || (alias === '' && leaf.merged?.includes(name) === true)) return [];
      const given = renamed.find(([from]) => from === name)?.[1] ?? column;
      const index = leaf.weak === true || replaced.has(name) ? -1 : (key ?? []).findIndex((one) => lower(one) === name);
      return [index < 0 ? { name: given } : { name: given, key: index }];
    });
  });
}

/** What one item of a SELECT list gives; `keyOf` tells which column of the key an expression is. */
export function outputsOf(
  item: Tree,
  leaves: readonly Leaf[],
  keyOf: (item: Tree) => number | undefined,
): readonly Output[] {
  if (item.class === 'STAR') return starOutputs(item, leaves);
  for (const node of nodesOf(item))
    if (node.class === 'STAR' || (node.class === 'FUNCTION' && lower(String(node.function_name)) === 'unnest'))
      return [UNKNOWN];
  // What has no name of its own has its text, which is never that of a column.
  const name = String(item.alias || (namesOf(item).at(-1) ?? ''));
  const key = keyOf(item);
  return [key === undefined ? { name } : { name, key }];
}

/** Where the key is among columns; nothing where it is not, or not for certain. */
export function placesOf(outputs: readonly Output[], parts: number): readonly number[] | undefined {
  const places: number[] = [];
  for (let index = 0; index < parts; index += 1) {
    const at = outputs.findIndex(({ key }) => key === index);
    const before = outputs.slice(0, Math.max(at, 0));
    // Of two columns of one name the first has it.
    const hidden = before.some(({ name }) => name === undefined || lower(name) === lower(outputs[at]?.name ?? ''));
    if (at < 0 || hidden) return undefined;
    places.push(at);
  }
  return places;
}

/** What is read by name, or all of some tables: `*`, a row as a whole, places instead of names. */
function readOf(root: Tree, tables: ReadonlyMap<string, Columns>) {
  const names = new Set<string>();
  const wide = new Set<string>();
  const aliases = new Set<string>();
  for (const node of nodesOf(root)) {
    if (node.type === 'BASE_TABLE') aliases.add(lower(String(node.alias || node.table_name)));
    else if (typeof node.alias === 'string' && (node.type === 'SUBQUERY' || node.type === 'TABLE_FUNCTION'))
      aliases.add(lower(node.alias));
  }
  const everything = () => [...tables.keys()].forEach((name) => wide.add(lower(name)));
  const star = ({ relation_name, columns, expr }: Tree, from: unknown) => {
    const alias = lower(String(relation_name ?? ''));
    const leaves = leavesOf(from);
    const named = leaves.filter((leaf) => alias === '' || lower(String(leaf.alias || leaf.table_name)) === alias);
    // Of a table outside of this SELECT, of a struct, or by a pattern.
    if (named.length === 0 || columns === true || isTree(expr)) everything();
    for (const leaf of named) if (leaf.type === 'BASE_TABLE') wide.add(lower(String(leaf.table_name)));
  };
  const visit = (node: unknown, from: unknown, exists: boolean): void => {
    if (Array.isArray(node)) return node.forEach((item) => visit(item, from, exists));
    if (!isTree(node)) return;
    if (node.class === 'STAR') star(node, from);
    if (node.class === 'POSITIONAL_REFERENCE' || node.type === 'PIVOT' || node.ref_type === 'NATURAL') everything();
    const parts = namesOf(node);
    for (const name of parts) names.add(lower(name));
    if (parts.length === 1 && aliases.has(lower(parts[0] ?? ''))) everything();
    if (Array.isArray(node.using_columns)) for (const name of node.using_columns) names.add(lower(String(name)));
    if (node.type !== 'SELECT_NODE') {
      const asks = node.subquery_type === 'EXISTS';
      for (const [part, value] of Object.entries(node))
        visit(part === 'subquery' && isTree(value) ? value.node : value, from, asks && part === 'subquery');
      return;
    }
    for (const [part, value] of Object.entries(node)) {
      // What EXISTS selects is not looked at.
      const ignored = exists && part === 'select_list' && trees(value).every((item) => item.class === 'STAR');
      if (!ignored) visit(value, node.from_table, false);
    }
  };
  visit(root, undefined, false);
  return { names, wide };
}

/**
 * Columns that are read of each table, by name alone: a few too many are no harm. A table of which none is read by name
 * still counts by its rows, so one is given.
 */
export function usedColumns(
  root: Tree,
  tables: ReadonlyMap<string, Columns>,
  key: Columns,
): Map<string, readonly string[]> {
  const { names, wide } = readOf(root, tables);
  for (const column of key) names.add(lower(column));
  return new Map(
    [...tables].map(([name, columns]) => {
      const read = columns.filter((column) => names.has(lower(column)));
      return [name, wide.has(lower(name)) ? columns : read.length === 0 ? columns.slice(0, 1) : read];
    }),
  );
}

/** A name that GROUP BY takes from the SELECT list: only where no table has such a column. */
export function aliased(node: Tree, list: readonly Tree[], leaves: readonly Leaf[]): Tree | undefined {
  const ref = columnRef(node);
  if (ref === undefined || ref.alias !== undefined) return undefined;
  const name = lower(ref.column);
  const isColumn = leaves.some(({ relation }) => relation.columns?.some((column) => lower(column) === name) !== false);
  return isColumn ? undefined : list.find(({ alias }) => lower(String(alias ?? '')) === name);
}
