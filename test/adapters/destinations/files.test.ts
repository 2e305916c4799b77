import promises, { mkdtemp, readdir, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { filesDestination } from '../../../src/adapters/destinations/files';
import type { Edition } from '../../../src/domain/edition';
import { type DestinationUnderTest, destinationContract } from '../../contracts/destination';

const PIPELINE = 'shop';
const TABLES = ['orders', 'users'];
const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'daybreak-destination-'));
  folders.push(made);
  return made;
};
afterAll(async () => {
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

async function withDatabase<T>(path: string, use: (rows: (sql: string) => Promise<string[]>) => Promise<T>) {
  const instance = await DuckDBInstance.create(path, {
    threads: '1',
    ...(path === ':memory:' ? {} : { access_mode: 'READ_ONLY' }),
  });
  const connection = await instance.connect();
  try {
    return await use(async (sql) => (await connection.runAndReadAll(sql)).getRows().map((row) => String(row[0])));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** One SELECT over all tables is one session. */
const SESSION = `${TABLES.map((table) => `SELECT id FROM ${table}`).join(' UNION ALL ')} UNION ALL SELECT edition FROM edition`;

async function open(): Promise<DestinationUnderTest> {
  const root = join(await folder(), 'published');
  const made = await folder();
  const views = join(root, `${PIPELINE}.duckdb`);
  return {
    destination: filesDestination(root, PIPELINE),
    again: () => filesDestination(root, PIPELINE),
    async edition(id) {
      const files = new Map(TABLES.map((table) => [table, join(made, `${id}-${table}.parquet`)]));
      await withDatabase(':memory:', async (run) => {
        for (const path of files.values()) await run(`COPY (SELECT '${id}' AS id) TO '${path}' (FORMAT parquet)`);
      });
      const sizes = new Map<string, number>();
      for (const [table, path] of files) sizes.set(table, (await stat(path)).size);
      const edition: Edition = {
        id,
        pipeline: PIPELINE,
        window: { from: '2026-11-01', to: '2026-11-25', asOf: '2026-11-25' },
        knownAt: '2026-11-25T02:00:00.000Z',
        fingerprint: id,
        definition: 'd',
        destination: root,
        zone: 'Europe/Berlin',
        snapshots: [],
        checks: [],
        run: { workflowId: 'w', runId: 'r' },
        tables: TABLES.map((table) => ({
          name: table,
          description: `it's "${table}"`,
          rows: 1,
          bytes: sizes.get(table) ?? 0,
          sha256: id,
          fingerprint: id,
          file: `${table}.parquet`,
          columns: [{ name: 'id', type: 'VARCHAR', description: 'of the edition' }],
        })),
      };
      return { edition, files };
    },
    read: async () => await withDatabase(views, async (rows) => await rows(SESSION)),
    async keepReading() {
      const instance = await DuckDBInstance.create(views, { threads: '1', access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      return {
        read: async () => (await connection.runAndReadAll(SESSION)).getRows().map((row) => String(row[0])),
        close() {
          connection.closeSync();
          instance.closeSync();
        },
      };
    },
    async damage() {
      await writeFile(views, 'no database');
      await unlink(join(root, 'live'));
    },
    async abandon() {
      const half = 'half of it';
      await writeFile(`${views}.4711-0123abcd.tmp`, half);
      await writeFile(`${views}.4711-0123abcd.tmp.wal`, half);
      await symlink('editions/first', join(root, 'live.4711-0123abcd.tmp'));
      await writeFile(join(root, 'editions', 'first', 'orders.parquet.4711-0123abcd.tmp'), half);
    },
    async strays() {
      const known = ['editions', 'live', `${PIPELINE}.duckdb`];
      const inEditions = (await readdir(join(root, 'editions'), { recursive: true })).filter(
        (path) => !/^[\w-]+(\/((orders|users)\.parquet|report\.html))?$/.test(path),
      );
      return [...(await readdir(root)).filter((name) => !known.includes(name)), ...inEditions];
    },
  };
}

destinationContract('a folder of Parquet', open);

test('other people’s files in the folder stay', async () => {
  const { destination, edition } = await open();
  const { edition: made, files } = await edition('first');
  await destination.stage(made, files);
  await destination.show(made);
  const theirs = join(made.destination, 'notes.tmp');
  await writeFile(theirs, 'mine');
  await destination.removeTemporary(Date.now() + 60_000);
  expect(await readdir(made.destination)).toContain('notes.tmp');
});

test('a copy that fails half-way leaves nothing, and is made by the next attempt', async () => {
  const { destination, edition, read, strays } = await open();
  const { edition: made, files } = await edition('first');
  const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });
  // As between two devices, of which the second is full.
  const link = jest.spyOn(promises, 'link').mockRejectedValue(failure('EXDEV'));
  const copy = jest.spyOn(promises, 'copyFile').mockImplementationOnce(async (_, to) => {
    await writeFile(to, 'half of it');
    throw failure('ENOSPC');
  });
  try {
    await expect(destination.stage(made, files)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await strays()).toEqual([]);
    expect(await destination.holds(made)).toBe(false);
    await destination.stage(made, files);
    expect(copy).toHaveBeenCalledTimes(1 + files.size);
  } finally {
    link.mockRestore();
    copy.mockRestore();
  }
  await destination.show(made);
  expect(await read()).toEqual(['first', 'first', 'first']);
  expect(await strays()).toEqual([]);
});
