/** Making a Temporal Schedule what is declared, unless somebody changed it by hand. */
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleOptions,
} from '@temporalio/client';
import { DaybreakError } from '../domain/failure';
import {
  APPLIED,
  type AppliedSchedule,
  differences,
  factsOf,
  type ScheduleFacts,
  type WantedSchedule,
} from '../domain/schedule';
import { describedFacts } from './schedule-facts';
import { appliedOf, described, describedOf, lookFor } from './schedules';

export interface ScheduleDifference {
  readonly id: string;
  readonly pipeline: string;
  /** There is none of this id. */
  readonly isNew: boolean;
  /** It is as declared, and as we have seen it last. */
  readonly isSettled: boolean;
  /** From what is there to what is declared: `cron: 0 2 * * * -> 0 3 * * *`. Of a new one, what it will be. */
  readonly differences: readonly string[];
  /** What somebody changed in Temporal, and is not as declared: `cron: 0 2 * * * -> 0 5 * * *`. */
  readonly changedByHand: readonly string[];
}

const MADE = 'made by `daybreak schedule apply`';
const CHANGED = 'changed by `daybreak schedule apply`';
const SETTLED_MS = 10_000;

/** Of what is there and what is declared, what is not the same. Fails as `BadRequest` where it is another queue's. */
export async function compareSchedule(client: Client, wanted: WantedSchedule): Promise<ScheduleDifference> {
  const description = await describedOf(client, wanted.id, wanted.taskQueue);
  return { id: wanted.id, pipeline: wanted.pipeline, ...compared(description, factsOf(wanted)) };
}

function compared(
  description: ScheduleDescription | undefined,
  facts: ScheduleFacts,
): Omit<ScheduleDifference, 'id' | 'pipeline'> {
  if (description === undefined)
    return { isNew: true, isSettled: false, differences: differences({}, facts), changedByHand: [] };
  const now = describedFacts(description);
  const applied = appliedOf(description);
  // Not ours, or not any more.
  if (applied === undefined)
    return {
      isNew: false,
      isSettled: false,
      differences: differences(now, facts),
      changedByHand: differences(facts, now),
    };
  const { wanted, made } = applied;
  if (made === null) return { isNew: false, isSettled: false, differences: differences(now, facts), changedByHand: [] };
  const names = Object.keys({ ...made, ...now });
  const byHand = names.filter((name) => made[name] !== now[name]);
  const pick = (of: ScheduleFacts, some: readonly string[]) =>
    Object.fromEntries(Object.entries(of).filter(([name]) => some.includes(name)));
  // In the words of the declaration where nobody touched it.
  const untouched = Object.keys(wanted).filter((name) => !byHand.includes(name));
  const unlike = byHand.filter((name) => now[name] !== facts[name]);
  const changed = differences({ ...pick(wanted, untouched), ...pick(now, byHand) }, facts);
  return {
    isNew: false,
    isSettled: byHand.length === 0 && changed.length === 0,
    differences: changed,
    changedByHand: differences(pick(made, unlike), pick(now, unlike)),
  };
}

function optionsOf(wanted: WantedSchedule, applied: AppliedSchedule): Omit<ScheduleOptions, 'state' | 'memo'> {
  const { id, cron, zone, jitterMs, catchUpMs, workflowType, taskQueue, workflowId, request } = wanted;
  return {
    scheduleId: id,
    spec: { cronExpressions: [cron], timezone: zone, ...(jitterMs === 0 ? {} : { jitter: jitterMs }) },
    policies: {
      overlap: wanted.overlap.toUpperCase() as Uppercase<WantedSchedule['overlap']>,
      catchupWindow: catchUpMs,
    },
    action: {
      type: 'startWorkflow',
      workflowType,
      taskQueue,
      workflowId,
      args: [request],
      staticSummary: `${wanted.pipeline}, ${cron} in ${zone}`,
      memo: { [APPLIED]: applied },
    },
  };
}

/** Temporal says what it does not take of a schedule as a TypeError. */
async function taken<T>({ cron, zone }: WantedSchedule, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new DaybreakError(
      'BadDefinition',
      {
        where: `schedule ${JSON.stringify(cron)} in ${zone}`,
        what: `Temporal does not take it: ${error.message}`,
        expected: 'five fields such as 0 3 * * *, and a zone that the server knows',
        next: 'correct it in pipeline.yaml and apply it again',
      },
      { cause: error },
    );
  }
}

async function write(client: Client, wanted: WantedSchedule, applied: AppliedSchedule, note: string): Promise<void> {
  const options = optionsOf(wanted, applied);
  const update = async () =>
    await client.schedule.getHandle(wanted.id).update(({ state: { paused, note: said = '' } }) => ({
      ...options,
      // Who paused it says why, and when it goes on.
      state: { paused, note: paused ? said : note },
    }));
  await taken(wanted, async () => {
    if (note === CHANGED) return await update();
    await client.schedule.create({ ...options, state: { note } }).catch(async (error: unknown) => {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await update();
    });
  });
}

/** What the server has made of what we wrote. */
async function settled(client: Client, wanted: WantedSchedule, applied: AppliedSchedule): Promise<ScheduleDescription> {
  const written = JSON.stringify(applied);
  const found = await lookFor(client, wanted.id, SETTLED_MS, (description) =>
    JSON.stringify(appliedOf(description)) === written ? description : undefined,
  );
  if (found !== undefined) return found;
  throw new DaybreakError('Transient', {
    where: `schedule ${wanted.id}`,
    what: 'it is not as it was written a moment ago: somebody else writes it too',
    next: 'apply it again',
  });
}

/** Writes it, whatever is there; a pause stays, with its note. */
export async function writeSchedule(client: Client, wanted: WantedSchedule): Promise<void> {
  const note = (await described(client, wanted.id)) === undefined ? MADE : CHANGED;
  const applied: AppliedSchedule = { wanted: factsOf(wanted), made: null };
  await write(client, wanted, applied, note);
  // Temporal turns cron into calendars: what these are is kept, so that a change of them is seen.
  const made = describedFacts(await settled(client, wanted, applied));
  await write(client, wanted, { ...applied, made }, note);
  await settled(client, wanted, { ...applied, made });
}
