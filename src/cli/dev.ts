/** `daybreak dev`: server, Web UI and worker in one, until stopped. `daybreak worker`: a worker alone. */
import { spawn, type StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import { ownEntry } from '../dev/processes';
import { join } from 'node:path';
import { contextOf } from './options';
import type { OutputOptions } from './output';
import { EXIT } from './render/result';
import { openSession } from './session';

export async function devCommand(options: OutputOptions): Promise<number> {
  const { config, output } = contextOf(options);
  const session = await openSession(config, output, { worker: 'when none' });
  const ui = session.link({ workflowId: '' })?.replace(/\/namespaces.*/, '');
  output.answer({ address: session.address, ui: ui ?? null }, () =>
    [
      `Temporal  ${session.address}`,
      ...(ui === undefined ? [] : [`Web UI    ${ui}`]),
      `worker    polls ${config.taskQueue}; log in ${join(config.home, 'worker.log')}`,
    ].join('\n'),
  );
  const ours = [...(session.ownServer ? ['the server'] : []), ...(session.ownWorker ? ['the worker'] : [])];
  if (ours.length === 0) {
    output.say(output.paint.dim('both were there already, and stay'));
    await session.close();
    return EXIT.ok;
  }
  output.say(output.paint.dim(`Ctrl-C stops ${ours.join(' and ')}; runs go on when they are there again`));
  await new Promise<void>((resolve) => {
    // Listening for signals alone keeps no process alive.
    const alive = setInterval(() => undefined, 60_000);
    const stop = () => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
  output.say('stopping …');
  await session.close();
  return EXIT.ok;
}

/** The worker in the foreground: the same program as `node dist/worker.js`, or `node dist/worker.js --only watch`. */
export async function workerCommand({ only }: { readonly only?: 'watch' }): Promise<number> {
  const { path, execArgv } = ownEntry(join(__dirname, '..', 'worker'));
  const part = only === undefined ? [] : ['--only', only];
  // By the channel it knows when this process is gone, however that ended.
  const stdio: StdioOptions = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(process.execPath, [...execArgv, path, ...part], { stdio });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
