/** Heartbeats: once a second, with what the step is doing. They also bring cancellation. */
import { Context } from '@temporalio/activity';

const EVERY_MS = 1000;

/**
 * Beats while the work goes on. `details` is asked each time. The first beat comes after a second: most steps are
 * finished by then, and a beat is a write to the server.
 */
export async function beating<T>(details: () => unknown, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), EVERY_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}

/** Details for a query whose progress the engine tells. */
export function queryBeat(step: string): { details: () => unknown; onProgress: (fraction: number) => void } {
  const started = Date.now();
  let fraction = 0;
  return {
    details: () => ({ step, fraction, seconds: Math.round((Date.now() - started) / 1000) }),
    onProgress: (now) => {
      fraction = now;
    },
  };
}

/** Seconds since a time, to milliseconds. */
export const secondsSince = (started: number): number => Math.round(Date.now() - started) / 1000;
