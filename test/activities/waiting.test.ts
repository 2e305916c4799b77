import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Services } from '../../src/activities';
import type { DatabaseRequest } from '../../src/activities/services';
import { watchingWaits } from '../../src/activities/waiting';
import type { OnWaiting } from '../../src/adapters/source';

const request = { tables: [] } as unknown as DatabaseRequest;
const full = (...heldBy: string[]) => ({ reason: 'waiting for one of 4 connections to the database', heldBy });

afterEach(() => jest.useRealTimers());

test('a wait is told while it lasts, from a second on, and each reason is in the log once', async () => {
  jest.useFakeTimers();
  const logged: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => logged.push(message));
  const environment = new MockActivityEnvironment({}, { logger });
  await environment.run(async () => {
    let hear: OnWaiting = () => undefined;
    const openDatabase: Services['openDatabase'] = async ({ onWaiting = hear }) => {
      hear = onWaiting;
      return {} as never;
    };
    const { services, waiting } = watchingWaits({ openDatabase });
    await services.openDatabase(request);
    expect(waiting()).toEqual({});

    // Two lanes that begin at the same time connect one after the other.
    hear(full());
    jest.advanceTimersByTime(900);
    expect(waiting()).toEqual({});
    hear(full('daybreak orders 7'));
    jest.advanceTimersByTime(100);
    const first = `${full().reason}, held by daybreak orders 7`;
    expect(waiting()).toEqual({ waiting: first });
    hear(full('daybreak users 7', 'nightly backup'));
    expect(waiting()).toEqual({ waiting: `${full().reason}, held by daybreak users 7, nightly backup` });
    hear(null);
    expect(waiting()).toEqual({});

    hear({ reason: 'waiting for calm', heldBy: [] });
    jest.advanceTimersByTime(2_000);
    expect(waiting()).toEqual({ waiting: 'waiting for calm' });
    hear(full());
    expect(waiting()).toEqual({ waiting: full().reason });
    expect(logged).toEqual([first, 'waiting for calm']);
  });
});
