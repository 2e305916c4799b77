/**
 * How workers stop without losing a task. A worker that is told to stop breaks off its polls, and a task that the server
 * had just handed to one of them is lost until its time-out: ten seconds, and an attempt where it is an activity. So what
 * sets tasks going is held first: an activity that is done says so only once the polls are broken off. The steps of other
 * workers are not held; what is lost on them is tried again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';

/** More than a task takes from the server to us, or our word to it; together less than a heartbeat may be late. */
const ON_THE_WAY_MS = 400;

export interface QuietStop {
  /** Of every worker that is to be stopped. */
  readonly interceptor: ActivityInterceptorsFactory;
  /** Tells the workers to stop, once; where a run is at work, when no task is on its way to them any more. */
  stop(workers: readonly Worker[]): void;
}

const isAtWork = (worker: Worker): boolean => {
  const { numCachedWorkflows, numInFlightActivities } = worker.getStatus();
  return numCachedWorkflows + numInFlightActivities > 0;
};

export function quietStop(): QuietStop {
  let held: Promise<void> | undefined;
  const tell = async (workers: readonly Worker[]) => {
    const waitMs = workers.some(isAtWork) ? ON_THE_WAY_MS : 0;
    if (waitMs > 0) await wait(waitMs);
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // Only now does the server hear that nobody polls.
    if (waitMs > 0) await wait(waitMs);
  };
  return {
    interceptor: () => ({
      inbound: {
        async execute(input, next) {
          try {
            return await next(input);
          } finally {
            await held;
          }
        },
      },
    }),
    stop(workers) {
      held ??= tell(workers);
    },
  };
}
