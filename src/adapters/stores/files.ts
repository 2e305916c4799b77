/** A store in a folder: JSON documents and Parquet files. */
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { DaybreakError } from '../../domain/failure';
import type { Store } from '../store';
import { checksum, linkOnce, makeFolder, moveDurably, removeTemporary, writeOnce } from './durable';

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Documents read at the same time; each takes a file handle. */
const READ_AT_ONCE = 32;

function storeIn(folder: string): Omit<Store, 'id'> {
  type Room = 'documents' | 'scratch' | 'data';
  /** A path in one of the store's rooms, given by name or absolute. */
  const inside = (room: Room, path = '.') => {
    const walls = join(folder, room);
    const found = resolve(walls, path);
    if (found === walls || found.startsWith(walls + sep)) return found;
    throw new DaybreakError('Bug', { what: `${path} leaves the store's ${room}` });
  };
  const dataPath = (uri: string) => inside('data', resolve(folder, uri));
  const documentPath = (key: string) => inside('documents', `${key}.json`);
  const read = async <T>(key: string): Promise<T | undefined> => {
    try {
      return JSON.parse(await readFile(documentPath(key), 'utf8')) as T;
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof SyntaxError)
        throw new DaybreakError(
          'Damaged',
          { where: documentPath(key), what: 'the document is damaged', next: 'restore it from a backup, or remove it' },
          { cause: error },
        );
      throw error;
    }
  };
  const putIfAbsent = async <T>(key: string, value: T): Promise<{ won: boolean; value: T }> => {
    // A short wait covers a winner that is removed between our losing and our reading.
    for (;;) {
      if (await writeOnce(documentPath(key), JSON.stringify(value))) return { won: true, value };
      const winner = await read<T>(key);
      if (winner !== undefined) return { won: false, value: winner };
    }
  };
  return {
    putIfAbsent,
    get: read,
    async getAll<T>(keys: readonly string[]) {
      const found: (T | undefined)[] = [];
      for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
        const some = keys.slice(at, at + READ_AT_ONCE);
        found.push(...(await Promise.all(some.map(async (key) => await read<T>(key)))));
      }
      return found;
    },
    async list(prefix) {
      const paths = await listFiles(inside('documents', prefix));
      const keys = paths.filter((path) => path.endsWith('.json'));
      return keys.map((path) => relative(join(folder, 'documents'), path).slice(0, -'.json'.length)).toSorted();
    },
    remove: async (key) => await rm(documentPath(key), { force: true }),
    async scratch(name) {
      const path = inside('scratch', name);
      await makeFolder(path);
      return path;
    },
    async removeScratch(name) {
      await rm(inside('scratch', name), { recursive: true, force: true });
      // Whoever takes the last folder of a run away takes the run's along; where others work, it stays.
      for (let parent = dirname(name); parent !== '.'; parent = dirname(parent))
        await rmdir(inside('scratch', parent)).catch(() => undefined);
    },
    removeFile: async (path) => await rm(inside('scratch', path), { force: true }),
    listScratch: async () => await readdir(join(folder, 'scratch')).catch(() => []),
    async seal(path, name) {
      return { uri: join('data', name), ...(await moveDurably(path, inside('data', name))) };
    },
    path: (file) => dataPath(file.uri),
    async holds(file) {
      const found = await stat(dataPath(file.uri)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      return found?.size === file.bytes;
    },
    async verify(file) {
      const found = await checksum(dataPath(file.uri)).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      return found !== undefined && found.sha256 === file.sha256 && found.bytes === file.bytes;
    },
    async link(file, target) {
      const path = join(target, basename(file.uri));
      await linkOnce(dataPath(file.uri), path).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        throw new DaybreakError(
          'Damaged',
          { where: dataPath(file.uri), what: 'the data file is gone', next: 'start the run again: it is made anew' },
          { cause: error },
        );
      });
      return path;
    },
    async listData() {
      const paths = await listFiles(inside('data'));
      const found = await Promise.all(
        paths.map(async (path) => {
          const stats = await stat(path).catch(() => undefined);
          return stats === undefined ? [] : [{ uri: relative(folder, path), modifiedMs: stats.mtimeMs }];
        }),
      );
      return found.flat();
    },
    removeData: async (uri) => await rm(dataPath(uri), { force: true }),
    removeTemporary: async (beforeMs) => await removeTemporary(inside('documents'), beforeMs),
  };
}

/** Opens the store in a folder, made when missing. One that is there may be opened for reading though it cannot be written. */
export async function filesStore(root: string): Promise<Store> {
  const store = storeIn(resolve(root));
  const known = await store.get<{ id: string }>('store');
  const { id } = known ?? (await store.putIfAbsent('store', { id: randomUUID().slice(0, 8) })).value;
  return { id, ...store };
}

const refuse = async (): Promise<never> => {
  throw new DaybreakError('Bug', { what: 'a store that is only looked at was to be changed' });
};

const UNCHANGED = {
  ...{ putIfAbsent: refuse, remove: refuse, seal: refuse, link: refuse },
  ...{ removeData: refuse, removeTemporary: refuse },
};

/** The store in a folder as it is. One that is not there is empty, has no id, and is not made by whatever is asked of it. */
export async function existingStore(root: string): Promise<Store> {
  const store = storeIn(resolve(root));
  const known = await store.get<{ id: string }>('store');
  return known === undefined ? { id: '', ...store, ...UNCHANGED, scratch: refuse } : { id: known.id, ...store };
}

/** The store in a folder, only to look at: nothing in it changes, and it need not be there. Scratch is in another folder. */
export async function readingStore(root: string, elsewhere: string): Promise<Store> {
  const { get, getAll, list, listData, listScratch, path, holds, verify } = storeIn(resolve(root));
  const { scratch, removeScratch, removeFile } = storeIn(resolve(elsewhere));
  const { id } = (await get<{ id: string }>('store')) ?? { id: '' };
  return {
    ...{ id, get, getAll, list, listData, listScratch, path, holds, verify, scratch, removeScratch, removeFile },
    ...UNCHANGED,
  };
}
