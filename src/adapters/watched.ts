/** Which pipelines the runs of a store found to be watched. */
import { newestNotes, type Watched, WATCHED } from '../domain/watch/noted';
import type { Store } from './store';

/** Their names, as each was declared when a run read it last. */
export async function watchedPipelines(store: Pick<Store, 'list' | 'getAll'>): Promise<string[]> {
  const notes = await store.getAll<Watched>(newestNotes(await store.list(WATCHED)));
  return notes.flatMap((note) => (note === undefined || note.settings === null ? [] : [note.pipeline]));
}
