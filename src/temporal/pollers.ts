/** Who polls our task queue: workers say their store, process and host in their identity. */
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';

const LONG_POLL_S = 75;

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

/** Workers of ours that poll the queue. Temporal remembers pollers for minutes: the dead ones of this host are left out. */
export async function livePollers(client: Client, taskQueue: string): Promise<Poller[]> {
  const WORKFLOW_QUEUE = 1;
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_QUEUE,
  });
  const since = Date.now() / 1000 - LONG_POLL_S;
  return (pollers ?? []).flatMap(({ identity, lastAccessTime }) => {
    const [, store, pid, host] = /^daybreak@(\w+)\/(\d+)@(.+)$/.exec(identity ?? '') ?? [];
    if (store === undefined || Number(lastAccessTime?.seconds ?? 0) < since) return [];
    if (host === hostname() && !isAlive(Number(pid))) return [];
    return [{ identity: identity ?? '', store }];
  });
}
