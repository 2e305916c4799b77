/** Room to read in: an engine, a scratch folder, and leases that keep editions from being swept meanwhile. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Lease } from '../activities/sweep';
import type { Engine, Workspace } from '../adapters/engine';
import { duckDbEngine } from '../adapters/engines/duckdb';
import { duckDb } from '../adapters/engines/duckdb/client';
import type { Store } from '../adapters/store';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import type { PlanDocument } from '../domain/plan';

export const DEADLINE_MS = 600_000;
const MEMORY_BYTES = 1_000_000_000;
const THREADS = 2;

/** What went wrong with somebody's question, where no step is tried again and no model can be changed. */
function asQuestion(error: DaybreakError): DaybreakError {
  const { what, ...text } = error.text;
  if (error.kind === 'ModelFailed') return new DaybreakError('BadRequest', { ...text, what, next: 'correct the SQL' });
  if (error.kind === 'EngineCrashed' || error.kind === 'OutOfMemory' || error.kind === 'DeadlineExceeded')
    return new DaybreakError(error.kind, { what, next: 'ask for less: aggregate, filter, or a smaller --limit' });
  return error;
}

export interface Room {
  readonly workspace: Workspace;
  /** The same one, or a new and empty one when the engine has died meanwhile. */
  reopened(): Promise<Workspace>;
  readonly engine: Engine;
  readonly folder: string;
}

/** Gives a fenced workspace that may read these editions, and takes everything away afterwards. */
export async function withWorkspace<T>(
  store: Store,
  of: {
    readonly pipeline: string;
    readonly zone: string;
    readonly editions: readonly Edition[];
    readonly variables?: PlanDocument['variables'];
  },
  use: (room: Room) => Promise<T>,
): Promise<T> {
  const id = `query-${randomUUID()}`;
  const folder = await store.scratch(id);
  const until = new Date(Date.now() + DEADLINE_MS).toISOString();
  // The first bears the folder's name: with it the folder of a reader that died is swept.
  const editions = of.editions.length === 0 ? [''] : of.editions.map((edition) => edition.id);
  const leases = editions.map((edition, index) => ({ key: `leases/${id}${index === 0 ? '' : `-${index}`}`, edition }));
  const engine = duckDbEngine(duckDb());
  try {
    for (const { key, edition } of leases)
      await store.putIfAbsent<Lease>(key, { pipeline: of.pipeline, edition, until });
    const reopened = async () =>
      await engine.workspace({
        id,
        folder,
        readable: of.editions.map((edition) => join(edition.destination, 'editions', edition.id)),
        zone: of.zone,
        variables: of.variables ?? {},
        memoryBytes: MEMORY_BYTES,
        threads: THREADS,
      });
    return await use({ workspace: await reopened(), reopened, engine, folder });
  } catch (error) {
    throw error instanceof DaybreakError ? asQuestion(error) : error;
  } finally {
    await engine.close();
    await store.removeScratch(id);
    for (const { key } of leases) await store.remove(key);
  }
}
