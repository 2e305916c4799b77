/** Everything that an installation needs, looked at one by one. Nothing is made or changed, and nothing stops the rest. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readingStore } from '../adapters/stores/files';
import { watchedPipelines } from '../adapters/watched';
import { loadWhatIsRight } from '../config';
import { checkDatabases } from './databases';
import { checkEngine } from './engine';
import { checkEnvironment } from './environment';
import { bad, type Finding, messageOf } from './finding';
import { checkMemory, checkNode, checkThreadPool, checkTimeZones } from './machine';
import { checkClock, checkDestinations, checkSpace, checkStore } from './store';
import { checkNotify } from './notify';
import { checkCli, checkServer } from './temporal';

export type { Finding } from './finding';

/** In the order of what depends on what; with a pipeline also its databases and whom it tells. */
export async function examine(
  environment?: NodeJS.ProcessEnv,
  pipeline?: { readonly named: string; readonly base: string },
): Promise<Finding[]> {
  const { config, problems } = loadWhatIsRight(environment);
  const { home } = config;
  const server = async () => {
    const store = await readingStore(join(home, 'store'), tmpdir()).catch(() => undefined);
    const watched = store === undefined ? [] : await watchedPipelines(store).catch(() => []);
    return await checkServer(config, store?.id ?? '', Date.now, watched);
  };
  const looks: Record<string, () => Finding | Finding[] | Promise<Finding | Finding[]>> = {
    node: () => checkNode(),
    'time zones': () => checkTimeZones(),
    memory: () => checkMemory(config.memoryBytes),
    'thread pool': () => checkThreadPool(config.environment.UV_THREADPOOL_SIZE),
    environment: () => checkEnvironment(config.environment, problems),
    engine: async () => await checkEngine(config.threads),
    store: async () => await checkStore(home),
    'free space': async () => await checkSpace(home),
    published: async () => await checkDestinations(home),
    clock: async () => await checkClock(home),
    'temporal cli': async () => await checkCli(config),
    'temporal server': server,
    ...(pipeline === undefined
      ? {}
      : {
          pipeline: async () => await checkDatabases(pipeline.named, pipeline.base, config.environment),
          channels: async () => await checkNotify(pipeline.named, pipeline.base, config.environment),
        }),
  };
  const found = await Promise.all(
    Object.entries(looks).map(async ([check, look]) => {
      try {
        return await look();
      } catch (error) {
        return bad(check, `it could not be looked at: ${messageOf(error)}`, 'report this with the line above');
      }
    }),
  );
  return found.flat();
}
