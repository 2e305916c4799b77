/** What is seen of a pipeline from outside its runs: Temporal's word for them, their queues and their schedule. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ObserveRequest } from '../activities/watch';
import type { Beat } from '../domain/run';
import { deadlineFor, instantOf } from '../domain/watch/deadline';
import { endedOf } from '../domain/watch/ended';
import type { NightSeen, RunSeen, Seen, StepSeen } from '../domain/watch/seen';
import { scheduleId, type WatchSettings } from '../domain/watch/settings';
import { addDays, localDay } from '../domain/window';
import { pendingActivities, resultOf } from './look';
import { hasPollers } from './pollers';
import { describeSchedule } from './schedules';

/** People are about for so long after the digest. */
const AWAKE_MS = 10 * 3_600_000;
const DEFAULT_DIGEST = '08:00';
const DESCRIBE_MS = 10_000;

/** How far a step says it is, without what changes with time alone. */
function progressOf(beat: Beat | null): string | null {
  if (beat === null) return null;
  if ('parts' in beat) return `${beat.parts} ${beat.records} ${beat.waiting ?? ''}`;
  if ('fraction' in beat) return String(beat.fraction);
  return JSON.stringify(beat);
}

/** Activities that are done, by their types; of several of one type, when the last of them is. */
async function doneSteps(client: Client, workflowId: string, runId: string): Promise<string[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const types = new Map<string, string>();
  const open = new Map<string, number>();
  for (const { eventId, activityTaskScheduledEventAttributes: scheduled, ...rest } of events ?? []) {
    const type = scheduled?.activityType?.name;
    if (type !== undefined && type !== null) {
      types.set(String(eventId), type);
      open.set(type, (open.get(type) ?? 0) + 1);
    }
    const completed = types.get(String(rest.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (completed !== undefined) open.set(completed, (open.get(completed) ?? 1) - 1);
  }
  return [...open].filter(([, left]) => left === 0).map(([type]) => type);
}

async function seeRun(client: Client, run: { workflowId: string; runId: string }): Promise<RunSeen | undefined> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const described = client.withDeadline(Date.now() + DESCRIBE_MS, async () => await handle.describe());
  const description = await described.catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (description === undefined) return undefined;
  const running = description.status.name === 'RUNNING';
  const activities = pendingActivities(description);
  const pending = activities.map(
    ({ step, attempt, state, since, failure, beat }): StepSeen => ({
      step,
      attempt,
      started: state === 'STARTED',
      since: (since ?? description.startTime).toISOString(),
      failure,
      progress: progressOf(beat),
    }),
  );
  const task = description.raw.pendingWorkflowTask;
  const queues = new Set([
    ...activities.filter(({ state }) => state === 'SCHEDULED').map(({ taskQueue }) => taskQueue),
    ...(task === null || task === undefined ? [] : [description.taskQueue]),
  ]);
  const polled = await Promise.all([...queues].map(async (queue) => await hasPollers(client, queue)));
  return {
    ...run,
    running,
    startedAt: description.startTime.toISOString(),
    done: await doneSteps(client, run.workflowId, run.runId),
    pending,
    unserved: running ? [...queues].filter((_, index) => polled[index] === false) : [],
    ended: running ? null : endedOf(await resultOf(client, run)),
  };
}

function nightOf(settings: WatchSettings, asOf: string, dueAt: string | null): NightSeen {
  const { deadline, zone } = settings;
  return {
    asOf,
    dueAt,
    deadline: deadline === null ? null : (deadlineFor(asOf, deadline, zone)?.toISOString() ?? null),
  };
}

/** The digest's next time, and whether one was not long ago. */
function digestTimes({ notify, deadline, zone }: WatchSettings, now: Date): Pick<Seen, 'awake' | 'nextDigest'> {
  const time = notify.digest ?? deadline?.split(' ')[0] ?? DEFAULT_DIGEST;
  const today = localDay(now, zone);
  const instants = [-1, 0, 1].map((days) => instantOf(addDays(today, days), time, zone));
  const last = instants.findLast((instant) => instant <= now);
  const next = instants.find((instant) => instant > now);
  return {
    awake: last !== undefined && now.getTime() - last.getTime() < AWAKE_MS,
    nextDigest: (next ?? now).toISOString(),
  };
}

/** Looks at everything that a watch asks about. What Temporal does not tell makes it fail; then it is tried again. */
export async function observe(client: Client, { settings, runs, days }: ObserveRequest): Promise<Seen> {
  const { zone, taskQueue, pipeline } = settings;
  const schedule = await describeSchedule(client, scheduleId(taskQueue, pipeline));
  const known = new Set(runs.map(({ runId }) => runId));
  const started = (schedule?.recent ?? []).filter(({ runId }) => !known.has(runId));
  const seen = await Promise.all([...runs, ...started].map(async (run) => await seeRun(client, run)));
  const at = new Date();
  const dueTimes = [...(schedule?.recent ?? []).map(({ dueAt }) => dueAt), ...(schedule?.nextDue ?? []).slice(0, 1)];
  const due = new Map(dueTimes.map((dueAt) => [localDay(new Date(dueAt), zone), dueAt]));
  const asked = [...new Set([...days, localDay(at, zone)])].filter((day) => !due.has(day));
  return {
    at: at.toISOString(),
    schedule,
    runs: seen.filter((run) => run !== undefined),
    nights: [
      ...[...due].map(([day, dueAt]) => nightOf(settings, day, dueAt)),
      ...asked.map((day) => nightOf(settings, day, null)),
    ],
    ...digestTimes(settings, at),
  };
}
