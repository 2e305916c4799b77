/** Which keys a change in a lookup reaches: a SELECT over the same tables, with what changed in its place. */
import { changedName } from '../../../domain/sql';
import { aliasOf, isTree, type Leaf, type Tree } from './syntax';

export interface Lookup {
  readonly table: string;
  /** A syntax tree that gives the keys of rows that meet what changed, which is read as `changedName(table)`. */
  readonly keys: Tree;
}

export const contains = (node: unknown, sought: Tree): boolean =>
  node === sought ||
  (isTree(node) && node.type === 'JOIN' && (contains(node.left, sought) || contains(node.right, sought)));

/** The joins between the lookup and the anchor; others could only lose rows. */
function path(node: unknown, lookup: Leaf, anchor: Leaf): unknown {
  if (!isTree(node)) return node;
  if (node === lookup.node) return { ...node, alias: aliasOf(node), table_name: changedName(String(node.table_name)) };
  if (node.type !== 'JOIN') return node;
  const needs = (side: unknown) => contains(side, lookup.node) || contains(side, anchor.node);
  const [left, right] = [path(node.left, lookup, anchor), path(node.right, lookup, anchor)];
  if (contains(node.right, lookup.node)) return { ...node, left, right, join_type: 'INNER' };
  if (contains(node.left, lookup.node)) return needs(node.right) ? { ...node, left, right, join_type: 'INNER' } : left;
  // Beside the path: rows without a partner stay, as what changed may be what they lack.
  return node.join_type === 'INNER' && node.ref_type === 'REGULAR'
    ? { ...node, left, right, join_type: 'LEFT' }
    : { ...node, left, right };
}

/** "No position" is too large for a number of JavaScript, and would not be read again. */
const withoutPlaces = (node: Tree): Tree =>
  JSON.parse(JSON.stringify(node, (name, value: unknown) => (name === 'query_location' ? undefined : value))) as Tree;

export function keysReachedBy(
  lookup: Leaf,
  fromTable: unknown,
  anchor: Leaf,
  common: readonly Tree[],
): Pick<Lookup, 'keys'> {
  const columns = (anchor.relation.key ?? []).map((column) => ({
    class: 'COLUMN_REF',
    type: 'COLUMN_REF',
    alias: '',
    column_names: [anchor.alias, column],
  }));
  return {
    keys: withoutPlaces({
      type: 'SELECT_NODE',
      modifiers: [{ type: 'DISTINCT_MODIFIER', distinct_on_targets: [] }],
      cte_map: { map: common },
      select_list: columns,
      from_table: path(fromTable, lookup, anchor),
      where_clause: null,
      group_expressions: [],
      group_sets: [],
      aggregate_handling: 'STANDARD_HANDLING',
      having: null,
      sample: null,
      qualify: null,
    }),
  };
}
