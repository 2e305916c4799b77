/** Temporal Schedules from the declarations of pipelines. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { readNight } from '../adapters/definition/night';
import { DECLARATION, declaredName, pipelineFolder, readPipeline } from '../adapters/definition/read';
import type { Config } from '../config';
import { PIPELINE_NAME } from '../domain/definition';
import { DaybreakError } from '../domain/failure';
import { wantedSchedule } from '../domain/schedule';
import { watchSettings } from '../domain/watch/declared';
import { scheduleId } from '../domain/watch/settings';
import { compareSchedule, type ScheduleDifference, writeSchedule } from '../temporal/schedule-apply';
import {
  listSchedules,
  type ScheduleListed,
  setPaused,
  type Triggered,
  triggerSchedule,
  whole,
} from '../temporal/schedules';
import { tellWatch } from '../temporal/watch';

export interface ScheduleApplied extends ScheduleDifference {
  /** `refused`: somebody changed it in Temporal, and that stays unless it is forced. */
  readonly did: 'made' | 'changed' | 'nothing' | 'refused';
  readonly schedule: ScheduleListed | null;
}

/** A pipeline is a folder or a shipped name; but for `apply` and `compare` also the name that one declares. */
export interface Schedules {
  /** What `apply` would do. */
  compare(pipeline: string): Promise<ScheduleDifference>;
  /** Makes the Schedule that is declared, and tells the watch. What was changed by hand is overwritten only with `force`. */
  apply(pipeline: string, options?: { readonly force?: boolean }): Promise<ScheduleApplied>;
  /** All that start runs on our task queue, also those that were made by other means. */
  list(): Promise<ScheduleListed[]>;
  describe(pipeline: string): Promise<ScheduleListed>;
  /** The reason becomes Temporal's note. */
  pause(pipeline: string, why: string): Promise<ScheduleListed>;
  resume(pipeline: string, why: string): Promise<ScheduleListed>;
  /** A start now, by the overlap policy of the schedule. */
  trigger(pipeline: string): Promise<Triggered>;
  /** Runs that are going on are not touched. */
  delete(pipeline: string): Promise<{ readonly id: string; readonly running: ScheduleListed['running'] }>;
}

const unknownSchedule = (pipeline: string, id: string) =>
  new DaybreakError('BadRequest', {
    where: `schedule ${id}`,
    what: `Temporal knows no schedule of ${pipeline}`,
    next: 'make it with `daybreak schedule apply`; `daybreak schedule list` shows what there is',
  });

/** The name of a pipeline that is here; a name alone may be that of one which is not here any more. */
async function nameOf(pipeline: string): Promise<string> {
  const folder = await pipelineFolder(pipeline, process.cwd()).catch((error: unknown) => {
    if (PIPELINE_NAME.test(pipeline)) return undefined;
    throw error;
  });
  return folder === undefined ? pipeline : declaredName(await readPipeline(folder));
}

export function schedules(
  client: Client,
  { taskQueue, environment, watchEveryMs }: Pick<Config, 'taskQueue' | 'environment' | 'watchEveryMs'>,
): Schedules {
  const declared = async (pipeline: string) => {
    const definition = await readNight(pipeline, process.cwd(), environment);
    const folder = resolve(pipeline);
    // Absolute, so that it stays right for a worker that runs somewhere else.
    const given = existsSync(join(folder, DECLARATION)) ? folder : pipeline;
    const wanted = wantedSchedule(definition, given, taskQueue);
    if (wanted !== undefined) return { definition, wanted, given };
    const isThere = (await whole(client, scheduleId(taskQueue, definition.name))) !== undefined;
    throw new DaybreakError('BadRequest', {
      where: `pipeline ${definition.name}`,
      what: 'it declares no schedule',
      expected: 'a line such as schedule: "0 3 * * *" in its pipeline.yaml',
      next: isThere
        ? 'declare one; or `daybreak schedule delete` takes away the one that Temporal has'
        : 'declare one and apply it again',
    });
  };
  /** Does something with the schedule of a pipeline. */
  const on = async <T>(pipeline: string, act: (id: string) => Promise<T>): Promise<T> => {
    const name = await nameOf(pipeline);
    const id = scheduleId(taskQueue, name);
    return await act(id).catch((error: unknown) => {
      throw error instanceof ScheduleNotFoundError ? unknownSchedule(name, id) : error;
    });
  };
  const look = async (id: string) => {
    const found = await whole(client, id);
    if (found === undefined) throw new ScheduleNotFoundError('it is not there', id);
    return found;
  };
  return {
    compare: async (pipeline) => await compareSchedule(client, (await declared(pipeline)).wanted),
    async apply(pipeline, { force = false } = {}) {
      const { definition, wanted, given } = await declared(pipeline);
      const difference = await compareSchedule(client, wanted);
      const isHeld = difference.changedByHand.length > 0 && !force;
      const did = isHeld ? 'refused' : difference.isNew ? 'made' : difference.isSettled ? 'nothing' : 'changed';
      if (did === 'made' || did === 'changed') await writeSchedule(client, wanted);
      if (did !== 'refused') {
        const settings = watchSettings(definition, taskQueue, watchEveryMs, given);
        await tellWatch(client, settings, { kind: 'settings', settings });
      }
      return { ...difference, did, schedule: (await whole(client, wanted.id)) ?? null };
    },
    list: async () => await listSchedules(client, taskQueue),
    describe: async (pipeline) => await on(pipeline, look),
    pause: async (pipeline, why) => await on(pipeline, async (id) => await setPaused(client, id, true, why)),
    resume: async (pipeline, why) => await on(pipeline, async (id) => await setPaused(client, id, false, why)),
    trigger: async (pipeline) => await on(pipeline, async (id) => await triggerSchedule(client, id)),
    delete: async (pipeline) =>
      await on(pipeline, async (id) => {
        const { running } = await look(id);
        await client.schedule.getHandle(id).delete();
        return { id, running };
      }),
  };
}
