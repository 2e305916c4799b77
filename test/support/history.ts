/** A run's history as its steps: what was tried how often, why again, and what came of it. */
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { RunRef } from '../../src/client';

export type History = temporal.api.history.v1.IHistory;
type Payload = temporal.api.common.v1.IPayload;

export interface Step {
  readonly type: string;
  readonly args: readonly unknown[];
  /** The last attempt. */
  readonly attempt: number;
  /** Why the attempt before the last failed; `null` when there was none. */
  readonly lastFailure: string | null;
  /** `undefined` while it is not done. */
  readonly result: unknown;
}

export const fetchHistory = async (client: Client, { workflowId, runId }: RunRef): Promise<History> =>
  await client.workflow.getHandle(workflowId, runId).fetchHistory();

export async function steps(client: Client, run: RunRef): Promise<Step[]> {
  const found = new Map<string, Step>();
  for (const event of (await fetchHistory(client, run)).events ?? []) {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
    const { activityTaskCompletedEventAttributes: completed } = event;
    const change = (id: unknown, values: Partial<Step>) => {
      const step = found.get(String(id));
      if (step !== undefined) found.set(String(id), { ...step, ...values });
    };
    if (scheduled)
      found.set(String(event.eventId), {
        type: scheduled.activityType?.name ?? '',
        args: (scheduled.input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload)),
        attempt: 0,
        lastFailure: null,
        result: undefined,
      });
    if (started)
      change(started.scheduledEventId, {
        attempt: started.attempt ?? 0,
        lastFailure: started.lastFailure?.message ?? null,
      });
    const payload = completed?.result?.payloads?.[0];
    if (completed)
      change(completed.scheduledEventId, {
        result: payload ? defaultPayloadConverter.fromPayload(payload) : null,
      });
  }
  return [...found.values()];
}

/** Every payload of a history, wherever it hides. */
export function payloads(node: unknown): Payload[] {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return [];
  const payload: Payload = node;
  if (payload.data instanceof Uint8Array && payload.metadata !== undefined) return [payload];
  return Object.values(node).flatMap(payloads);
}
