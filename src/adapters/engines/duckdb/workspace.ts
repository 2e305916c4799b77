/** The tables of one run in one fenced session. */
import { identifier, identifiers, literal } from '../../../domain/sql';
import type { QueryRows, WorkOptions, Workspace, WorkspaceSettings } from '../../engine';
import type { DuckDb, Session } from './client';
import { layeredSql } from './layers';
import { measure } from './measure';
import { INTERMEDIATE, PUBLISHED } from './parquet';
import { emptyRows, setVariables } from './variables';

/** What each open session has; a session that was lost with its process has nothing. */
const defined = new WeakMap<Session, Map<string, string>>();

export async function openWorkspace(db: DuckDb, settings: WorkspaceSettings): Promise<Workspace> {
  const session = await db.session(settings.id, {
    folders: [settings.folder, ...(settings.readable ?? [])],
    spill: `${settings.folder}/spill`,
    memoryBytes: settings.memoryBytes,
    threads: settings.threads,
    zone: settings.zone,
    setup: setVariables(settings.variables),
  });
  const tables = defined.get(session) ?? new Map<string, string>();
  defined.set(session, tables);

  async function define(name: string, sql: string, options?: Pick<WorkOptions, 'signal'>): Promise<void> {
    if (tables.get(name) === sql) return;
    await session.query(`CREATE OR REPLACE VIEW ${identifier(name)} AS ${sql}`, options);
    tables.set(name, sql);
  }

  return {
    has: (name) => tables.has(name),
    table: async (name, paths, columns, options) =>
      await define(
        name,
        paths.length === 0 ? emptyRows(columns) : `FROM read_parquet([${paths.map(literal).join(', ')}])`,
        options,
      ),
    layered: async (name, table, options) => await define(name, layeredSql(table), options),
    view: define,
    async write(sql, path, { compression, ...options }) {
      const { rows } = await session.query(
        `COPY (${sql}\n) TO ${literal(path)} ${compression === 'snappy' ? INTERMEDIATE : PUBLISHED}`,
        options,
      );
      const { signal } = options;
      const described = await session.query(
        `DESCRIBE FROM read_parquet(${literal(path)})`,
        signal === undefined ? {} : { signal },
      );
      return {
        rows: Number(rows[0]?.Count ?? 0),
        schema: described.rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) })),
      };
    },
    measure: async (checks, options) => await measure(session, checks, options),
    query: async (sql, options): Promise<QueryRows> => await session.query(sql, options),
    async keyChecksum(table, key, options) {
      const { rows } = await session.query(
        `SELECT count(*) AS n, COALESCE(sum(hash(${identifiers(key)})), 0)::VARCHAR AS checksum FROM ${identifier(table)}`,
        options,
      );
      return { rows: Number(rows[0]?.n ?? 0), checksum: String(rows[0]?.checksum ?? '0') };
    },
    close: async () => await session.close(),
  };
}
