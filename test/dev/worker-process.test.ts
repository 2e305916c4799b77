/** A worker as a child process, with small programs in its place that have a worker's manners, or bad ones. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { terminate } from '../../src/dev/processes';
import { startWorkerProcess, type WorkerEnd, type WorkerHandle } from '../../src/dev/worker-process';
import { eventually, isAlive, removeTemporaryFolders, temporaryFolder } from './temporary';

const workers: WorkerHandle[] = [];

afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())));
afterAll(removeTemporaryFolders);

const WELL_MANNERED = `
  setInterval(() => undefined, 1000);
  process.on('SIGTERM', () => setTimeout(() => { console.log('drained'); process.exit(0); }, 100));
  process.on('disconnect', () => process.exit(0));
  console.log('polling on ' + process.env.DAYBREAK_TASK_QUEUE);
  process.send('ready');
`;

async function start(source: string) {
  const folder = temporaryFolder();
  const entry = join(folder, 'worker.js');
  const logFile = join(folder, 'home', 'worker.log');
  writeFileSync(entry, source);
  const ends: WorkerEnd[] = [];
  const worker = await startWorkerProcess({
    env: { ...process.env, DAYBREAK_TASK_QUEUE: 'dawn' },
    entry,
    logFile,
    onExit: (end) => ends.push(end),
  });
  workers.push(worker);
  return { worker, ends, log: () => readFileSync(logFile, 'utf8') };
}

test('is ready when it says so, logs to its file, and drains when stopped', async () => {
  const { worker, ends, log } = await start(WELL_MANNERED);
  await worker.ready;
  // Ctrl-C in a terminal goes to a process group; the worker has its own.
  expect(() => process.kill(-worker.pid, 0)).not.toThrow();
  await worker.stop();
  await worker.stop();
  expect(ends).toEqual([{ reason: 'exit code 0', asked: true }]);
  expect(log()).toBe('polling on dawn\ndrained\n');
});

test('a worker that ends before it is ready: its last words are in the message', async () => {
  const { worker, ends } = await start(`console.error('no such queue'); process.exitCode = 4;`);
  await expect(worker.ready).rejects.toThrow(
    /the worker did not start: it ended with exit code 4; its last lines in .*worker\.log:\n {2}no such queue\nnext: /,
  );
  expect(ends).toEqual([{ reason: 'exit code 4', asked: false }]);
});

test('a worker that is killed is reported, not waited for', async () => {
  const { worker, ends } = await start(WELL_MANNERED);
  await worker.ready;
  process.kill(worker.pid, 'SIGKILL');
  await eventually('its end is reported', () => ends.length > 0);
  expect(ends).toEqual([{ reason: 'SIGKILL', asked: false }]);
  await worker.stop();
});

test('who does not hear SIGTERM is killed, with all that it started', async () => {
  const child = spawn(
    process.execPath,
    [
      '-e',
      `process.on('SIGTERM', () => undefined);
       const engine = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)']);
       console.log(engine.pid);
       setInterval(() => undefined, 1000);`,
    ],
    { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const enginePid = await new Promise<number>((resolve) =>
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))),
  );
  await terminate(child, 300);
  expect(child.signalCode).toBe('SIGKILL');
  await eventually('what it started is gone', () => !isAlive(enginePid));
});
