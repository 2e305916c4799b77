/** What is kept of runs for the nights to come: their records, and by what settings a pipeline was watched last. */
import { Context } from '@temporalio/activity';
import type { Definition } from '../domain/definition';
import type { RunRecord } from '../domain/watch/record';
import { LOOKED_BACK } from '../domain/watch/time-left';
import { watchSettings } from '../domain/watch/declared';
import { newestNotes, type Watched, WATCHED } from '../domain/watch/noted';
import type { WatchNews, WatchSettings } from '../domain/watch/settings';
import { fingerprint } from './fingerprint';
import type { Services } from './services';

/** Of each pipeline: more than a year of nights. */
const KEPT = 400;

const watchedFolder = (asked: string) => `${WATCHED}/${fingerprint({ asked }).slice(0, 16)}`;
const historyFolder = (pipeline: string) => `history/${pipeline}`;

/** In the order of their starts. */
const recordKey = ({ pipeline, startedAt, runId }: RunRecord) =>
  `${historyFolder(pipeline)}/${startedAt.replaceAll(/\D/g, '')}-${runId}`;

export async function keepRecord({ store }: Pick<Services, 'store'>, record: RunRecord): Promise<void> {
  await store.putIfAbsent(recordKey(record), record);
}

/** Records of the last runs, oldest first; a damaged one costs the estimate, and nothing else. */
export async function lastRecords({ store }: Pick<Services, 'store'>, pipeline: string): Promise<RunRecord[]> {
  try {
    const keys = await store.list(historyFolder(pipeline));
    const records = await store.getAll<RunRecord>(keys.slice(-LOOKED_BACK));
    return records.filter((record) => record !== undefined);
  } catch (error) {
    Context.current().log.warn(`what earlier runs took cannot be read: ${(error as Error).message}`);
    return [];
  }
}

/** Forgets all but the newest records, and all but the newest settings. */
export async function sweepHistory({ store }: Pick<Services, 'store'>, pipeline: string): Promise<void> {
  for (const key of (await store.list(historyFolder(pipeline))).slice(0, -KEPT)) await store.remove(key);
  const notes = await store.list(WATCHED);
  const newest = new Set(newestNotes(notes));
  for (const key of notes) if (!newest.has(key)) await store.remove(key);
}

async function newestOf({ store }: Pick<Services, 'store'>, asked: string): Promise<[number, Watched | undefined]> {
  const key = (await store.list(watchedFolder(asked))).at(-1);
  return key === undefined ? [0, undefined] : [Number(key.split('/').at(-1)), await store.get<Watched>(key)];
}

/** Notes by what settings a pipeline is watched, as soon as its declaration is read. */
export async function noteWatched(
  services: Pick<Services, 'store' | 'taskQueue' | 'watchEveryMs' | 'tellWatch'>,
  asked: string,
  definition: Definition,
): Promise<WatchSettings | null> {
  const { schedule, deadline, notify } = definition;
  const isWatched = [schedule, deadline, notify].some((declared) => declared !== undefined);
  const settings = isWatched ? watchSettings(definition, services.taskQueue, services.watchEveryMs, asked) : null;
  const watched: Watched = { pipeline: definition.name, settings };
  const [number, last] = await newestOf(services, asked);
  const before = last?.settings;
  const isLeft = before && before.pipeline !== settings?.pipeline;
  // Who could not be told is told by the next run, as long as the note is of it.
  if (isLeft && !(await tellOrLog(services, before, { kind: 'unwatched' }))) return settings;
  if (last === undefined || fingerprint(last) !== fingerprint(watched))
    await services.store.putIfAbsent(`${watchedFolder(asked)}/${String(number + 1).padStart(8, '0')}`, watched);
  return settings;
}

/** What was noted last for what a run asks for; `undefined` when it could never be read. */
export const knownWatched = async (services: Pick<Services, 'store'>, asked: string): Promise<Watched | undefined> =>
  (await newestOf(services, asked))[1];

/** A watch that cannot be told (`false`) is no reason for a run to fail: it looks for itself. */
export async function tellOrLog(
  services: Pick<Services, 'tellWatch'>,
  settings: WatchSettings,
  news: WatchNews,
): Promise<boolean> {
  try {
    await services.tellWatch(settings, news);
    return true;
  } catch (error) {
    Context.current().log.warn(`the watch of ${settings.pipeline} could not be told: ${(error as Error).message}`);
    return false;
  }
}
