import childProcess from 'node:child_process';
import { version } from '@duckdb/node-api';
import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import { engineContract } from '../../contracts/engine';
import { sandboxContract } from '../../contracts/sandbox';

// Nothing that the engine says may depend on where it runs.
process.env.TZ = 'Asia/Kathmandu';

engineContract('DuckDB', () => {
  const db = duckDb();
  return {
    engine: duckDbEngine(db),
    kill: () => {
      const pid = db.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
  };
});

sandboxContract('DuckDB', duckDbEngine(duckDb()));

test('its version is that of DuckDB, which is loaded by its process only', () => {
  expect(duckDbEngine(duckDb()).version).toBe(`duckdb ${version()}`);
});

test('an engine process that cannot be started fails what asked for it, and the next query works', async () => {
  const restarts: string[] = [];
  const db = duckDb({ onRestart: (reason) => restarts.push(reason) });
  const engine = duckDbEngine(db);
  const { fork } = childProcess;
  const nowhere = jest
    .spyOn(childProcess, 'fork')
    .mockImplementationOnce((path, args, options) => fork(path, args, { ...options, execPath: '/nowhere/node' }));
  try {
    const failed = { kind: 'EngineCrashed', message: expect.stringMatching(/cannot be started.*ENOENT/) };
    const asked = ['SELECT 1', 'SELECT 2'].map(async (sql) => await engine.parse([sql]));
    for (const end of await Promise.allSettled(asked))
      expect(end).toMatchObject({ status: 'rejected', reason: failed });
    expect(restarts).toHaveLength(1);
    expect(db.pid()).toBeUndefined();
    const [parsed] = await engine.parse(['SELECT 1 FROM a']);
    expect(parsed?.reads.map(({ name }) => name)).toEqual(['a']);
    expect(nowhere).toHaveBeenCalledTimes(2);
  } finally {
    nowhere.mockRestore();
    await engine.close();
  }
});

test('a query that is done holds no memory', async () => {
  const db = duckDb();
  try {
    const session = await db.session('s', { folders: [], memoryBytes: 30_000_000, threads: 1, zone: 'UTC', setup: [] });
    // Each of them takes 0.26 MB as long as its statement lives.
    for (let n = 0; n < 150; n++) await session.query(`FROM (VALUES (${n}), (1)) AS t(n)`);
  } finally {
    await db.close();
  }
});
