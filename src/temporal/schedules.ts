/** Temporal's Schedules: what there is of them, and whether somebody changed one of ours. */
import { type Client, type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { DaybreakError } from '../domain/failure';
import { APPLIED, type AppliedSchedule, differences, overlapText, type ScheduleFacts } from '../domain/schedule';
import { scheduleId } from '../domain/watch/settings';
import type { ScheduleSeen } from '../domain/watch/seen';
import { RUN_TYPES } from './runs';
import { describedFacts } from './schedule-facts';

export interface ScheduleListed extends ScheduleSeen {
  readonly id: string;
  /** Name of the pipeline; `null` of one that was made by other means. */
  readonly pipeline: string | null;
  /** As it was declared; of one that was made by other means, as it is. */
  readonly facts: ScheduleFacts;
}

/** What came of a start that was asked for. */
export interface Triggered {
  readonly id: string;
  /** `null` while none has begun: a run goes on, and the overlap policy keeps another one from beginning with it. */
  readonly run: { readonly workflowId: string; readonly runId: string } | null;
  readonly overlap: string;
  readonly running: ScheduleSeen['running'];
}

const DESCRIBE_MS = 10_000;
const TRIGGER_MS = 5_000;
const PAUSE_MS = 10_000;
const LOOK_EVERY_MS = 50;
const NEXT = 5;
/** Of a schedule of our name that does not hold what we keep with ours. */
const REPLACED = 'all of it: it was made or replaced by somebody else';

/** `undefined` where the server knows no such schedule. */
export async function described(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  const handle = client.schedule.getHandle(id);
  try {
    return await client.withDeadline(Date.now() + DESCRIBE_MS, async () => await handle.describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** What we keep with a schedule of ours; `undefined` in one that is not, or not any more. */
export const appliedOf = (description: ScheduleDescription): AppliedSchedule | undefined =>
  description.action.memo?.[APPLIED] as AppliedSchedule | undefined;

function changedByHand(description: ScheduleDescription): string[] {
  const applied = appliedOf(description);
  if (applied === undefined) return [REPLACED];
  return applied.made === null ? [] : differences(applied.made, describedFacts(description));
}

/** As far as the server tells; `null` where it knows no such schedule. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleSeen | null> {
  const description = await described(client, id);
  return description === undefined ? null : seen(description);
}

type Started = ScheduleDescription['info']['runningActions'][number];
const runOf = ({ workflow: { workflowId, firstExecutionRunId } }: Started) => ({
  workflowId,
  runId: firstExecutionRunId,
});

function seen(description: ScheduleDescription): ScheduleSeen {
  const { state, info } = description;
  return {
    paused: state.paused,
    note: state.note || null,
    changedByHand: changedByHand(description),
    nextDue: info.nextActionTimes.slice(0, NEXT).map((time) => time.toISOString()),
    recent: info.recentActions.map(({ scheduledAt, action }) => ({
      dueAt: scheduledAt.toISOString(),
      ...runOf(action),
    })),
    running: info.runningActions.map(runOf),
    missedCatchup: info.numActionsMissedCatchupWindow,
    overlapSkipped: info.numActionsSkippedOverlap,
  };
}

/** What was declared of it; of one that was made by other means, what it is. */
const factsIn = (description: ScheduleDescription): ScheduleFacts =>
  appliedOf(description)?.wanted ?? describedFacts(description);

/** A schedule of a queue that is there; `undefined` where there is none. Fails as `BadRequest` where it is another queue's. */
export async function describedOf(
  client: Client,
  id: string,
  taskQueue: string,
): Promise<ScheduleDescription | undefined> {
  const description = await described(client, id);
  if (description === undefined) return undefined;
  // The queue `a` with the pipeline `b-c` makes the same id as the queue `a-b` with `c`.
  const other = factsIn(description)['task queue'];
  if (other === taskQueue) return description;
  throw new DaybreakError('BadRequest', {
    where: `schedule ${id}`,
    what: `it starts runs on the task queue ${other}, and not on ${taskQueue}: it is another pipeline's`,
    expected: 'names of queue and pipeline that together are no other pair',
    next: 'give this pipeline another name, or use another DAYBREAK_TASK_QUEUE',
  });
}

/** The same with what it says. */
export async function whole(client: Client, id: string, taskQueue: string): Promise<ScheduleListed | undefined> {
  const description = await describedOf(client, id, taskQueue);
  return description === undefined ? undefined : listed(description);
}

function listed(description: ScheduleDescription): ScheduleListed {
  const id = description.scheduleId;
  const { taskQueue } = description.action;
  const name = id.slice(scheduleId(taskQueue, '').length);
  return {
    id,
    pipeline: id === scheduleId(taskQueue, name) ? name : null,
    facts: factsIn(description),
    ...seen(description),
  };
}

/** All that start runs on a task queue. One that was made a moment ago may not be listed yet. */
export async function listSchedules(client: Client, taskQueue: string): Promise<ScheduleListed[]> {
  const found: ScheduleListed[] = [];
  for await (const { scheduleId: id, action } of client.schedule.list()) {
    if (action !== undefined && !RUN_TYPES.includes(action.workflowType)) continue;
    const description = await described(client, id);
    if (description?.action.taskQueue === taskQueue) found.push(listed(description));
  }
  return found.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * A schedule takes what it is told a moment after the call returned: looks until `find` finds it in the schedule;
 * `undefined` where that does not come in time.
 */
export async function lookFor<T>(
  client: Client,
  id: string,
  withinMs: number,
  find: (description: ScheduleDescription) => T | undefined,
): Promise<T | undefined> {
  for (const until = Date.now() + withinMs; ; ) {
    const description = await described(client, id);
    const found = description && find(description);
    if (found !== undefined || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Pauses it, or lets it go on, with the reason as its note; as it is then. Fails with `ScheduleNotFoundError`. */
export async function setPaused(client: Client, id: string, paused: boolean, why: string): Promise<ScheduleListed> {
  const where = `schedule ${id}`;
  if (why.trim() === '')
    throw new DaybreakError('BadRequest', {
      where,
      what: 'a reason is missing',
      next: 'say why, for who reads its note',
    });
  const handle = client.schedule.getHandle(id);
  await (paused ? handle.pause(why) : handle.unpause(why));
  const found = await lookFor(client, id, PAUSE_MS, (description) => {
    const { state } = description;
    return state.paused === paused && state.note === why ? listed(description) : undefined;
  });
  if (found !== undefined) return found;
  const did = paused ? 'paused' : 'resumed';
  throw new DaybreakError('Transient', {
    where,
    what: `it was ${did}, and Temporal does not show it after ${PAUSE_MS / 1000} s`,
    next: '`daybreak schedule list` shows how it is',
  });
}

/** Starts a run now, and waits a moment for it to begin. Fails with `ScheduleNotFoundError`. */
export async function triggerSchedule(client: Client, id: string): Promise<Triggered> {
  const handle = client.schedule.getHandle(id);
  const before = await handle.describe();
  const known = new Set(before.info.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
  const { overlap = 'SKIP' } = before.policies;
  await handle.trigger(overlap);
  let { info } = before;
  const begun = await lookFor(client, id, TRIGGER_MS, (description) => {
    info = description.info;
    const isLeftOut = info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap;
    const started = info.recentActions.findLast(({ action }) => !known.has(action.workflow.firstExecutionRunId));
    return started ?? (isLeftOut ? null : undefined);
  });
  return {
    id,
    run: begun ? runOf(begun.action) : null,
    overlap: overlapText(overlap),
    running: info.runningActions.map(runOf),
  };
}
