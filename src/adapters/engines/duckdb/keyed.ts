/**
 * Whether the rows of a SELECT depend, for each key, only on rows of that key: then a change of some keys in its inputs
 * changes it in those keys alone. Judged from the syntax, and no where in doubt. Tables without the key (lookups) are told
 * apart: which keys a change in one of them reaches is a SELECT of its own.
 */
import type { SqlProblem } from '../../engine';
import { keysReachedBy, type Lookup } from './keyed-lookups';
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
}

const KEEPS_LEFT = new Set(['INNER', 'LEFT', 'SEMI', 'ANTI']);

export function followKey(
  root: Tree,
  key: readonly string[],
  tables: ReadonlyMap<string, Columns>,
  aggregates: ReadonlySet<string>,
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
      ({ alias, relation }) =>
        (ref.alias === undefined || lower(ref.alias) === lower(alias)) &&
        relation.key !== undefined &&
        lower(relation.key[index] ?? '') === lower(ref.column),
    );
  };
  const eachKey = (holds: (index: number) => boolean) => key.every((_, index) => holds(index));

  function join(node: Tree, scope: Scope): From {
    const left = from(node.left, scope);
    const right = from(node.right, scope);
    const type = node.ref_type === 'CROSS' ? 'INNER' : String(node.join_type);
    const leaves = type === 'SEMI' || type === 'ANTI' ? left.leaves : [...left.leaves, ...right.leaves];
    if (!['REGULAR', 'CROSS', 'NATURAL'].includes(String(node.ref_type)) || node.ref_type === 'NATURAL')
      if (left.anchor !== undefined || right.anchor !== undefined) no(`a ${String(node.ref_type)} join`, node);
    if (left.anchor === undefined && right.anchor === undefined) return { leaves, anchor: undefined };
    if (left.anchor === undefined) {
      if (type !== 'INNER' && type !== 'RIGHT') no(`a ${type} join of what has no ${words}`, node);
      return { leaves, anchor: right.anchor };
    }
    if (!KEEPS_LEFT.has(type)) no(`a ${type} join`, node);
    if (right.anchor !== undefined) {
      const using = (Array.isArray(node.using_columns) ? node.using_columns : []).map((name) => lower(String(name)));
      const pairs = equalities(node.condition);
      const joined = eachKey(
        (index) =>
          (using.includes(lower(left.anchor?.relation.key?.[index] ?? '')) &&
            using.includes(lower(right.anchor?.relation.key?.[index] ?? ''))) ||
          pairs.some(
            ([a, b]) =>
              (isKey(a, index, left.leaves) && isKey(b, index, right.leaves)) ||
              (isKey(b, index, left.leaves) && isKey(a, index, right.leaves)),
          ),
      );
      if (!joined) no(`${right.anchor.alias} is not joined by it`, node);
    }
    return { leaves, anchor: left.anchor };
  }

  function from(node: unknown, scope: Scope): From {
    if (!isTree(node)) return { leaves: [], anchor: undefined };
    if (node.type === 'JOIN') return join(node, scope);
    let relation: Relation = { columns: [], key: undefined, bases: [] };
    if (node.type === 'BASE_TABLE') {
      const name = String(node.table_name);
      relation = scope.tables.get(lower(name)) ?? { columns: undefined, key: undefined, bases: [name] };
      if (relation.table !== undefined && relation.key !== undefined) keyed.add(relation.table);
    } else if (node.type === 'SUBQUERY') {
      relation = query(selectOf(node.subquery), scope);
    } else if (node.type !== 'EMPTY' && node.type !== 'TABLE_FUNCTION' && node.type !== 'EXPRESSION_LIST') {
      no(`a ${String(node.type).toLowerCase()} of tables`, node);
    }
    const leaf = { alias: aliasOf(node), relation, node };
    return { leaves: [leaf], anchor: relation.key === undefined ? undefined : leaf };
  }

  /** A subquery of an expression: tied to the outer row by the key, or without any row that has one. */
  function inner(expression: Tree, outer: From, scope: Scope): void {
    const select = selectOf(expression.subquery);
    if (select?.type !== 'SELECT_NODE') no('a set operation in a condition', expression);
    const inside = from(select?.from_table, within(select ?? {}, scope));
    if (inside.anchor !== undefined) {
      if (outer.anchor === undefined) no('a condition on other rows', expression);
      const pairs: [unknown, unknown][] = equalities(select?.where_clause);
      if (expression.subquery_type === 'ANY') pairs.push([expression.child, trees(select?.select_list)[0]]);
      const tied = eachKey((index) =>
        pairs.some(
          ([a, b]) =>
            (isKey(a, index, inside.leaves) && isKey(b, index, outer.leaves)) ||
            (isKey(b, index, inside.leaves) && isKey(a, index, outer.leaves)),
        ),
      );
      if (!tied) no('a condition on rows of other keys', expression);
    }
    for (const { relation } of inside.leaves) for (const name of relation.bases) opaque.add(name);
    for (const part of [select?.select_list, select?.where_clause]) expressions(part, inside, scope);
  }

  /** Windows and subqueries anywhere in expressions; tells whether there is an aggregate. */
  function expressions(node: unknown, of: From, scope: Scope): boolean {
    if (Array.isArray(node)) return node.map((item) => expressions(item, of, scope)).includes(true);
    if (!isTree(node)) return false;
    if (node.class === 'SUBQUERY') {
      inner(node, of, scope);
      return expressions(node.child, of, scope);
    }
    if (node.class === 'WINDOW' && of.anchor !== undefined) {
      const parts = trees(node.partitions);
      if (!eachKey((index) => parts.some((part) => isKey(part, index, of.leaves))))
        no('a window over other keys', node);
    }
    const inside = Object.values(node).map((value) => expressions(value, of, scope));
    const aggregate = node.class === 'FUNCTION' && aggregates.has(String(node.function_name).toLowerCase());
    return (aggregate && node.class !== 'WINDOW') || inside.includes(true);
  }

  function within(node: Tree, scope: Scope): Scope {
    const named = new Map(scope.tables);
    const common = [...scope.common];
    for (const entry of commonTables(node)) {
      const value = isTree(entry.value) ? selectOf(entry.value.query) : undefined;
      named.set(lower(String(entry.key)), query(value, { tables: named, common }));
      common.push(entry);
    }
    return { tables: named, common };
  }

  function select(node: Tree, outside: Scope): Relation {
    const scope = within(node, outside);
    const of = from(node.from_table, scope);
    const list = trees(node.select_list);
    const aggregate = [list, node.having, node.qualify].map((part) => expressions(part, of, scope)).includes(true);
    expressions(node.where_clause, of, scope);
    const groups = trees(node.group_expressions);
    const bases = of.leaves.flatMap(({ relation }) => relation.bases);
    const columns = list.flatMap((item) => outputs(item, of.leaves));
    if (of.anchor === undefined) return { columns, key: undefined, bases };

    const modifiers = trees(node.modifiers);
    const limit = modifiers.find(({ type }) => String(type).startsWith('LIMIT'));
    if (limit !== undefined) no('LIMIT', node);
    if (isTree(node.sample)) no('a sample', node);
    if (groups.length > 0) {
      const grouped = groups.map((group) => list[Number(isTree(group.value) ? group.value.value : 0) - 1] ?? group);
      if (!eachKey((index) => grouped.some((group) => isKey(group, index, of.leaves))))
        no('GROUP BY other columns', groups[0]);
      if (Array.isArray(node.group_sets) && node.group_sets.length > 1) no('several groupings', groups[0]);
    } else if (aggregate && node.aggregate_handling !== 'FORCE_AGGREGATES') no('an aggregate of all rows', list[0]);
    const own = key.map((_, index) => {
      const item = list.findIndex((found) => isKey(found, index, of.leaves));
      if (item >= 0) return nameOf(list[item]);
      const name = of.anchor?.relation.key?.[index] ?? '';
      const isGiven =
        list.some((found) => found.class === 'STAR') && columns.some((column) => lower(column ?? '') === lower(name));
      return isGiven ? name : no(`${key[index]} is not among its columns`, list[0]);
    });
    for (const leaf of of.leaves) {
      if (leaf.relation.key !== undefined) continue;
      const { table } = leaf.relation;
      if (table === undefined) for (const name of leaf.relation.bases) opaque.add(name);
      else lookups.push({ table, ...keysReachedBy(leaf, node.from_table, of.anchor, scope.common) });
    }
    // What a semi-join or anti-join hides from the leaves.
    for (const name of tablesOf(node.from_table, scope))
      if (!bases.includes(name) && !keyed.has(name)) opaque.add(name);
    return { columns, key: own, bases: [] };
  }

  /** Lookups on the far side of a SEMI or ANTI join. */
  function tablesOf(node: unknown, scope: Scope): string[] {
    if (!isTree(node)) return [];
    if (node.type === 'JOIN') return [...tablesOf(node.left, scope), ...tablesOf(node.right, scope)];
    if (node.type !== 'BASE_TABLE') return [];
    const relation = scope.tables.get(lower(String(node.table_name)));
    return relation?.key === undefined ? [...(relation?.bases ?? [])] : [];
  }

  function query(node: Tree | undefined, scope: Scope): Relation {
    if (node?.type === 'SELECT_NODE') return select(node, scope);
    if (node?.type !== 'SET_OPERATION_NODE') return no(`a ${String(node?.type).toLowerCase()}`, node);
    const named = within(node, scope);
    const branches = (trees(node.children).length > 0 ? trees(node.children) : [node.left, node.right]).map((branch) =>
      query(isTree(branch) ? branch : undefined, named),
    );
    const [first] = branches as [Relation];
    if (branches.every((branch) => branch.key === undefined))
      return { ...first, bases: branches.flatMap((branch) => branch.bases) };
    if (trees(node.modifiers).some(({ type }) => String(type).startsWith('LIMIT'))) no('LIMIT', node);
    const places = branches.map((branch) =>
      (branch.key ?? []).map((name) =>
        (branch.columns ?? []).findIndex((column) => lower(column ?? '') === lower(name)),
      ),
    );
    const same = places.every(
      (place) => place.length === key.length && place.every((at, index) => at >= 0 && at === places[0]?.[index]),
    );
    return same ? first : no('parts of a set operation that do not have it in the same place', node);
  }

  function outputs(item: Tree, leaves: readonly Leaf[]): (string | undefined)[] {
    if (item.class !== 'STAR') return [nameOf(item)];
    const of = String(item.relation_name ?? '');
    const without = new Set(
      (Array.isArray(item.exclude_list) ? item.exclude_list : []).map((name) =>
        lower(String(isTree(name) ? name.column : name)),
      ),
    );
    const from = of === '' ? leaves : leaves.filter(({ alias }) => lower(alias) === lower(of));
    return from.flatMap(({ relation }) => relation.columns ?? []).filter((name) => !without.has(lower(name ?? '')));
  }

  const nameOf = (item: Tree | undefined) => (item?.alias ? String(item.alias) : columnRef(item)?.column) ?? '';

  try {
    const result = query(root, { tables: base, common: [] });
    if (result.key === undefined) no('no table that it reads has it', root);
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
  return { keyed: [...keyed], lookups, opaque: [...opaque], used: usedColumns(root, tables) };
}

/** Columns by name alone: a few too many are no harm. */
function usedColumns(select: Tree, tables: ReadonlyMap<string, Columns>): Map<string, readonly string[]> {
  const names = new Set<string>();
  let all = false;
  const visit = (node: unknown, exists: boolean): void => {
    if (Array.isArray(node)) return node.forEach((item) => visit(item, exists));
    if (!isTree(node)) return;
    if (node.class === 'STAR' && !exists) all = true;
    const ref = columnRef(node);
    if (ref !== undefined) names.add(lower(ref.column));
    if (Array.isArray(node.using_columns)) for (const name of node.using_columns) names.add(lower(String(name)));
    for (const [part, value] of Object.entries(node))
      visit(value, part === 'select_list' ? exists : node.subquery_type === 'EXISTS');
  };
  visit(select, false);
  return new Map(
    [...tables].map(([name, columns]) => [name, all ? columns : columns.filter((column) => names.has(lower(column)))]),
  );
}
