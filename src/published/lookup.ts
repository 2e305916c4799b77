/** Finding what somebody means: a pipeline's name, an edition by id or by what it is. */
import { didYouMean } from '../adapters/definition/issues';
import { declaredName, pipelineFolder, readPipeline } from '../adapters/definition/read';
import { filesDestination } from '../adapters/destinations/files';
import { releases } from '../adapters/releases';
import type { Store } from '../adapters/store';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import { DEFAULT_PIPELINE } from '../domain/run';

export interface FoundEdition {
  readonly edition: Edition;
  /** Stopped by a gate: its files are data of the store. */
  readonly candidate: boolean;
}

export async function nameOf(pipeline: string | undefined): Promise<string> {
  return declaredName(await readPipeline(await pipelineFolder(pipeline ?? DEFAULT_PIPELINE, process.cwd())));
}

export const destinationOf = (edition: Edition) => filesDestination(edition.destination, edition.pipeline);

export const nothing = (pipeline: string) =>
  new DaybreakError('BadRequest', {
    what: `${pipeline} has no live edition yet`,
    next: `publish one with \`daybreak run ${pipeline}\``,
  });

/** The edition of an id, released or not, or the one that is `live`, or that it replaced: `previous`. */
export async function findEdition(store: Store, pipeline: string, wanted: string): Promise<FoundEdition> {
  const log = releases(store, pipeline);
  let id = wanted;
  if (wanted === 'live' || wanted === 'previous') {
    const live = await log.live();
    if (live === null) throw nothing(pipeline);
    const meant = wanted === 'live' ? live.edition : live.previous;
    if (meant === null) {
      throw new DaybreakError('BadRequest', {
        what: `${live.edition} is the first edition of ${pipeline}; there is no previous one`,
        next: 'publish another one, or name two that `daybreak editions` shows',
      });
    }
    id = meant;
  }
  const edition = await log.edition(id);
  if (edition !== undefined) return { edition, candidate: false };
  const candidates = `candidates/${pipeline}`;
  const stopped = await store.get<Edition>(`${candidates}/${id}`);
  if (stopped !== undefined) return { edition: stopped, candidate: true };
  const known = [...(await store.list(`editions/${pipeline}`)), ...(await store.list(candidates))];
  const ids = known.map((key) => key.slice(key.lastIndexOf('/') + 1));
  throw new DaybreakError('BadRequest', {
    what: `there is no edition ${id} of ${pipeline}${didYouMean(id, id === wanted ? ids : [])}`,
    expected: 'an edition that is still kept, `live` or `previous`',
    next: 'choose one that `daybreak editions` shows',
  });
}

/** An edition whose files are where readers look. */
export async function publishedEdition(store: Store, pipeline: string, wanted: string): Promise<Edition> {
  const { edition, candidate } = await findEdition(store, pipeline, wanted);
  if (!candidate) return edition;
  throw new DaybreakError('BadRequest', {
    what: `${edition.id} was stopped by a gate and never published`,
    next: 'choose another one that `daybreak editions` shows, or compare it with `daybreak diff`',
  });
}
