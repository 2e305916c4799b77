/** Activities without a server: services on a home of their own, and a Temporal that knows what a test tells it. */
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Services } from '../../src/activities';
import { connect } from '../../src/adapters/connect';
import { loadConfig } from '../../src/config';
import type { WatchNews, WatchSettings } from '../../src/domain/watch/settings';
import { temporaryFolder } from '../dev/temporary';

type Info = NonNullable<ConstructorParameters<typeof MockActivityEnvironment>[0]>;

export interface Workshop {
  readonly home: string;
  readonly services: Services;
  /** Ids of the runs that Temporal says are running. */
  readonly running: Set<string>;
  /** What watches were told. */
  readonly told: { readonly settings: WatchSettings; readonly news: WatchNews }[];
  /** Does an activity's work as Temporal would have it done, for a run of this id. */
  act<T>(runId: string, work: () => Promise<T>, info?: Info): Promise<T>;
  close(): Promise<void>;
}

export const LOGICAL_TIME = new Date('2026-03-10T12:00:00Z');

export async function openWorkshop(settings: NodeJS.ProcessEnv = {}): Promise<Workshop> {
  const home = join(temporaryFolder(), 'home');
  const running = new Set<string>();
  const told: Workshop['told'] = [];
  const environments: MockActivityEnvironment[] = [];
  const config = loadConfig({ DAYBREAK_HOME: home, DAYBREAK_TASK_QUEUE: 'workshop', ...settings });
  const { services, close } = await connect(config, {
    describeRun: async (_, runId) => ({ running: running.has(runId), logicalTime: LOGICAL_TIME }),
    searchAttributes: false,
    tellWatch: async (settings, news) => void told.push({ settings, news }),
  });
  return {
    home,
    services,
    running,
    told,
    async act(runId, work, info = {}) {
      const workflowExecution = { workflowId: `workflow of ${runId}`, runId };
      const environment = new MockActivityEnvironment(
        { workflowExecution, scheduledTimestampMs: Date.now(), ...info },
        { logger: new DefaultLogger('ERROR') },
      );
      environments.push(environment);
      return await environment.run(work);
    },
    async close() {
      // What a test gave up waiting for ends too.
      for (const environment of environments) environment.cancel();
      await close();
    },
  };
}
