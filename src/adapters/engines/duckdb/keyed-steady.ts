/** What gives other rows each time it is computed, of which nothing can be followed. */
import { isTree, lower, namesOf, nodesOf, type Tree, trees } from './syntax';

/** Functions that tell the time, and are columns in the syntax. */
const MOMENTS = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp']);
/** Macros over such functions. */
const MACROS = new Set(['current_localtime', 'current_localtimestamp', 'get_current_time']);
/** What they give depends on the order in which rows come. */
const ORDERED = new Set(['list', 'array_agg', 'string_agg', 'group_concat', 'listagg', 'first', 'last']);

/** Why, and where; `volatile` are functions that give another value each time. */
export function unsteady(
  root: Tree,
  columns: ReadonlySet<string>,
  volatile: ReadonlySet<string>,
): { readonly what: string; readonly node: Tree } | undefined {
  // list(x ORDER BY x) is list_sort(list(x)) in the syntax.
  const sorted = new Set<Tree>();
  for (const node of nodesOf(root)) {
    if (isTree(node.sample)) return { what: 'a sample', node };
    const [name = '', ...fields] = namesOf(node).map(lower);
    if (fields.length === 0 && MOMENTS.has(name) && !columns.has(name))
      return { what: `${name} is another one each time; declare a parameter, or use getvariable('as_of')`, node };
    if ((fields.at(-1) ?? name) === 'rowid' && !columns.has('rowid'))
      return { what: 'rowid is the place of a row, which moves', node };
    if (node.class !== 'FUNCTION') continue;
    const called = lower(String(node.function_name));
    const isNow = MACROS.has(called) || (called === 'age' && trees(node.children).length === 1);
    // error(…) gives no value.
    if ((volatile.has(called) && called !== 'error') || isNow)
      return { what: `${called}(…) gives another value each time`, node };
    if (/^(list|array)_(reverse_)?sort$/.test(called)) for (const child of trees(node.children)) sorted.add(child);
    const orders = isTree(node.order_bys) ? trees(node.order_bys.orders) : [];
    if (ORDERED.has(called) && orders.length === 0 && !sorted.has(node))
      return { what: `${called}(…) without an ORDER BY inside gives its values in any order`, node };
  }
  return undefined;
}
