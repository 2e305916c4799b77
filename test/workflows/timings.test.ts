/** How the steps of a run are timed: no server, only a clock. */
import { stepTimings } from '../../src/workflows/timings';

const START = Date.parse('2026-11-26T02:00:00.000Z');
beforeEach(() => jest.useFakeTimers({ now: START }));
afterEach(() => jest.useRealTimers());

/** Work that is done after so many seconds. */
const after = async <T>(seconds: number, done: T): Promise<T> =>
  await new Promise((resolve) => setTimeout(() => resolve(done), seconds * 1000));

test('lanes of a source are one step: from the first beginning to the last end, and reused when all are', async () => {
  const timings = stepTimings();
  const lane = async (seconds: number, rows: number, reused: boolean, attempts?: number) =>
    await timings.step(
      'extract_orders',
      async () => await after(seconds, rows),
      () => ({ rows, reused, ...(attempts === undefined ? {} : { attempts }) }),
    );
  const both = Promise.all([lane(5, 10, false), lane(20, 7, true, 3)]);
  await jest.advanceTimersByTimeAsync(6_000);
  expect(timings.all()).toEqual([{ step: 'extract_orders', at: '2026-11-26T02:00:00.000Z', rows: 10, reused: false }]);
  await jest.advanceTimersByTimeAsync(14_000);
  await both;
  expect(timings.all()).toEqual([
    { step: 'extract_orders', at: '2026-11-26T02:00:00.000Z', seconds: 20, rows: 17, reused: false, attempts: 3 },
  ]);
});

test('steps come in the order of their beginning; one that fails says so, and fails on', async () => {
  const timings = stepTimings();
  const first = timings.step('validate_sources', async () => await after(2, 'done'));
  const failing = timings.step('transform_total', async () => {
    await after(1, undefined);
    throw new Error('spoilt');
  });
  const failed = failing.catch((error: unknown) => String(error));
  await jest.advanceTimersByTimeAsync(3_000);
  expect(await failed).toBe('Error: spoilt');
  expect(await first).toBe('done');
  expect(timings.all()).toEqual([
    { step: 'validate_sources', at: '2026-11-26T02:00:00.000Z', seconds: 2 },
    { step: 'transform_total', at: '2026-11-26T02:00:00.000Z', seconds: 1, failed: true },
  ]);
});
