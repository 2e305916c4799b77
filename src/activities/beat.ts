/** Heartbeats: once a second, with what the step is doing. They also bring cancellation. */
import { Context } from '@temporalio/activity';
import type { QueryBeat } from '../domain/run';

const EVERY_MS = 1000;
/** A step that waits for the engine beats at every third second only. */
const WAITING = 3;

/**
 * Beats while the work goes on. `details` is asked each time; without any there is no beat. The first one comes after a
 * second: most steps are finished by then, and a beat is a write to the server.
 */
export async function beating<T>(details: () => unknown, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => {
    const told = details();
    if (told !== undefined) context.heartbeat(told);
  }, EVERY_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}

/** Details for a query whose progress the engine tells; it waits until the first is told. */
export function queryBeat(step: string): {
  details: () => QueryBeat | undefined;
  onProgress: (fraction: number) => void;
} {
  const started = Date.now();
  let fraction: number | undefined;
  let asked = 0;
  return {
    details() {
      asked += 1;
      if (fraction === undefined && asked % WAITING !== 0) return undefined;
      return { step, fraction: fraction ?? 0, seconds: Math.round((Date.now() - started) / 1000) };
    },
    onProgress: (now) => {
      fraction = now;
    },
  };
}

/** Seconds since a time, to milliseconds. */
export const secondsSince = (started: number): number => Math.round(Date.now() - started) / 1000;
