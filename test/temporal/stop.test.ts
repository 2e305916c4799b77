/** Workers that stop: what they have in hand sets nothing going while they break off their polls. */
import type { ActivityExecuteInput, Worker } from '@temporalio/worker';
import type { Context } from '@temporalio/activity';
import { quietStop } from '../../src/temporal/stop';

/** Workers as far as a stop knows them, and what happens to them in order. */
function twoWorkers(status: { numCachedWorkflows: number; numInFlightActivities: number }) {
  const happened: string[] = [];
  const workers = ['runs', 'steps'].map((name) => {
    let state = 'RUNNING';
    const worker = {
      getState: () => state,
      getStatus: () => status,
      shutdown() {
        if (state !== 'RUNNING') throw new Error(`${name} does not run`);
        state = 'STOPPING';
        happened.push(`${name} told`);
      },
    };
    return worker as unknown as Worker;
  });
  return { happened, workers };
}

const input: ActivityExecuteInput = { args: [], headers: {} };
const nobody = { numCachedWorkflows: 0, numInFlightActivities: 0 };

test.each([
  ['a run', { ...nobody, numCachedWorkflows: 1 }],
  ['a step', { ...nobody, numInFlightActivities: 1 }],
])('with %s at work, a step that is done is heard of once nobody polls', async (_, status) => {
  const { happened, workers } = twoWorkers(status);
  const quiet = quietStop();
  const { execute } = quiet.interceptor({} as Context).inbound ?? {};
  quiet.stop(workers);
  const step = async (name: string, outcome: () => Promise<unknown>) => {
    await execute?.(input, async () => {
      happened.push(`${name} done`);
      return await outcome();
    }).catch(() => undefined);
    happened.push(`${name} heard of`);
  };
  await Promise.all([step('one', async () => 1), step('another', async () => await Promise.reject(new Error('no')))]);
  expect(happened).toEqual(['one done', 'another done', 'runs told', 'steps told', 'one heard of', 'another heard of']);
});

test('with nothing at work they are told at once, and once', () => {
  const { happened, workers } = twoWorkers(nobody);
  const quiet = quietStop();
  quiet.stop(workers);
  expect(happened).toEqual(['runs told', 'steps told']);
  quiet.stop(workers);
  expect(happened).toHaveLength(2);
});

test('while nobody stops, a step is heard of at once', async () => {
  const { execute } = quietStop().interceptor({} as Context).inbound ?? {};
  expect(await execute?.(input, async () => 'done')).toBe('done');
});
