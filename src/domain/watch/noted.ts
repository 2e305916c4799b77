/** What a store notes of who is watched. */
import type { WatchSettings } from './settings';

/** Of a pipeline, found by what runs ask for: also when its files cannot be read any more. */
export interface Watched {
  readonly pipeline: string;
  /** `null` where nobody wants to know. */
  readonly settings: WatchSettings | null;
}

/** Folder of the store: one below it for each name or folder that runs asked for, with numbered notes. */
export const WATCHED = 'watched';

/** Of each name or folder that runs asked for, the newest note; `keys` are in order. */
export const newestNotes = (keys: readonly string[]): string[] => [
  ...new Map(keys.map((key) => [key.slice(0, key.lastIndexOf('/')), key])).values(),
];
