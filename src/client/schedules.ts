/** Temporal Schedules from the declarations of pipelines. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { readNight } from '../adapters/definition/night';
import { DECLARATION, declaredName, pipelineFolder, readPipeline } from '../adapters/definition/read';
import type { Config } from '../config';
import { type Definition, PIPELINE_NAME } from '../domain/definition';
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
import { endWatch, tellWatch } from '../temporal/watch';

export interface ScheduleApplied extends ScheduleDifference {
  /** `refused`: somebody changed it in Temporal, and that stays unless it is forced. */
  readonly did: 'made' | 'changed' | 'nothing' | 'refused';
  readonly schedule: ScheduleListed | null;
}

/** A pipeline is a folder or a shipped name; but for `apply` and `compare` also the name that one declares. */
export interface Schedules {
  /** What `apply` would do. */
  compare(pipeline: string): Promise<ScheduleDifference>;
  /**
   * Makes the Schedule that is declared, and tells the watch, also where none is declared, which is refused. What was
   * changed by hand is overwritten only with `force`.
   */
  apply(pipeline: string, options?: { readonly force?: boolean }): Promise<ScheduleApplied>;
  /** All that start runs on our task queue, also those that were made by other means. */
  list(): Promise<ScheduleListed[]>;
  describe(pipeline: string): Promise<ScheduleListed>;
  /** The reason becomes Temporal's note. */
  pause(pipeline: string, why: string): Promise<ScheduleListed>;
  resume(pipeline: string, why: string): Promise<ScheduleListed>;
  /** A start now, by the overlap policy of the schedule. */
  trigger(pipeline: string): Promise<Triggered>;
  /**
   * Runs that are going on are not touched. The watch ends (`watched: false`) unless the pipeline is here and declares a
   * deadline or `notify`.
   */
  delete(pipeline: string): Promise<{
    readonly id: string;
    readonly running: ScheduleListed['running'];
    readonly watched: boolean;
  }>;
}

/** What the watch makes of it that nothing is to start. */
const TOLD = {
  watched: '; its watch goes by what else it declares',
  ended: '; nobody watches its nights any more',
  none: '',
} as const;

const unknownSchedule = (pipeline: string, id: string, also = '') =>
  new DaybreakError('BadRequest', {
    where: `schedule ${id}`,
    what: `Temporal knows no schedule of ${pipeline}${also}`,
    next: 'make it with `daybreak schedule apply`; `daybreak schedule list` shows what there is',
  });

/** `undefined` of a name alone, which may be that of a pipeline that is not here any more. */
const folderOf = async (pipeline: string): Promise<string | undefined> =>
  await pipelineFolder(pipeline, process.cwd()).catch((error: unknown) => {
    if (PIPELINE_NAME.test(pipeline)) return undefined;
    throw error;
  });

async function nameOf(pipeline: string): Promise<string> {
  const folder = await folderOf(pipeline);
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
    return { definition, given, wanted: wantedSchedule(definition, given, taskQueue) };
  };
  type Declared = Awaited<ReturnType<typeof declared>>;
  const noSchedule = async ({ name }: Definition, also = '') => {
    const isThere = (await whole(client, scheduleId(taskQueue, name), taskQueue)) !== undefined;
    return new DaybreakError('BadRequest', {
      where: `pipeline ${name}`,
      what: `it declares no schedule${also}`,
      expected: 'a line such as schedule: "0 3 * * *" in its pipeline.yaml',
      next: isThere
        ? 'declare one; or `daybreak schedule delete` takes away the one that Temporal has'
        : 'declare one and apply it again',
    });
  };
  const tellSettings = async ({ definition, given }: Declared) => {
    const settings = watchSettings(definition, taskQueue, watchEveryMs, given);
    await tellWatch(client, settings, { kind: 'settings', settings });
  };
  /** Tells the watch of a pipeline that nothing is to start of; without a declaration nobody needs its data. */
  const tellUnscheduled = async (name: string, found: Declared | undefined): Promise<'watched' | 'ended' | 'none'> => {
    const { deadline, notify } = found?.definition ?? {};
    if (found === undefined || (deadline === undefined && notify === undefined))
      return (await endWatch(client, taskQueue, name)) ? 'ended' : 'none';
    await tellSettings(found);
    return 'watched';
  };
  /** The schedule of a pipeline, as far as there is one. */
  const find = async (pipeline: string) => {
    const name = await nameOf(pipeline);
    const id = scheduleId(taskQueue, name);
    return { name, id, there: await whole(client, id, taskQueue) };
  };
  const findThere = async (pipeline: string) => {
    const { name, id, there } = await find(pipeline);
    if (there === undefined) throw unknownSchedule(name, id);
    return { name, id, there };
  };
  /** Does something with the schedule of a pipeline. */
  const on = async <T>(pipeline: string, act: (id: string) => Promise<T>): Promise<T> => {
    const { name, id } = await findThere(pipeline);
    return await act(id).catch((error: unknown) => {
      throw error instanceof ScheduleNotFoundError ? unknownSchedule(name, id) : error;
    });
  };
  /** The watch of a pipeline whose schedule is gone; one whose declaration cannot be understood is watched as before. */
  const watchAfter = async (pipeline: string, name: string) => {
    try {
      const isHere = (await folderOf(pipeline)) !== undefined;
      return await tellUnscheduled(name, isHere ? await declared(pipeline) : undefined);
    } catch (error) {
      if (error instanceof DaybreakError && error.kind === 'BadDefinition') return 'watched';
      throw error;
    }
  };
  return {
    async compare(pipeline) {
      const { definition, wanted } = await declared(pipeline);
      if (wanted === undefined) throw await noSchedule(definition);
      return await compareSchedule(client, wanted);
    },
    async apply(pipeline, { force = false } = {}) {
      const found = await declared(pipeline);
      const { definition, wanted } = found;
      if (wanted === undefined) throw await noSchedule(definition, TOLD[await tellUnscheduled(definition.name, found)]);
      const difference = await compareSchedule(client, wanted);
      const isHeld = difference.changedByHand.length > 0 && !force;
      const did = isHeld ? 'refused' : difference.isNew ? 'made' : difference.isSettled ? 'nothing' : 'changed';
      if (did === 'made' || did === 'changed') await writeSchedule(client, wanted);
      if (did !== 'refused') await tellSettings(found);
      return { ...difference, did, schedule: (await whole(client, wanted.id, taskQueue)) ?? null };
    },
    list: async () => await listSchedules(client, taskQueue),
    describe: async (pipeline) => (await findThere(pipeline)).there,
    pause: async (pipeline, why) => await on(pipeline, async (id) => await setPaused(client, id, true, why)),
    resume: async (pipeline, why) => await on(pipeline, async (id) => await setPaused(client, id, false, why)),
    trigger: async (pipeline) => await on(pipeline, async (id) => await triggerSchedule(client, id)),
    async delete(pipeline) {
      const { name, id, there } = await find(pipeline);
      if (there !== undefined) await client.schedule.getHandle(id).delete();
      const watch = await watchAfter(pipeline, name);
      if (there === undefined) throw unknownSchedule(name, id, TOLD[watch]);
      return { id, running: there.running, watched: watch === 'watched' };
    },
  };
}
