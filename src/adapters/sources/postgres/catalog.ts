/** What the catalogue says about the tables of a source. */
import type { PostgresSourceDefinition } from '../../../domain/definition';
import { identifier, literal, withoutSemicolon } from '../../../domain/sql';
import type { DatabaseTable, ReadOptions } from '../../source';
import type { Transaction } from './database';

/** Either a transaction, or the database when it does not matter. */
export type Asked = Pick<Transaction, 'query'>;

export interface CatalogColumn {
  readonly name: string;
  /** As people know it: `shop.money`, `numeric(10,2)`. */
  readonly type: string;
  /** Of a domain, the type that it is based on; else the type. */
  readonly base: string;
  /** No row has NULL in it. */
  readonly notNull: boolean;
  /** For text, as SQL; not known of a query. */
  readonly collation: string | null;
}

/** What stands behind the name of a table: a table, a partitioned one, a view, a foreign table, or a query. */
export type RelationKind = 'table' | 'partitioned' | 'view' | 'materialized view' | 'foreign table' | 'query';

export interface Relation {
  readonly table: DatabaseTable;
  readonly kind: RelationKind;
  /** Number in the catalogue; `null` of a query. */
  readonly oid: string | null;
  /** Whether it can be locked against being emptied or rewritten: who may read only some columns may not. */
  readonly mayLock: boolean;
  /** Row-level security may keep rows of it from us. Known of tables only, not of what a view or a query reads. */
  readonly hidesRows: boolean;
  /** For FROM, as `t`. */
  readonly from: string;
  readonly columns: ReadonlyMap<string, CatalogColumn>;
}

const KINDS: Readonly<Record<string, RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** `shop.orders` → `"shop"."orders"` */
export const tableSql = (table: string): string => table.split('.').map(identifier).join('.');

/** As people know it: the table, or the source of a query. */
export const shownTable = ({ name, definition }: DatabaseTable): string => definition.table ?? `the query of ${name}`;

const fromSql = ({ table, query = '' }: PostgresSourceDefinition): string =>
  table === undefined ? `(${withoutSemicolon(query)}\n) AS t` : `${tableSql(table)} AS t`;

const withSignal = ({ signal }: ReadOptions) => (signal === undefined ? {} : { signal });

/** A domain is based on a type, or on another domain. */
export const baseSql = (type: string, modifier: string) => `LATERAL (
    WITH RECURSIVE step(type, modifier, depth) AS (
      SELECT ${type}::oid, ${modifier}, 0
      UNION ALL
      SELECT d.typbasetype, d.typtypmod, depth + 1 FROM step JOIN pg_type AS d ON d.oid = step.type AND d.typtype = 'd')
    SELECT format_type(type, modifier) AS shown FROM step ORDER BY depth DESC LIMIT 1) AS base`;

/** Whether row-level security applies to us, and no policy without a condition lets us see all. */
const HIDES_ROWS = `row_security_active(c.oid) AND (
    SELECT count(*) FILTER (WHERE p.polpermissive AND pg_get_expr(p.polqual, p.polrelid) = 'true') = 0
      OR bool_or(NOT p.polpermissive)
    FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')
      AND EXISTS (SELECT FROM unnest(p.polroles) AS r(role) WHERE r.role = 0 OR pg_has_role(r.role, 'USAGE')))`;

/** What is said of a table that hides rows from us, and what to do about it. */
export const HIDDEN_ROWS = {
  says: 'row-level security shows us only some of its rows, and a run cannot know the others',
  next: 'let its user see all: ALTER ROLE … BYPASSRLS, or CREATE POLICY … FOR SELECT TO … USING (true); leave it when only these are meant',
};

const tablesSql = (
  names: readonly string[],
) => `SELECT n, c.oid, c.relkind AS kind, has_table_privilege(c.oid, 'SELECT') AS may_lock,
    ${HIDES_ROWS} AS hides_rows, a.attname AS name,
    format_type(a.atttypid, a.atttypmod) AS type, base.shown AS base,
    a.attnotnull AS not_null, nullif(a.attcollation, 0)::regcollation AS collation
  FROM (VALUES ${names.map((name, index) => `(${index}, ${literal(tableSql(name))})`).join(', ')}) AS names(n, name)
  JOIN pg_class AS c ON c.oid = to_regclass(names.name) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN ${baseSql('a.atttypid', 'a.atttypmod')} ON true
  ORDER BY n, a.attnum`;

async function tableRelations(
  asked: Asked,
  tables: readonly DatabaseTable[],
  options: ReadOptions,
): Promise<Map<DatabaseTable, Relation>> {
  const found = new Map<DatabaseTable, Relation>();
  const named = tables.filter(({ definition }) => definition.table !== undefined);
  if (named.length === 0) return found;
  const sql = tablesSql(named.map(({ definition }) => definition.table ?? ''));
  const rows = await asked.query(sql, withSignal(options));
  for (const [index, table] of named.entries()) {
    const own = rows.filter(({ n }) => Number(n) === index);
    const [first] = own;
    if (first === undefined) continue;
    const columns = own.flatMap(({ name, type, base, not_null, collation }) =>
      name === null || name === undefined
        ? []
        : [{ name, type: type ?? '', base: base ?? '', notNull: not_null === 't', collation: collation ?? null }],
    );
    found.set(table, {
      table,
      kind: KINDS[first.kind ?? ''] ?? 'table',
      oid: first.oid ?? null,
      mayLock: ['r', 'p'].includes(first.kind ?? '') && first.may_lock === 't',
      hidesRows: first.hides_rows === 't',
      from: fromSql(table.definition),
      columns: new Map(columns.map((column) => [column.name, column])),
    });
  }
  return found;
}

/** The columns of a query, which has no entry in the catalogue: it is asked for one row of nothing. */
async function queryRelation(asked: Asked, table: DatabaseTable, options: ReadOptions): Promise<Relation> {
  const from = fromSql(table.definition);
  const none = `(SELECT 1) AS one LEFT JOIN (SELECT * FROM ${from} LIMIT 0) AS t ON true`;
  const [names] = await asked.query(
    `SELECT row_to_json(r) AS columns FROM (SELECT t.* FROM ${none}) AS r`,
    withSignal(options),
  );
  const all = Object.keys(JSON.parse(names?.columns ?? '{}') as object);
  const typesOf = all.map((name, index) => `(${index}, pg_typeof(t.${identifier(name)}))`);
  const types = await asked.query(
    `SELECT v.type, base.shown AS base FROM ${none} CROSS JOIN LATERAL (VALUES ${typesOf.join(', ')}) AS v(n, type),
      ${baseSql('v.type', '-1')} ORDER BY v.n`,
    withSignal(options),
  );
  const columns = all.map((name, index) => {
    const { type, base } = types[index] ?? {};
    return { name, type: type ?? '', base: base ?? '', notNull: false, collation: null };
  });
  return {
    table,
    kind: 'query',
    oid: null,
    mayLock: false,
    hidesRows: false,
    from,
    columns: new Map(columns.map((column) => [column.name, column])),
  };
}

/** What each table is now; those that are not there are missing. */
export async function relationsOf(
  asked: Asked,
  tables: readonly DatabaseTable[],
  options: ReadOptions = {},
): Promise<Map<DatabaseTable, Relation>> {
  const found = await tableRelations(asked, tables, options);
  for (const table of tables)
    if (table.definition.query !== undefined) found.set(table, await queryRelation(asked, table, options));
  return found;
}

/** Whether we are granted all columns that are declared. */
export async function mayRead(asked: Asked, { oid, columns, table }: Relation): Promise<boolean> {
  if (oid === null) return true;
  const names = Object.keys(table.definition.columns).filter((name) => columns.has(name));
  const each = names.map((name) => `has_column_privilege(${oid}::oid, ${literal(name)}, 'SELECT')`);
  const [row] = await asked.query(`SELECT ${['true', ...each].join(' AND ')} AS may`);
  return row?.may === 't';
}
