/** A worker process: it polls for runs and for watches, until it is told to stop. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from './config';
import { DaybreakError } from './domain/failure';
import { installRuntime, workerLogger } from './log';
import { UnreachableError } from './temporal/connection';
import { runWorker } from './worker/runs';
import type { Serving, Workflows } from './worker/serving';
import { runWatchWorker } from './worker/watch';

const ORPHAN_LIMIT_MS = 18_000;
/** By the arguments of the process. */
const RUNS: Readonly<Record<string, (serving: Serving) => Promise<void>>> = {
  '': runWorker,
  '--only watch': runWatchWorker,
};

/** Prebuilt by `npm run build`. From source, and with more than is in there, the SDK bundles it, which takes seconds. */
const workflows: Workflows = (traces) => {
  const codePath = join(__dirname, 'workflow-bundle.js');
  const isBuilt = !traces && existsSync(codePath);
  return isBuilt ? { workflowBundle: { codePath } } : { workflowsPath: require.resolve('./workflows') };
};

/** Who started us may be gone by now. */
const tellParent = () => void process.send?.('ready', undefined, undefined, () => undefined);

/** The process: SIGTERM and SIGINT drain it; so does the end of the process that started it. */
async function main(): Promise<void> {
  const run = RUNS[process.argv.slice(2).join(' ')];
  if (run === undefined)
    throw new DaybreakError('BadRequest', {
      what: `a worker knows no ${process.argv.slice(2).join(' ')}`,
      expected: 'nothing, or --only watch',
    });
  const config = loadConfig();
  const logger = workerLogger(config);
  installRuntime(logger, config);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => {
    stopping.abort();
    // The server may have gone with our parent, and draining would wait for it.
    setTimeout(() => process.exit(1), ORPHAN_LIMIT_MS).unref();
  });
  await run({ config, logger, workflows, stopping: stopping.signal, onReady: tellParent });
  logger.info('the worker has stopped');
}

if (require.main === module) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(error instanceof UnreachableError ? 4 : 1);
    },
  );
}
