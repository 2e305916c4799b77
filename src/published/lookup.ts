/** Finding what somebody means: a pipeline's name, an edition by id or by what it is. */
import { isAbsolute } from 'node:path';
import { didYouMean } from '../adapters/definition/issues';
import { declaredName, pipelineFolder, readPipeline } from '../adapters/definition/read';
import { filesDestination } from '../adapters/destinations/files';
import { otherFolder } from '../adapters/other-folder';
import { releases } from '../adapters/releases';
import type { Edition } from '../domain/edition';
import { DaybreakError } from '../domain/failure';
import { DEFAULT_PIPELINE } from '../domain/run';
import { anotherStore, openStore, type OpenStore, shownPath, storeText } from './store';

/** What may be the name of a document; anything else is the name of none. */
const EDITION_ID = /^[\w-]+$/;

export interface FoundEdition {
  readonly edition: Edition;
  /** Stopped by a gate: its files are data of the store. */
  readonly candidate: boolean;
}

/** A pipeline by the name that it declares, and as commands are told of it. */
export interface Asked {
  readonly name: string;
  /** ` shop`, ` ../shop`, or nothing where it is that of the working directory. */
  readonly argument: string;
}

export async function asked(pipeline: string = DEFAULT_PIPELINE): Promise<Asked> {
  const name = declaredName(await readPipeline(await pipelineFolder(pipeline, process.cwd())));
  const shown = isAbsolute(pipeline) ? shownPath(pipeline) : pipeline;
  return { name, argument: shown === '.' ? '' : ` ${shown}` };
}

/** The other folder that publishes under a pipeline's name, if one does. What is wrong with a pipeline, its run says. */
export async function sharesName(
  home: string,
  pipeline: string,
): Promise<{ readonly name: string; readonly folder: string } | undefined> {
  try {
    const own = await pipelineFolder(pipeline, process.cwd());
    const name = declaredName(await readPipeline(own));
    const folder = await otherFolder(await openStore(home), name, own);
    return folder === null ? undefined : { name, folder };
  } catch (error) {
    if (error instanceof DaybreakError) return undefined;
    throw error;
  }
}

export const destinationOf = (edition: Edition) => filesDestination(edition.destination, edition.pipeline);

export const nothing = ({ name, argument }: Asked, store: OpenStore) =>
  new DaybreakError('BadRequest', {
    what: `${name} has no live edition yet in ${storeText(store)}`,
    next: `publish one with \`daybreak run${argument}\`; --pipeline names another pipeline; ${anotherStore(store)}`,
  });

/** What to do next where a word stood for something that is not there: it may be the name of a pipeline. */
export async function nextFor(word: string, otherwise: string): Promise<string> {
  return await pipelineFolder(word, process.cwd()).then(
    () => `${word} is a pipeline: write --pipeline ${word}`,
    () => otherwise,
  );
}

/** The edition of an id, released or not, or the one that is `live`, or that it replaced: `previous`. */
export async function findEdition(store: OpenStore, pipeline: Asked, wanted: string): Promise<FoundEdition> {
  const { name } = pipeline;
  const log = releases(store, name);
  let id = wanted;
  if (wanted === 'live' || wanted === 'previous') {
    const live = await log.live();
    if (live === null) throw nothing(pipeline, store);
    const meant = wanted === 'live' ? live.edition : live.previous;
    if (meant === null) {
      throw new DaybreakError('BadRequest', {
        what: `${live.edition} is the first edition of ${name}; there is no previous one`,
        next: 'publish another one, or name two that `daybreak editions` shows',
      });
    }
    id = meant;
  }
  const candidates = `candidates/${name}`;
  if (EDITION_ID.test(id)) {
    const edition = await log.edition(id);
    if (edition !== undefined) return { edition, candidate: false };
    const stopped = await store.get<Edition>(`${candidates}/${id}`);
    if (stopped !== undefined) return { edition: stopped, candidate: true };
  }
  const known = [...(await store.list(`editions/${name}`)), ...(await store.list(candidates))];
  const ids = known.map((key) => key.slice(key.lastIndexOf('/') + 1));
  throw new DaybreakError('BadRequest', {
    what: `there is no edition ${id} of ${name}${ids.length === 0 ? ` in ${storeText(store)}` : ''}${didYouMean(id, id === wanted ? ids : [])}`,
    expected: 'an edition that is still kept, `live` or `previous`',
    next: await nextFor(id, 'choose one that `daybreak editions` shows'),
  });
}

/** An edition whose files are where readers look. */
export async function publishedEdition(store: OpenStore, pipeline: Asked, wanted: string): Promise<Edition> {
  const { edition, candidate } = await findEdition(store, pipeline, wanted);
  if (!candidate) return edition;
  throw new DaybreakError('BadRequest', {
    what: `${edition.id} was stopped by a gate and never published`,
    next: 'choose another one that `daybreak editions` shows, or compare it with `daybreak diff`',
  });
}
