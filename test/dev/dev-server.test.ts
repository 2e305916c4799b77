/** The real dev server: up with our search attributes, clear when it cannot start, and never left behind. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { type DevServer, reachable, startDevServer } from '../../src/dev/dev-server';
import {
  eventually,
  isAlive,
  removeTemporaryFolders,
  script,
  TEMPORAL_LIMIT_MS,
  temporal,
  temporaryFolder,
} from './temporary';

let binary: string;
const servers: DevServer[] = [];

beforeAll(async () => {
  binary = await temporal();
}, TEMPORAL_LIMIT_MS);

afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
afterAll(removeTemporaryFolders);

async function start(options: Partial<Parameters<typeof startDevServer>[0]> = {}): Promise<DevServer> {
  const server = await startDevServer({ binary, home: temporaryFolder(), port: 0, uiPort: 0, ...options });
  servers.push(server);
  return server;
}

async function searchAttributes(server: DevServer): Promise<Record<string, unknown>> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const { namespace } = server;
    return (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
  } finally {
    await connection.close();
  }
}

test('is up with namespace, search attributes and Web UI, goes when stopped, and comes back with its database', async () => {
  const home = join(temporaryFolder(), '.daybreak');
  const server = await start({ home, namespace: 'mornings' });
  expect(await reachable(server.address, 20_000)).toBe(true);
  expect(Object.keys(await searchAttributes(server))).toEqual(
    expect.arrayContaining(['daybreakPipeline', 'daybreakStage', 'daybreakOutcome']),
  );
  expect((await fetch(server.uiUrl)).status).toBe(200);
  // The leader of its own process group: Ctrl-C in a terminal goes to ours.
  expect(() => process.kill(-server.pid, 0)).not.toThrow();

  await server.stop();
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  expect(await reachable(server.address)).toBe(false);
  expect(existsSync(join(home, 'temporal.db'))).toBe(true);

  const again = await start({ home, namespace: 'mornings' });
  expect(Object.keys(await searchAttributes(again))).toContain('daybreakStage');
});

test('a port that another Temporal server uses: the message says how to use that one', async () => {
  const { address } = await start();
  const port = Number(address.split(':')[1]);
  await expect(start({ port })).rejects.toThrow(
    `${address}: a Temporal server is already running on port ${port}; expected a free port\n` +
      `next: use that server: set TEMPORAL_ADDRESS=${address}; or stop it`,
  );
});

test('a port that another program uses, for the frontend or the Web UI', async () => {
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  try {
    await expect(start({ port })).rejects.toThrow(
      new RegExp(`port ${port}, for Temporal's frontend, is in use by another program[^]*lsof -i :${port}`),
    );
    await expect(start({ uiPort: port })).rejects.toThrow(`port ${port}, for Temporal's Web UI, is in use`);
  } finally {
    other.close();
  }
});

test('a server that ends while it starts: its last words are in the message', async () => {
  const failing = script(join(temporaryFolder(), 'temporal'), 'echo "database disk image is malformed" >&2', 'exit 7');
  await expect(start({ binary: failing })).rejects.toThrow(
    /did not start: it ended with exit code 7; its last lines in .*temporal\.log:\n {2}database disk image is malformed\nnext: /,
  );
  await expect(start({ binary: join(failing, 'missing') })).rejects.toThrow(/cannot be run \(ENOTDIR\)/);
});

test('goes when the process that started it is killed', async () => {
  const program = join(temporaryFolder(), 'starter.js');
  const options = { binary, home: temporaryFolder(), port: 0, uiPort: 0 };
  writeFileSync(
    program,
    `const { startDevServer } = require(${JSON.stringify(require.resolve('../../src/dev/dev-server'))});
     // Nothing else keeps it alive, and it is to be killed, not to end.
     setInterval(() => undefined, 60_000);
     startDevServer(${JSON.stringify(options)}).then(({ pid, address }) => process.send({ pid, address }));`,
  );
  const starter: ChildProcess = fork(program, [], { execArgv: ['--require', require.resolve('tsx/cjs')] });
  const server = await new Promise<{ pid: number; address: string }>((resolve) =>
    starter.once('message', (message) => resolve(message as { pid: number; address: string })),
  );
  expect(await reachable(server.address, 20_000)).toBe(true);
  expect(starter.exitCode).toBeNull();
  starter.kill('SIGKILL');
  await eventually('the server is gone', () => !isAlive(server.pid));
});

test('nothing there, or something else: not reachable, without waiting for long', async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as { port: number };
  const started = Date.now();
  expect(await reachable(`127.0.0.1:${port}`, 500)).toBe(false);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
  expect(await reachable(`127.0.0.1:${port}`, 500)).toBe(false);
  expect(Date.now() - started).toBeLessThan(3_000);
});
