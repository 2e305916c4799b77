/** Accepted snapshots of a pipeline's databases, and first loads that are under way, in a store. */
import type { Load, Snapshot } from '../domain/snapshot';
import type { Store } from './store';

export interface Snapshots {
  /** The newest accepted one of a source, with its key. */
  newest(source: string): Promise<{ readonly key: string; readonly snapshot: Snapshot } | undefined>;
  get(key: string): Promise<Snapshot | undefined>;
  /** What a run accepted of a source, if it did. */
  ofRun(source: string, run: Pick<Snapshot, 'plannedAt' | 'runId'>): Promise<Snapshot | undefined>;
  /** Oldest first, with their keys. */
  all(): Promise<{ readonly key: string; readonly snapshot: Snapshot }[]>;
  /** Accepts what a run made; a run accepts a source once. */
  accept(snapshot: Snapshot): Promise<string>;
  /** Puts an accepted one of the same rows in fewer layers after it. */
  compact(key: string, snapshot: Snapshot): Promise<void>;
  /**
   * Rejects what was accepted of a table after a time (ISO 8601), so that the next run goes on from what was known then.
   * Gives how many; `undefined` when no snapshot has the table.
   */
  reject(table: string, after: string): Promise<number | undefined>;
  loads(): Promise<{ readonly key: string; readonly load: Load }[]>;
  /** The first load of exactly this, if one is under way. */
  load(key: string): Promise<Load | undefined>;
  loadKey(source: string, declared: string): string;
  /** Begins a load unless another run has; gives the one that is under way. */
  begin(key: string, load: Load): Promise<Load>;
}

export function snapshots(
  store: Pick<Store, 'get' | 'getAll' | 'list' | 'putIfAbsent' | 'remove'>,
  pipeline: string,
): Snapshots {
  const folder = `snapshots/${pipeline}`;
  // Sorted by time of planning: whoever planned later saw more.
  const keyOf = (source: string, { plannedAt, runId }: Pick<Snapshot, 'plannedAt' | 'runId'>) =>
    `${folder}/${source}/${plannedAt.replaceAll(/[:.]/g, '-')}-${runId}`;
  const read = async (keys: readonly string[]) => {
    const found = await store.getAll<Snapshot>(keys);
    return keys.flatMap((key, index) => {
      const snapshot = found[index];
      return snapshot === undefined ? [] : [{ key, snapshot }];
    });
  };
  const all = async () =>
    (await read(await store.list(folder))).toSorted((a, b) => (a.snapshot.plannedAt < b.snapshot.plannedAt ? -1 : 1));
  return {
    async newest(source) {
      const keys = await store.list(`${folder}/${source}`);
      return (await read(keys.slice(-1)))[0];
    },
    get: async (key) => await store.get<Snapshot>(key),
    ofRun: async (source, run) => await store.get<Snapshot>(keyOf(source, run)),
    all,
    async accept(snapshot) {
      const key = keyOf(snapshot.source, snapshot);
      await store.putIfAbsent(key, snapshot);
      return key;
    },
    async compact(key, snapshot) {
      await store.putIfAbsent(`${key}-compacted`, snapshot);
    },
    async reject(table, after) {
      const own = (await all()).filter(({ snapshot }) => snapshot.tables.some(({ name }) => name === table));
      const younger = own.filter(({ snapshot }) => snapshot.plannedAt > after);
      for (const { key } of younger) await store.remove(key);
      return own.length === 0 ? undefined : younger.length;
    },
    loads: async () => {
      const keys = await store.list(`loads/${pipeline}`);
      const found = await store.getAll<Load>(keys);
      return keys.flatMap((key, index) => {
        const load = found[index];
        return load === undefined ? [] : [{ key, load }];
      });
    },
    load: async (key) => await store.get<Load>(key),
    loadKey: (source, declared) => `loads/${pipeline}/${source}/${declared.slice(0, 24)}`,
    begin: async (key, load) => (await store.putIfAbsent(key, load)).value,
  };
}
