/** Two folders of one name publish as one pipeline: each replaces what the other made. That is said, as it may be meant. */
import type { PlanDocument } from '../domain/plan';
import { declaredName, readPipeline } from './definition/read';
import { releases } from './releases';
import type { Store } from './store';

/**
 * The folder that the live edition was made from, when it is not this one and still has a pipeline of the name; a folder
 * that was moved is not there any more.
 */
export async function otherFolder(store: Store, pipeline: string, folder: string): Promise<string | null> {
  const log = releases(store, pipeline);
  const live = await log.live();
  const edition = live === null ? undefined : await log.edition(live.edition);
  if (edition === undefined) return null;
  const plan = await store.get<PlanDocument>(`plans/${pipeline}/${edition.run.runId}`);
  if (plan === undefined || plan.folder === folder) return null;
  const name = await readPipeline(plan.folder)
    .then(declaredName)
    .catch(() => undefined);
  return name === pipeline ? plan.folder : null;
}
