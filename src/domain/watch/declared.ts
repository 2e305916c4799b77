/** What the watch goes by, out of a declaration. */
import type { Definition } from '../definition';
import { milliseconds } from '../window';
import { notifySchema } from './definition';
import type { WatchSettings } from './settings';

const LOOK_EVERY_MS = 30_000;
const PATIENCE_MS = 120_000;
const AGAIN_MS = 300_000;

/** `taskQueue` is that of the runs' workflows. */
export const watchSettings = (
  definition: Pick<Definition, 'name' | 'zone' | 'deadline' | 'repair_time' | 'owner' | 'notify'>,
  taskQueue: string,
): WatchSettings => ({
  pipeline: definition.name,
  zone: definition.zone,
  taskQueue,
  deadline: definition.deadline ?? null,
  repairMs: milliseconds(definition.repair_time),
  owner: definition.owner ?? null,
  notify: definition.notify ?? notifySchema.parse({}),
  lookEveryMs: LOOK_EVERY_MS,
  patienceMs: PATIENCE_MS,
  againMs: AGAIN_MS,
});
