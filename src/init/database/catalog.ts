/** What the catalogue of a Postgres database says about its tables: enough to propose how they are read. */
import { baseSql } from '../../adapters/sources/postgres/catalog';
import type { Database } from '../../adapters/sources/postgres/database';

export interface FoundColumn {
  readonly name: string;
  /** As people know it, and of a domain the type that it is based on. */
  readonly type: string;
  readonly base: string;
  readonly notNull: boolean;
  /** Of an enum. */
  readonly labels: readonly string[] | null;
}

export interface FoundTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** About; `null` where the database has not counted yet. */
  readonly rows: number | null;
  /** Whether it is found without its schema. */
  readonly onPath: boolean;
  /** Whether we may read it. */
  readonly readable: boolean;
  readonly columns: readonly FoundColumn[];
  readonly indexes: readonly {
    readonly primary: boolean;
    readonly unique: boolean;
    readonly columns: readonly string[];
  }[];
  readonly foreignKeys: readonly {
    /** Number of the table that it refers to. */
    readonly to: string;
    readonly columns: readonly string[];
    readonly toColumns: readonly string[];
  }[];
  /** Definitions of CHECK constraints, as SQL. */
  readonly checks: readonly string[];
}

const named = (list: string, relation: string) => `(SELECT json_agg(a.attname ORDER BY u.n)
  FROM unnest(${list}) WITH ORDINALITY AS u(number, n) JOIN pg_attribute AS a ON a.attrelid = ${relation} AND a.attnum = u.number)`;

const TABLES = `SELECT json_build_object(
    'oid', c.oid::text, 'schema', n.nspname, 'name', c.relname, 'onPath', n.nspname = ANY (current_schemas(false)),
    'readable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
    'rows', CASE WHEN c.relkind = 'r' THEN nullif(c.reltuples, -1)::bigint ELSE (
      SELECT CASE WHEN bool_and(p.reltuples < 0) THEN NULL ELSE sum(greatest(p.reltuples, 0))::bigint END
      FROM pg_partition_tree(c.oid) AS t JOIN pg_class AS p ON p.oid = t.relid WHERE t.isleaf) END,
    'columns', (SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'base', base.shown, 'notNull', a.attnotnull,
        'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = a.atttypid))
        ORDER BY a.attnum)
      FROM pg_attribute AS a, ${baseSql('a.atttypid', 'a.atttypmod')}
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'indexes', (SELECT json_agg(json_build_object('primary', i.indisprimary, 'unique', i.indisunique,
        'columns', ${named('(i.indkey::smallint[])[0:i.indnkeyatts - 1]', 'i.indrelid')}) ORDER BY i.indisprimary DESC, i.indexrelid)
      FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL),
    'foreignKeys', (SELECT json_agg(json_build_object('to', k.confrelid::text, 'columns', ${named('k.conkey', 'k.conrelid')},
        'toColumns', ${named('k.confkey', 'k.confrelid')}) ORDER BY k.conname)
      FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.convalidated),
    'checks', (SELECT json_agg(pg_get_constraintdef(k.oid) ORDER BY k.conname)
      FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated)) AS found
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ORDER BY n.nspname, c.relname`;

/** All tables of people, whether we may read them or not. */
export async function findTables(database: Pick<Database, 'query'>): Promise<FoundTable[]> {
  const rows = await database.query(TABLES);
  return rows.map(({ found }) => {
    const table = JSON.parse(found ?? '{}') as FoundTable;
    const { columns, indexes, foreignKeys, checks } = table;
    return {
      ...table,
      columns: columns ?? [],
      indexes: indexes ?? [],
      foreignKeys: foreignKeys ?? [],
      checks: checks ?? [],
    };
  });
}

/** `shop.orders` */
export const fullName = ({ schema, name }: Pick<FoundTable, 'schema' | 'name'>): string => `${schema}.${name}`;
