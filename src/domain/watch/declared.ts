/** What the watch goes by, out of a declaration. */
import type { Definition } from '../definition';
import { milliseconds } from '../window';
import { notifySchema } from './definition';
import type { WatchSettings } from './settings';

/** Looks until a channel counts as dead, and until it is tried again. */
const PATIENCE = 4;
const AGAIN = 10;

/** `taskQueue` is that of the runs' workflows; `asked` what a run asks for. */
export const watchSettings = (
  definition: Pick<Definition, 'name' | 'zone' | 'deadline' | 'repair_time' | 'owner' | 'notify'>,
  taskQueue: string,
  lookEveryMs: number,
  asked = definition.name,
): WatchSettings => ({
  pipeline: definition.name,
  ...(asked === definition.name ? {} : { asked }),
  zone: definition.zone,
  taskQueue,
  deadline: definition.deadline ?? null,
  repairMs: milliseconds(definition.repair_time),
  owner: definition.owner ?? null,
  notify: definition.notify ?? notifySchema.parse({}),
  lookEveryMs,
  patienceMs: PATIENCE * lookEveryMs,
  againMs: AGAIN * lookEveryMs,
});
