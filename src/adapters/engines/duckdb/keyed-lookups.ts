/** Which keys a change in a lookup reaches: a SELECT over the same tables, with what changed in its place. */
import { changedName } from '../../../domain/sql';
import { aliasOf, isTree, type Leaf, leavesOf, type Tree } from './syntax';

export interface Lookup {
  readonly table: string;
  /** A syntax tree that gives the keys of rows that meet what changed, which is read as `changedName(table)`. */
  readonly keys: Tree;
}

const contains = (node: unknown, leaf: Leaf): boolean => leavesOf(node).includes(leaf.node);

/**
 * The joins between the anchor and the lookup, and those before it; what is joined to them later could only lose rows. Of
 * several lookups that changed, the first one from the anchor on is met by rows that did not change, so each key is found.
 * That needs an order: nothing where the lookup is in a branch of several tables without the key.
 */
function path(node: unknown, lookup: Leaf, anchor: Leaf): Tree | undefined {
  if (!isTree(node)) return undefined;
  if (node === lookup.node) return { ...node, alias: aliasOf(node), table_name: changedName(String(node.table_name)) };
  if (node.type !== 'JOIN') return node;
  for (const side of [node.left, node.right])
    if (contains(side, lookup) && contains(side, anchor)) return path(side, lookup, anchor);
  const branch = contains(node.left, lookup) ? node.left : node.right;
  if (branch !== lookup.node) return undefined;
  const found = path(branch, lookup, anchor);
  return branch === node.left
    ? { ...node, left: found, join_type: 'INNER' }
    : { ...node, right: found, join_type: 'INNER' };
}

/** "No position" is too large for a number of JavaScript, and would not be read again. */
const withoutPlaces = (node: Tree): Tree =>
  JSON.parse(JSON.stringify(node, (name, value: unknown) => (name === 'query_location' ? undefined : value))) as Tree;

/** Nothing where any change may reach any key. */
export function keysReachedBy(
  lookup: Leaf,
  fromTable: unknown,
  anchor: Leaf,
  common: readonly Tree[],
): Tree | undefined {
  const from = path(fromTable, lookup, anchor);
  if (from === undefined) return undefined;
  const columns = (anchor.relation.key ?? []).map((column) => ({
    class: 'COLUMN_REF',
    type: 'COLUMN_REF',
    alias: '',
    column_names: anchor.alias === '' ? [column] : [anchor.alias, column],
  }));
  return withoutPlaces({
    type: 'SELECT_NODE',
    modifiers: [{ type: 'DISTINCT_MODIFIER', distinct_on_targets: [] }],
    cte_map: { map: common },
    select_list: columns,
    from_table: from,
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
  });
}
