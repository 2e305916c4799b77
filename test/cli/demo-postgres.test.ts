/** `daybreak demo --postgres`: two nights over a real Postgres, a worker killed in the second, and nothing that stays behind. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RunResult } from '../../src/domain/run';
import { removeTemporaryFolders, TEMPORAL_LIMIT_MS, temporaryFolder } from '../dev/temporary';
import { json, LIMIT_MS, startCli } from '../support/cli';
import { startServer, type TestServer } from '../support/server';

jest.setTimeout(2 * LIMIT_MS);

/** Its own, so that no other command stops it. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
}, TEMPORAL_LIMIT_MS);
afterAll(async () => {
  await server?.stop();
  await removeTemporaryFolders();
});

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const heard = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return heard;
}

test('reads what changed in the second night, goes on after a kill -9, and agrees with what Postgres counts', async () => {
  const env = {
    TEMPORAL_ADDRESS: server.address,
    DAYBREAK_HOME: join(temporaryFolder(), 'home'),
    DAYBREAK_TASK_QUEUE: `demo-${process.pid}`,
  };
  const demo = await startCli(['demo', '--postgres', '--json', '--lines', '5000'], env).ended;
  if (demo.code !== 0) throw new Error(demo.stderr);
  const night = json(demo) as RunResult;
  expect(night).toMatchObject({ pipeline: 'customer-analytics', outcome: 'published', live: night.edition });
  expect(night.previousEdition).not.toBeNull();
  const read = Object.fromEntries(night.sources.map(({ name, rows }) => [name, rows]));
  // 2,000 orders, of which a day changes some, and the one that was committed late.
  expect(read.orders).toBeGreaterThan(0);
  expect(read.orders).toBeLessThan(60);
  expect(read.users).toBeLessThan(20);
  expect(night.resumed).toMatchObject({ lost: 0, duplicated: 0 });
  expect(night.resumed.parts).toBeGreaterThan(0);

  expect(demo.stderr).toContain('the worker ended (SIGKILL), and is started again');
  expect(demo.stderr).toMatch(/resumed at \d[\d,]* rows?, which were there already; 0 lost; 0 duplicated/);
  expect(demo.stderr).toMatch(
    /the same in both +orders +worth, EUR\ncounted by Postgres +(\d+) +([\d.]+)\nin the edition +\1 +\2\n/,
  );
  const port = Number(/a Postgres of its own at 127\.0\.0\.1:(\d+)/.exec(demo.stderr)?.[1]);
  expect(port).toBeGreaterThan(0);
  expect(await answers(port)).toBe(false);
});
