/** A name that no other folder publishes under: editions are kept by name, and the newer would replace the other's. */
import { basename, dirname, join } from 'node:path';
import { releases } from '../adapters/releases';
import { readingStore } from '../adapters/stores/files';
import type { Store } from '../adapters/store';
import type { PlanDocument } from '../domain/plan';
import { pipelineName } from './folder';

export interface OwnName {
  readonly name: string;
  /** Why it is not that of the folder. */
  readonly renamed?: string;
}

/** The folder whose edition is live under a name, as far as that is known; undefined where there is none. */
async function publisher(store: Store, name: string): Promise<string | undefined> {
  const log = releases(store, name);
  const live = await log.live();
  const edition = live === null ? undefined : await log.edition(live.edition);
  if (edition === undefined) return undefined;
  const plan = await store.get<PlanDocument>(`plans/${name}/${edition.run.runId}`);
  return plan?.folder ?? 'another folder';
}

/** The folder's name, or with the one above it, or numbered. `home` is where the store is, if there is one. */
export async function ownName(folder: string, home: string): Promise<OwnName> {
  const wanted = pipelineName(folder);
  const store = await readingStore(join(home, 'store'), join(home, 'store'));
  const isFree = async (name: string) => [undefined, folder].includes(await publisher(store, name));
  const other = await publisher(store, wanted);
  if (other === undefined || other === folder) return { name: wanted };
  const renamed = `${wanted} is live from ${other}, and a run would replace it`;
  const longer = pipelineName(`${basename(dirname(folder))}-${basename(folder)}`);
  for (let name = longer, number = 2; ; name = `${wanted.slice(0, 58)}-${number++}`)
    if (await isFree(name)) return { name, renamed };
}
