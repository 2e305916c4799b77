/**
 * Reads what a SELECT depends on out of DuckDB's own syntax tree (`json_serialize_sql`), with the offsets of its
 * nodes. `getTableNames` is no way to do it: it silently gives nothing for USING, parameters and PIVOT.
 */
import type { ParsedSelect, SqlProblem } from '../../engine';
import type { Functions } from './keyed';
import { unsteady } from './keyed-steady';

type Tree = { [name: string]: unknown };
interface Found {
  reads: { name: string; offset: number }[];
  variables: { name: string; offset: number }[];
  problem?: SqlProblem;
}

/** Table functions that make rows out of nothing but their arguments. */
const FREE_TABLE_FUNCTIONS = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree', 'repeat']);

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;
const trees = (value: unknown): Tree[] => (Array.isArray(value) ? value.filter(isTree) : []);
/** DuckDB's "no position" is 2^64 − 1. */
const offsetOf = (node: Tree): number => {
  const at = Number(node.query_location);
  return Number.isFinite(at) && at < 1e9 ? at : 0;
};

function visit(node: unknown, scope: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, scope, found);
    return;
  }
  if (!isTree(node)) return;
  const inner = visitCommonTables(node, scope, found);
  if (node.type === 'BASE_TABLE') visitTable(node, inner, found);
  if (node.type === 'TABLE_FUNCTION') visitTableFunction(node, found);
  if (node.class === 'FUNCTION' && node.function_name === 'getvariable') visitVariable(node, found);
  if (node.class === 'PARAMETER') {
    found.problem ??= {
      message: "parameters are read with getvariable('name'), not with $name or ?",
      offset: offsetOf(node),
    };
  }
  for (const [key, value] of Object.entries(node)) if (key !== 'cte_map') visit(value, inner, found);
}

/** Names of a WITH hide tables of the same name, in what comes after them. */
function visitCommonTables(node: Tree, scope: ReadonlySet<string>, found: Found): ReadonlySet<string> {
  const map = isTree(node.cte_map) ? trees(node.cte_map.map) : [];
  let inner = scope;
  for (const { key, value } of map) {
    const recursive = JSON.stringify(value).includes('"RECURSIVE_CTE_NODE"');
    const named = new Set([...inner, String(key).toLowerCase()]);
    visit(value, recursive ? named : inner, found);
    inner = named;
  }
  return inner;
}

function visitTable(node: Tree, scope: ReadonlySet<string>, found: Found): void {
  const name = String(node.table_name);
  const offset = offsetOf(node);
  if (node.schema_name || node.catalog_name) {
    found.problem ??= {
      message: `models read tables by their bare name, got ${[node.catalog_name, node.schema_name, name].filter(Boolean).join('.')}`,
      offset,
    };
  } else if (!scope.has(name.toLowerCase())) {
    found.reads.push({ name, offset });
  }
}

function visitTableFunction(node: Tree, found: Found): void {
  const name = isTree(node.function) ? String(node.function.function_name) : '';
  if (!FREE_TABLE_FUNCTIONS.has(name)) {
    found.problem ??= {
      message: `models read tables, not ${name}(…); declare what it reads as a source`,
      offset: offsetOf(node),
    };
  }
}

function visitVariable(node: Tree, found: Found): void {
  const argument = trees(node.children)[0];
  const value = isTree(argument?.value) ? argument.value.value : undefined;
  if (typeof value === 'string') found.variables.push({ name: value, offset: offsetOf(node) });
  else found.problem ??= { message: 'getvariable needs a name in quotes', offset: offsetOf(node) };
}

/** Why a SELECT is not row-wise, judged from its syntax. */
function notRowWise(select: Tree, aggregates: ReadonlySet<string>): SqlProblem | undefined {
  const no = (what: string, node?: unknown): SqlProblem => ({
    message: `a mapping is row-wise: ${what} needs more than one row, or loses some; make a staging model of it`,
    ...(isTree(node) ? { offset: offsetOf(node) } : {}),
  });
  if (select.type !== 'SELECT_NODE') return no('a set operation');
  if (isTree(select.cte_map) && trees(select.cte_map.map).length > 0) return no('WITH');
  const modifier = trees(select.modifiers)[0];
  if (modifier !== undefined)
    return no(String(modifier.type).replace('_MODIFIER', '').toLowerCase().replace('distinct', 'DISTINCT'));
  for (const clause of ['where_clause', 'having', 'qualify', 'sample'] as const) {
    if (select[clause] !== null && select[clause] !== undefined)
      return no(clause.split('_')[0]?.toUpperCase() ?? clause, select[clause]);
  }
  if (trees(select.group_expressions).length > 0) return no('GROUP BY');
  const from = isTree(select.from_table) ? select.from_table : {};
  if (from.type !== 'BASE_TABLE' || from.table_name !== 'source')
    return { message: 'a mapping selects from "source" and nothing else', offset: offsetOf(from) };
  return manyRows(select.select_list, aggregates, no);
}

function manyRows(
  node: unknown,
  aggregates: ReadonlySet<string>,
  no: (what: string, node: unknown) => SqlProblem,
): SqlProblem | undefined {
  if (Array.isArray(node)) {
    for (const item of node) {
      const problem = manyRows(item, aggregates, no);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (!isTree(node)) return undefined;
  if (node.class === 'WINDOW') return no('a window', node);
  if (node.class === 'SUBQUERY') return no('a subquery', node);
  const called = String(node.function_name);
  if (node.class === 'FUNCTION' && (called === 'unnest' || aggregates.has(called))) return no(`${called}(…)`, node);
  return manyRows(Object.values(node), aggregates, no);
}

/** Turns the answer of `json_serialize_sql` into what the SELECT depends on. */
export function readSelect(serialized: string, { aggregates, volatile }: Functions): ParsedSelect {
  const answer = JSON.parse(serialized) as {
    error: boolean;
    error_type?: string;
    error_message?: string;
    position?: string;
    statements?: unknown;
  };
  if (answer.error) {
    const message =
      answer.error_type === 'not implemented'
        ? 'expected one SELECT, got another statement'
        : (answer.error_message ?? 'a syntax error');
    const problem = { message, ...(answer.position === undefined ? {} : { offset: Number(answer.position) }) };
    return { reads: [], variables: [], problem, steady: false };
  }
  const statements = trees(answer.statements);
  const select = statements[0]?.node;
  if (statements.length !== 1 || !isTree(select)) {
    return {
      reads: [],
      variables: [],
      steady: false,
      problem: { message: `expected one SELECT, got ${statements.length} statements` },
    };
  }
  const found: Found = { reads: [], variables: [] };
  visit(select, new Set(), found);
  const rowWise = notRowWise(select, aggregates);
  const steady = unsteady(select, new Set(), volatile) === undefined;
  return { ...found, steady, ...(rowWise === undefined ? {} : { notRowWise: rowWise }) };
}
