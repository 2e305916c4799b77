/** Whether the engine starts, and computes what it should. */
import { duckDb } from '../adapters/engines/duckdb/client';
import { bad, type Finding, good, messageOf } from './finding';

const LIMIT_MS = 30_000;
const MEMORY_BYTES = 200_000_000;
const PROBE = `SELECT version() AS version, (SELECT sum(range) FROM range(1001))::BIGINT AS sum,
  (TIMESTAMPTZ '2026-06-30 22:30:00+00')::DATE::VARCHAR AS day`;

/** Opens a database with so many threads and adds some numbers, without a file. */
export async function checkEngine(threads: number): Promise<Finding> {
  const next =
    "install the packages again for this machine with `npm ci`, without --omit=optional: DuckDB's binary is one of them";
  const db = duckDb();
  try {
    const settings = { folders: [], memoryBytes: MEMORY_BYTES, threads, zone: 'Europe/Berlin', setup: [] };
    const session = await db.session('doctor', settings);
    const { rows } = await session.query(PROBE, { signal: AbortSignal.timeout(LIMIT_MS) });
    const [{ version = '', sum = '', day = '' } = {}] = rows;
    if (String(sum) !== '500500') return bad('engine', `DuckDB adds wrongly: ${String(sum)} is not 500500`, next);
    if (day !== '2026-07-01') return bad('engine', `DuckDB does not know time zones: ${String(day)}`, next);
    return good('engine', `DuckDB ${String(version)} computes`);
  } catch (error) {
    return bad('engine', `DuckDB does not start: ${messageOf(error)}`, next);
  } finally {
    await db.close();
  }
}
