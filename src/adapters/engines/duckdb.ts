/** The embedded engine: DuckDB in a process of its own. */
import { version } from '@duckdb/node-api/package.json';
import { literal } from '../../domain/sql';
import type { Engine } from '../engine';
import { bind } from './duckdb/bind';
import type { DuckDb, Session, SessionSettings } from './duckdb/client';
import { follow } from './duckdb/follow';
import type { Functions } from './duckdb/keyed';
import { openSandbox } from './duckdb/sandbox';
import { readSelect } from './duckdb/select';
import { setVariables } from './duckdb/variables';
import { openWorkspace } from './duckdb/workspace';

/** Parsing, binding and trying touch no file: their session may not read any. */
const ANALYSIS: Omit<SessionSettings, 'setup' | 'zone'> = {
  folders: [],
  memoryBytes: 200_000_000,
  threads: 1,
};

/** A few rows in many tables and columns: each column of a table takes 256 kB, however few they are. */
const SANDBOX_MEMORY_BYTES = 500_000_000;

/** `1.5.5-r.5` is release 5 of the package for DuckDB 1.5.5. DuckDB itself is loaded by the engine process only. */
const VERSION = `duckdb v${version.split('-')[0]}`;

/** Answers kept in memory: a pipeline of every night is parsed and bound once. */
const KEPT_ANSWERS = 32;

/** Asks once for each key, and again after a failure. */
function remembered<T>(answers: Map<string, Promise<unknown>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(key) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const asked = ask();
  answers.set(key, asked);
  asked.catch(() => answers.delete(key));
  const oldest = answers.keys().next().value;
  if (answers.size > KEPT_ANSWERS && oldest !== undefined) answers.delete(oldest);
  return asked;
}

async function functionsOf(session: Session): Promise<Functions> {
  const { rows } = await session.query(`
    SELECT DISTINCT function_name AS name, function_type = 'aggregate' AS aggregate FROM duckdb_functions()
    WHERE function_type = 'aggregate' OR (function_type = 'scalar' AND stability <> 'CONSISTENT')`);
  const named = (aggregate: boolean) =>
    new Set(rows.filter((row) => row.aggregate === aggregate).map((row) => String(row.name)));
  return { aggregates: named(true), volatile: named(false) };
}

export function duckDbEngine(db: DuckDb): Engine {
  let serial = 0;
  let known: Promise<Functions> | undefined;
  /** The same in every session. */
  async function functions(session: Session): Promise<Functions> {
    known ??= functionsOf(session);
    known.catch(() => (known = undefined));
    return await known;
  }
  const answers = new Map<string, Promise<unknown>>();
  /** A session of its own for each analysis: names of one pipeline never meet those of another. */
  async function analysing<T>(
    settings: { zone: string; setup: readonly string[] },
    use: (session: Session) => Promise<T>,
  ): Promise<T> {
    serial += 1;
    const session = await db.session(`analysis-${serial}`, { ...ANALYSIS, ...settings });
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  }

  return {
    version: VERSION,
    parse: async (statements) =>
      await remembered(answers, JSON.stringify(statements), async () =>
        analysing({ zone: 'UTC', setup: [] }, async (session) => {
          const known = await functions(session);
          const parsed = [];
          for (const sql of statements) {
            const answer = await session.query(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
            parsed.push(readSelect(String(answer.rows[0]?.tree), known));
          }
          return parsed;
        }),
      ),
    bind: async (request) => {
      // Binding looks at a variable's type, not at its value.
      const types = Object.entries(request.variables).map(([name, { type }]) => [name, type]);
      return await remembered(answers, JSON.stringify({ ...request, variables: types }), async () =>
        analysing(
          { zone: request.zone, setup: ['SET errors_as_json = true', ...setVariables(request.variables)] },
          async (session) => bind(session, request),
        ),
      );
    },
    follow: async (request) =>
      await remembered(answers, JSON.stringify({ ...request, tables: [...request.tables] }), async () =>
        analysing({ zone: 'UTC', setup: setVariables(request.variables) }, async (session) => {
          return await follow(session, request, await functions(session));
        }),
      ),
    workspace: async (settings) => await openWorkspace(db, settings),
    sandbox: async (zone) => {
      serial += 1;
      const settings = { ...ANALYSIS, memoryBytes: SANDBOX_MEMORY_BYTES, zone, setup: [] };
      return openSandbox(await db.session(`sandbox-${serial}`, settings));
    },
    close: async () => await db.close(),
  };
}
