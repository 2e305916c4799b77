/** What is seen of a pipeline from outside its runs: Temporal's word for them, their queues and their schedule. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { ObserveRequest } from '../activities/watch';
import { type Beat, NOTHING_DONE, type RunResult } from '../domain/run';
import { instantOf } from '../domain/watch/deadline';
import { nightsDue } from '../domain/watch/due';
import { endedOf } from '../domain/watch/ended';
import type { IncidentSeen, RunSeen, Seen, StepSeen } from '../domain/watch/seen';
import { scheduleId, type WatchSettings } from '../domain/watch/settings';
import { addDays, localDay } from '../domain/window';
import { listIncidents } from './incidents';
import { dateOf, pendingActivities, resultOf } from './look';
import { hasPollers } from './pollers';
import { RUN_TYPES } from './runs';
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

interface Steps {
  /** Activities that are done, by their types; of several of one type, when the last of them is. */
  readonly done: readonly string[];
  /** When each type was asked for first; the server tells that of an attempt only. */
  readonly since: ReadonlyMap<string, Date>;
}

async function stepsOf(client: Client, workflowId: string, runId: string): Promise<Steps> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const types = new Map<string, string>();
  const open = new Map<string, number>();
  const since = new Map<string, Date>();
  for (const { eventId, eventTime, activityTaskScheduledEventAttributes: scheduled, ...rest } of events ?? []) {
    const type = scheduled?.activityType?.name;
    if (type !== undefined && type !== null) {
      types.set(String(eventId), type);
      open.set(type, (open.get(type) ?? 0) + 1);
      const at = dateOf(eventTime);
      if (!since.has(type) && at !== null) since.set(type, at);
    }
    const completed = types.get(String(rest.activityTaskCompletedEventAttributes?.scheduledEventId));
    if (completed !== undefined) open.set(completed, (open.get(completed) ?? 1) - 1);
  }
  return { done: [...open].filter(([, left]) => left === 0).map(([type]) => type), since };
}

/** Of a run that went on, and that somebody deleted. */
function goneRun(run: { workflowId: string; runId: string }): RunSeen {
  const failure = { step: 'run', kind: 'Ended', message: 'Temporal does not know it any more' };
  const result: RunResult = { ...run, pipeline: '', outcome: 'failed', ...NOTHING_DONE, seconds: 0, failure };
  const startedAt = new Date().toISOString();
  return { ...run, running: false, startedAt, done: [], pending: [], unserved: [], ended: endedOf(result) };
}

async function seeRun(client: Client, run: { workflowId: string; runId: string }): Promise<RunSeen | undefined> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  const described = client.withDeadline(Date.now() + DESCRIBE_MS, async () => await handle.describe());
  const description = await described.catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  // A schedule may start what is no run of ours.
  if (description === undefined || !RUN_TYPES.includes(description.type)) return undefined;
  const running = description.status.name === 'RUNNING';
  const activities = pendingActivities(description);
  const steps = await stepsOf(client, run.workflowId, run.runId);
  const pending = activities.map(
    ({ step, attempt, state, failure, beat }): StepSeen => ({
      step,
      attempt,
      started: state === 'STARTED',
      since: (steps.since.get(step) ?? description.startTime).toISOString(),
      failure,
      progress: progressOf(beat),
    }),
  );
  const task = description.raw.pendingWorkflowTask;
  const queues = new Set([
    ...activities.filter(({ state }) => state === 'SCHEDULED').map(({ taskQueue }) => taskQueue),
    ...(task === null || task === undefined ? [] : [description.taskQueue]),
  ]);
  // Who has all hands full does not poll; whose worker is gone is not at work for long.
  const busy = new Set(activities.filter(({ state }) => state === 'STARTED').map(({ taskQueue }) => taskQueue));
  const polled = await Promise.all([...queues].map(async (queue) => await hasPollers(client, queue)));
  return {
    ...run,
    running,
    startedAt: description.startTime.toISOString(),
    done: steps.done,
    pending,
    unserved: running ? [...queues].filter((queue, index) => polled[index] === false && !busy.has(queue)) : [],
    ended: running ? null : endedOf(await resultOf(client, run)),
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

async function openIncidents(client: Client, { taskQueue, pipeline }: WatchSettings): Promise<IncidentSeen[]> {
  const open = await listIncidents(client, taskQueue);
  return open
    .filter((incident) => incident.pipeline === pipeline)
    .map(({ id, severity, title, nights }) => ({ key: id, severity, title, nights }));
}

/** Looks at everything that a watch asks about. What Temporal does not tell makes it fail; then it is tried again. */
export async function observe(client: Client, { settings, runs, ended, days, begins }: ObserveRequest): Promise<Seen> {
  const { taskQueue, pipeline } = settings;
  const schedule = await describeSchedule(client, scheduleId(taskQueue, pipeline));
  const known = new Set([...ended, ...runs.map(({ runId }) => runId)]);
  const started = (schedule?.recent ?? []).filter(({ runId }) => !known.has(runId));
  const seen = await Promise.all([
    ...runs.map(async (run) => (await seeRun(client, run)) ?? goneRun(run)),
    ...started.map(async (run) => await seeRun(client, run)),
  ]);
  const incidents = begins ? await openIncidents(client, settings) : [];
  const at = new Date();
  return {
    at: at.toISOString(),
    schedule,
    runs: seen.filter((run) => run !== undefined),
    ...(incidents.length === 0 ? {} : { incidents }),
    nights: nightsDue(settings, schedule, days, at),
    ...digestTimes(settings, at),
  };
}
