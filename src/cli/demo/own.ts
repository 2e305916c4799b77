/** What a demo of more than one night has to itself: a store, a server's data, a queue, and the shipped pipeline. */
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipelineFolder } from '../../adapters/definition/read';
import type { Config } from '../../config';
import { DEFAULT_PIPELINE } from '../../domain/run';

/** What a worker does that dies where it hurts: rows are in the store, and Temporal has not heard of it. */
export const DIES = 'part.committed:kill';

/** Under the name of the demo, with what its workers find in their environment. */
export function ownConfig(config: Config, name: string, environment: Config['environment']): Config {
  const home = join(config.home, name);
  const taskQueue = `${config.taskQueue}-${name}`;
  const own = {
    DAYBREAK_HOME: home,
    DAYBREAK_TASK_QUEUE: taskQueue,
    // Another worker may be scraped there.
    DAYBREAK_METRICS: undefined,
    ...environment,
  };
  return { ...config, home, taskQueue, environment: { ...config.environment, ...own } };
}

/** The shipped pipeline in a folder of its own, without the sample that may lie in it. Gives where it comes from. */
export async function copyShipped(folder: string): Promise<string> {
  const shipped = await pipelineFolder(DEFAULT_PIPELINE, process.cwd());
  await cp(shipped, folder, { recursive: true, filter: (path) => basename(path) !== 'data' });
  return shipped;
}

/** A declaration whose sources of a type miss a worker that died sooner than at night. */
export const missedSoon = (declaration: string, type: string): string =>
  declaration.replaceAll(new RegExp(`^ +type: ${type}$`, 'gm'), (line) => `${line}\n    heartbeat: 3s`);
