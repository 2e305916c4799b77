/** What time it is at the server. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

const ACTIVITY_QUEUE = 2;
/** Nobody's work waits here. */
const QUEUE = 'daybreak-doctor';
const LIMIT_MS = 3_000;
const LOOK_EVERY_MS = 20;

/**
 * Milliseconds that the server's clock is ahead of ours; `null` when it does not tell. No call answers the time, but
 * who polled when is noted: so we poll for a moment where there is nothing to do, and see when that was.
 */
export async function aheadOfUs(client: Client, now: () => number = Date.now): Promise<number | null> {
  const { workflowService } = client;
  const { namespace } = client.options;
  const taskQueue = { name: QUEUE };
  const identity = `daybreak-doctor-${randomUUID()}`;
  const stop = new AbortController();
  const until = Date.now() + LIMIT_MS;
  const polledAt = now();
  const polling = client.withAbortSignal(stop.signal, async () =>
    client.withDeadline(Date.now() + 10 * LIMIT_MS, async () =>
      workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity }),
    ),
  );
  polling.catch(() => undefined);
  try {
    while (Date.now() < until) {
      const { pollers } = await client.withDeadline(until, async () =>
        workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: ACTIVITY_QUEUE }),
      );
      const time = pollers?.find((poller) => poller.identity === identity)?.lastAccessTime;
      if (time !== undefined && time !== null)
        return Number(time.seconds) * 1000 + Math.round((time.nanos ?? 0) / 1e6) - polledAt;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return null;
  } catch {
    return null;
  } finally {
    stop.abort();
  }
}
