/**
 * Whether the rows of a SELECT depend, for each key, only on rows of that key: then a change of some keys in its inputs
 * changes it in those keys alone. Judged from the syntax, and no where in doubt. Tables without the key (lookups) are told
 * apart: which keys a change in one of them reaches is a SELECT of its own.
 */
import type { SqlProblem } from '../../engine';
import { aliased, outputsOf, placesOf, usedColumns } from './keyed-columns';
import { keysReachedBy, type Lookup } from './keyed-lookups';
import { unsteady } from './keyed-steady';
import {
  aliasOf,
  columnRef,
  type Columns,
  commonTables,
  equalities,
  isTree,
  type Leaf,
  lower,
  offsetOf,
  type Relation,
  selectOf,
  type Tree,
  trees,
} from './syntax';

export interface KeyedSelect {
  /** Why it is not what it is declared to be. */
  readonly problem?: SqlProblem;
  /** Tables that have the key. */
  readonly keyed: readonly string[];
  readonly lookups: readonly Lookup[];
  /** Tables of which any change may reach any key. */
  readonly opaque: readonly string[];
  /** Columns of each table that are read; a change in others is none. */
  readonly used: ReadonlyMap<string, readonly string[]>;
}

/** Functions by what they do, in lower case. */
export interface Functions {
  readonly aggregates: ReadonlySet<string>;
  /** Those that give another value each time. */
  readonly volatile: ReadonlySet<string>;
}

/** The SELECT of a serialized answer that is sound. */
export const selectIn = (serialized: string): Tree => {
  const { statements } = JSON.parse(serialized) as { statements?: unknown };
  return selectOf(trees(statements)[0]) ?? {};
};

class NotKeyed extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

interface Scope {
  readonly tables: ReadonlyMap<string, Relation>;
  /** Common tables in force, for SELECTs that are made of pieces. */
  readonly common: readonly Tree[];
}

interface From {
  readonly leaves: readonly Leaf[];
  readonly anchor: Leaf | undefined;
  /** Tables without the key of which no column can be read: those of a SEMI or ANTI join. */
  readonly hidden: readonly string[];
}

const KEEPS_LEFT = new Set(['INNER', 'LEFT', 'SEMI', 'ANTI']);
/** Joins as they are called. */
const JOINS: Readonly<Record<string, string>> = { OUTER: 'FULL' };

export function followKey(
  root: Tree,
  key: readonly string[],
  tables: ReadonlyMap<string, Columns>,
  { aggregates, volatile }: Functions,
): KeyedSelect {
  const keyed = new Set<string>();
  const opaque = new Set<string>();
  const lookups: Lookup[] = [];
  const words = key.join(', ');
  const no = (what: string, node: unknown): never => {
    throw new NotKeyed(`is not computed by ${words} alone: ${what}`, isTree(node) ? offsetOf(node) : 0);
  };

  const base = new Map<string, Relation>();
  for (const [name, columns] of tables) {
    const has = key.every((column) => columns.some((found) => lower(found) === lower(column)));
    base.set(lower(name), { columns, key: has ? key : undefined, bases: has ? [] : [name], table: name });
  }

  /** A column that is the i-th of the key, of a table of this FROM. */
  const isKey = (node: unknown, index: number, leaves: readonly Leaf[]): boolean => {
    const ref = columnRef(node);
    if (ref === undefined) return false;
    return leaves.some(
      ({ alias, relation, weak }) =>
        weak !== true &&
        (ref.alias === undefined || lower(ref.alias) === lower(alias)) &&
        relation.key !== undefined &&
        lower(relation.key[index] ?? '') === lower(ref.column),
    );
  };
  /** The same of the row around a subquery, whose own tables come first. */
  const isOuterKey = (node: unknown, index: number, { outer, inside }: { outer: From; inside: From }): boolean => {
    const ref = columnRef(node);
    const isInside = inside.leaves.some(({ alias, relation: { columns } }) =>
      ref?.alias === undefined
        ? columns === undefined || columns.some((column) => lower(column) === lower(ref?.column ?? ''))
        : lower(alias) === lower(ref.alias),
    );
    return !isInside && isKey(node, index, outer.leaves);
  };
  const eachKey = (holds: (index: number) => boolean) => key.every((_, index) => holds(index));
  const keyOf = (leaves: readonly Leaf[]) => (item: Tree) => {
    const index = key.findIndex((_, at) => isKey(item, at, leaves));
    return index < 0 ? undefined : index;
  };
  const basesOf = ({ leaves, hidden }: From) => [...leaves.flatMap(({ relation }) => relation.bases), ...hidden];

  function isJoined(node: Tree, left: From, right: From): boolean {
    const using = (Array.isArray(node.using_columns) ? node.using_columns : []).map((name) => lower(String(name)));
    const pairs = equalities(node.condition);
    return eachKey((index) => {
      const [mine, other] = [left, right].map(({ anchor }) => lower(anchor?.relation.key?.[index] ?? ''));
      if (mine === other && mine !== undefined && using.includes(mine)) return true;
      return pairs.some(
        ([a, b]) =>
          (isKey(a, index, left.leaves) && isKey(b, index, right.leaves)) ||
          (isKey(b, index, left.leaves) && isKey(a, index, right.leaves)),
      );
    });
  }

  function join(node: Tree, scope: Scope): From {
    const left = from(node.left, scope);
    const right = from(node.right, scope);
    const type = node.ref_type === 'CROSS' ? 'INNER' : String(node.join_type);
    const called = `a ${JOINS[type] ?? type} JOIN`;
    const merged = (Array.isArray(node.using_columns) ? node.using_columns : []).map((name) => lower(String(name)));
    const isSeen = type !== 'SEMI' && type !== 'ANTI';
    const weakened = (of: From, weak: boolean) => of.leaves.map((leaf) => (weak ? { ...leaf, weak } : leaf));
    const ofRight = weakened(right, type === 'LEFT' || type === 'OUTER').map((leaf) => ({
      ...leaf,
      merged: [...(leaf.merged ?? []), ...merged],
    }));
    const leaves = [...weakened(left, type === 'RIGHT' || type === 'OUTER'), ...(isSeen ? ofRight : [])];
    const all = { leaves, hidden: [...left.hidden, ...(isSeen ? right.hidden : basesOf(right))] };
    if (left.anchor === undefined && right.anchor === undefined) return { ...all, anchor: undefined };
    if (node.ref_type !== 'REGULAR' && node.ref_type !== 'CROSS')
      no(`a ${String(node.ref_type)} join; write JOIN … ON`, node);
    if (left.anchor === undefined) {
      if (type !== 'INNER' && type !== 'RIGHT') no(`${called} of a table without ${words}; put it behind`, node);
      return { ...all, anchor: leaves.find(({ node: of }) => of === right.anchor?.node) };
    }
    if (!KEEPS_LEFT.has(type)) no(`${called}; put the table with ${words} first, and join others to it`, node);
    if (right.anchor !== undefined && !isJoined(node, left, right))
      no(
        `${right.anchor.alias || 'a subquery'} is not joined by it; expected JOIN … ON with each of ${words} equal`,
        node,
      );
    return { ...all, anchor: left.anchor };
  }

  function from(node: unknown, scope: Scope): From {
    if (!isTree(node)) return { leaves: [], anchor: undefined, hidden: [] };
    if (node.type === 'JOIN') return join(node, scope);
    let relation: Relation = { columns: undefined, key: undefined, bases: [] };
    if (node.type === 'BASE_TABLE') {
      const name = String(node.table_name);
      relation = scope.tables.get(lower(name)) ?? { columns: undefined, key: undefined, bases: [name] };
      if (relation.table !== undefined && relation.key !== undefined) keyed.add(relation.table);
    } else if (node.type === 'SUBQUERY') {
      relation = query(selectOf(node.subquery), scope);
    } else if (node.type === 'EMPTY') {
      relation = { columns: [], key: undefined, bases: [] };
    } else if (node.type !== 'TABLE_FUNCTION' && node.type !== 'EXPRESSION_LIST') {
      no(`a ${String(node.type).toLowerCase()} of tables`, node);
    }
    if (node.type !== 'TABLE_FUNCTION' && node.type !== 'EXPRESSION_LIST' && hasNames(node.column_name_alias))
      no(`${aliasOf(node)} gives its columns other names; write them with AS`, node);
    const leaf = { alias: aliasOf(node), relation, node };
    return { leaves: [leaf], anchor: relation.key === undefined ? undefined : leaf, hidden: [] };
  }

  /** A subquery of an expression: tied to the outer row by the key, or without any row that has one. */
  function inner(expression: Tree, outer: From, scope: Scope, holds: boolean): void {
    const node = selectOf(expression.subquery) ?? {};
    const isAny = expression.subquery_type === 'ANY' && expression.comparison_type === 'COMPARE_EQUAL';
    const byMember = isAny && key.length === 1 && isKey(expression.child, 0, outer.leaves);
    if (node.type !== 'SELECT_NODE' || byMember) {
      const relation = query(node, scope);
      for (const name of relation.bases) opaque.add(name);
      if (relation.key === undefined) return;
      if (!byMember || lower(relation.columns?.[0] ?? '') !== lower(relation.key[0] ?? ''))
        no('a condition on rows of other keys; write EXISTS with the key equal in its WHERE', expression);
      // One NULL among all keys makes it neither true nor false.
      if (!holds) no('NOT IN, or IN as a value, looks at NULLs of other keys; write NOT EXISTS or EXISTS', expression);
      return;
    }
    const within = withCommon(node, scope);
    const inside = from(node.from_table, within);
    if (inside.anchor !== undefined) {
      if (outer.anchor === undefined) no(`a condition on rows of ${words} in a table without it`, expression);
      const pairs = equalities(node.where_clause);
      const tied = eachKey((index) =>
        pairs.some(
          ([a, b]) =>
            (isKey(a, index, inside.leaves) && isOuterKey(b, index, { outer, inside })) ||
            (isKey(b, index, inside.leaves) && isOuterKey(a, index, { outer, inside })),
        ),
      );
      if (!tied)
        no(
          `a condition on rows of other keys; expected each of ${words} equal in its WHERE, with table names`,
          expression,
        );
    }
    for (const name of basesOf(inside)) opaque.add(name);
    everything(node, inside, within);
  }

  /** Windows and subqueries anywhere in expressions; tells whether there is an aggregate. */
  function expressions(node: unknown, of: From, scope: Scope): boolean {
    if (Array.isArray(node)) return node.map((item) => expressions(item, of, scope)).includes(true);
    if (!isTree(node)) return false;
    if (node.class === 'SUBQUERY') {
      inner(node, of, scope, false);
      return expressions(node.child, of, scope);
    }
    if (node.class === 'WINDOW' && of.anchor !== undefined) {
      const parts = trees(node.partitions);
      if (!eachKey((index) => parts.some((part) => isKey(part, index, of.leaves))))
        no(`a window over other keys; expected PARTITION BY ${words}`, node);
    }
    const inside = Object.values(node).map((value) => expressions(value, of, scope));
    const aggregate = node.class === 'FUNCTION' && aggregates.has(lower(String(node.function_name)));
    return aggregate || inside.includes(true);
  }

  /** What has to hold of a row: there, NULL is as good as false. */
  function condition(node: unknown, of: From, scope: Scope): boolean {
    if (!isTree(node)) return false;
    if (node.class === 'CONJUNCTION')
      return trees(node.children)
        .map((child) => condition(child, of, scope))
        .includes(true);
    if (node.class !== 'SUBQUERY') return expressions(node, of, scope);
    inner(node, of, scope, true);
    return expressions(node.child, of, scope);
  }

  /** Expressions of a FROM, but for those of subqueries, which are SELECTs of their own. */
  function conditions(node: unknown, of: From, scope: Scope): void {
    if (!isTree(node)) return;
    if (node.type === 'TABLE_FUNCTION') expressions(node.function, of, scope);
    if (node.type === 'EXPRESSION_LIST') expressions(node.values, of, scope);
    if (node.type !== 'JOIN') return;
    condition(node.condition, of, scope);
    for (const side of [node.left, node.right]) conditions(side, of, scope);
  }

  /** All expressions of a SELECT; tells whether there is an aggregate. */
  function everything(node: Tree, of: From, scope: Scope): boolean {
    conditions(node.from_table, of, scope);
    condition(node.where_clause, of, scope);
    for (const part of [node.group_expressions, node.modifiers]) expressions(part, of, scope);
    const aggregate = expressions(node.select_list, of, scope);
    return [node.having, node.qualify].map((part) => condition(part, of, scope)).includes(true) || aggregate;
  }

  function withCommon(node: Tree, scope: Scope): Scope {
    const named = new Map(scope.tables);
    const common = [...scope.common];
    for (const entry of commonTables(node)) {
      const value = isTree(entry.value) ? entry.value : {};
      const name = String(entry.key);
      const relation = query(selectOf(value.query), { tables: named, common });
      if (hasNames(value.aliases)) no(`WITH ${name}(…) gives its columns other names; write them with AS`, node);
      named.set(lower(name), relation);
      common.push(entry);
    }
    return { tables: named, common };
  }

  /** The expression that is grouped by: places and names of the SELECT list stand for its items. */
  function grouped(group: Tree, list: readonly Tree[], leaves: readonly Leaf[]): Tree {
    const value =
      isTree(group.value) && isTree(group.value.type) && group.value.type.id === 'INTEGER' ? group.value.value : 0;
    const before = list.slice(0, Number(value));
    if (before.length > 0 && outputs(before, leaves).length === before.length) return before.at(-1) ?? group;
    return aliased(group, list, leaves) ?? group;
  }

  const outputs = (list: readonly Tree[], leaves: readonly Leaf[]) =>
    list.flatMap((item) => outputsOf(item, leaves, keyOf(leaves)));

  /** Nothing that gives a row of one key because of rows of another. */
  function groupings(node: Tree, of: From, aggregate: boolean): void {
    const list = trees(node.select_list);
    const groups = trees(node.group_expressions);
    const modifiers = trees(node.modifiers);
    const limit = modifiers.find(({ type }) => String(type).startsWith('LIMIT'));
    if (limit !== undefined) no('LIMIT counts rows of all keys', list[0]);
    const on = modifiers.flatMap((modifier) => trees(modifier.distinct_on_targets));
    if (on.length > 0 && !eachKey((index) => on.some((target) => isKey(target, index, of.leaves))))
      no(`DISTINCT ON other columns; expected ${words} among them`, on[0]);
    if (groups.length > 0) {
      const by = groups.map((group) => grouped(group, list, of.leaves));
      if (Array.isArray(node.group_sets) && node.group_sets.length > 1) no('several groupings', groups[0]);
      if (!eachKey((index) => by.some((group) => isKey(group, index, of.leaves))))
        no(`GROUP BY other columns; expected ${words} among them`, groups[0]);
    } else if (aggregate && node.aggregate_handling !== 'FORCE_AGGREGATES') no('an aggregate of all rows', list[0]);
  }

  function select(node: Tree, outside: Scope): Relation {
    const scope = withCommon(node, outside);
    const of = from(node.from_table, scope);
    const list = trees(node.select_list);
    const aggregate = everything(node, of, scope);
    const given = outputs(list, of.leaves);
    const names = given.flatMap(({ name }) => (name === undefined ? [] : [name]));
    const columns = names.length === given.length ? names : undefined;
    if (of.anchor === undefined) return { columns, key: undefined, bases: basesOf(of) };

    groupings(node, of, aggregate);
    const anchored = of.anchor.relation.key ?? [];
    for (const item of list) {
      const named = anchored.findIndex((name) => lower(name) === lower(String(item.alias ?? '')));
      if (named >= 0 && !isKey(item, named, of.leaves)) no(`${anchored[named]} is the name of something else`, item);
    }
    const places = placesOf(given, key.length);
    if (places === undefined) {
      const lost = key.filter((_, index) => !given.some((output) => output.key === index));
      const which = lost.length === 0 ? words : lost.join(', ');
      no(`${which} is not among its columns, or not that of a table whose rows all stay`, list[0]);
    }
    for (const leaf of of.leaves) {
      if (leaf.relation.key !== undefined) continue;
      const { table, bases } = leaf.relation;
      const keys = table === undefined ? undefined : keysReachedBy(leaf, node.from_table, of.anchor, scope.common);
      if (table !== undefined && keys !== undefined) lookups.push({ table, keys });
      else for (const name of bases) opaque.add(name);
    }
    for (const name of of.hidden) opaque.add(name);
    return { columns, key: (places ?? []).map((at) => given[at]?.name ?? ''), bases: [] };
  }

  function query(node: Tree | undefined, scope: Scope): Relation {
    if (node?.type === 'SELECT_NODE') return select(node, scope);
    if (node?.type === 'RECURSIVE_CTE_NODE') return no('WITH RECURSIVE', node);
    if (node?.type !== 'SET_OPERATION_NODE') return no(`a ${String(node?.type).toLowerCase()}`, node);
    const named = withCommon(node, scope);
    const branches = (trees(node.children).length > 0 ? trees(node.children) : [node.left, node.right]).map((branch) =>
      query(isTree(branch) ? branch : undefined, named),
    );
    expressions(node.modifiers, { leaves: [], anchor: undefined, hidden: [] }, named);
    const [first] = branches as [Relation];
    const byName = String(node.setop_type).endsWith('BY_NAME');
    const all = branches.flatMap(({ columns = [] }) => columns);
    const columns = byName
      ? all.filter((name, at) => all.findIndex((one) => lower(one) === lower(name)) === at)
      : first.columns;
    const known = branches.every((branch) => branch.columns !== undefined) ? columns : undefined;
    if (branches.every((branch) => branch.key === undefined))
      return { columns: known, key: undefined, bases: branches.flatMap((branch) => branch.bases) };
    if (trees(node.modifiers).some(({ type }) => String(type).startsWith('LIMIT')))
      no('LIMIT counts rows of all keys', node);
    const places = branches.map((branch) =>
      (branch.key ?? []).map((name) =>
        byName ? lower(name) : (branch.columns ?? []).findIndex((column) => lower(column) === lower(name)),
      ),
    );
    const same = places.every(
      (place) => place.length === key.length && place.every((at, index) => at !== -1 && at === places[0]?.[index]),
    );
    if (!same || known === undefined)
      no(`parts of a set operation that do not have ${words} in the same place`, firstOf(node));
    return { columns: known, key: first.key, bases: [] };
  }

  try {
    const known = new Set([...tables.values()].flat().map(lower));
    const moving = unsteady(root, known, volatile);
    if (moving !== undefined) throw new NotKeyed(`does not stay as it is: ${moving.what}`, offsetOf(moving.node));
    const result = query(root, { tables: base, common: [] });
    if (result.key === undefined) no(`no table that it reads has ${key.length > 1 ? 'all of it' : 'it'}`, root);
    const lost = key.filter((name, index) => lower(result.key?.[index] ?? '') !== lower(name));
    if (lost.length > 0) no(`${lost.join(', ')} has another name in what it gives`, root);
  } catch (error) {
    if (!(error instanceof NotKeyed)) throw error;
    return {
      problem: { message: error.message, offset: error.offset },
      keyed: [],
      lookups: [],
      opaque: [],
      used: new Map(),
    };
  }
  return { keyed: [...keyed], lookups, opaque: [...opaque], used: usedColumns(root, tables, key) };
}

const hasNames = (list: unknown): boolean => Array.isArray(list) && list.length > 0;

/** The first SELECT of a set operation, which has a place. */
const firstOf = (node: unknown): unknown => {
  if (!isTree(node) || node.type !== 'SET_OPERATION_NODE') return isTree(node) ? trees(node.select_list)[0] : node;
  return firstOf(trees(node.children)[0] ?? node.left);
};
