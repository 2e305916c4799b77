/** Who polls our task queue: workers say their store, process and host in their identity. */
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';

const LONG_POLL_S = 75;
const WORKFLOW_QUEUE = 1;

export interface Poller {
  readonly identity: string;
  readonly store: string;
}

export const workerIdentity = (storeId: string): string => `daybreak@${storeId}/${process.pid}@${hostname()}`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a worker's identity says of it. */
function told(identity: string | null | undefined) {
  const [, store, pid, host] = /^daybreak@(\w+)\/(\d+)@(.+)$/.exec(identity ?? '') ?? [];
  return store === undefined ? undefined : { store, pid: Number(pid), host };
}

/** Not one of this host that has died: Temporal remembers pollers for minutes. */
function isThere({ identity }: { readonly identity?: string | null }): boolean {
  const worker = told(identity);
  return worker === undefined || worker.host !== hostname() || isAlive(worker.pid);
}

/** Workers of ours that poll the queue. The dead ones of this host are left out. */
export async function livePollers(client: Client, taskQueue: string): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_QUEUE,
  });
  const since = Date.now() / 1000 - LONG_POLL_S;
  return (pollers ?? []).flatMap(({ identity, lastAccessTime }) => {
    const store = told(identity)?.store;
    if (store === undefined || Number(lastAccessTime?.seconds ?? 0) < since) return [];
    if (!isThere({ identity: identity ?? null })) return [];
    return [{ identity: identity ?? '', store }];
  });
}

const ACTIVITY_QUEUE = 2;

/** Whether anybody polled a queue within the time that a poll takes, for workflows or for activities. */
export async function hasPollers(client: Client, taskQueue: string): Promise<boolean> {
  const since = Date.now() / 1000 - LONG_POLL_S;
  for (const taskQueueType of [WORKFLOW_QUEUE, ACTIVITY_QUEUE]) {
    const { pollers } = await client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: taskQueue },
      taskQueueType,
    });
    if ((pollers ?? []).some((poller) => Number(poller.lastAccessTime?.seconds ?? 0) >= since && isThere(poller)))
      return true;
  }
  return false;
}
