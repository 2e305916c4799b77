/** The folder of the store and what is published from it: looked at, never written. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { filesDestination } from '../adapters/destinations/files';
import { releases } from '../adapters/releases';
import { readingStore } from '../adapters/stores/files';
import { bad, type Finding, good, messageOf, warn } from './finding';

const LITTLE_BYTES = 200_000_000;
const SOME_BYTES = 2_000_000_000;
/** Clocks of machines that share a store are a little apart. */
const FUTURE_MS = 60_000;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? messageOf(error);

/** The folder, or where it would be made. */
async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found !== undefined || dirname(at) === at) return at;
  }
}

/** Why a folder cannot be written, as far as its permissions and its disk tell. */
async function whyNot(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'it is a file';
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EROFS') return 'its disk is read-only';
    return code === 'EACCES' || code === 'EPERM' ? `no permission (${code})` : code;
  }
}

/** Whether runs can write the store, or make it. Its id, when it is there. */
export async function checkStore(home: string): Promise<Finding> {
  const mend = 'give this user write access to it, or set DAYBREAK_HOME to a folder that can be written';
  try {
    const there = await nearest(home);
    if (there !== home) {
      const why = await whyNot(there);
      if (why !== undefined) return bad('store', `${home} is not there and cannot be made in ${there}: ${why}`, mend);
      return good('store', `${home} is not there yet; the first run makes it`);
    }
    for (const name of ['.', 'store', 'store/documents', 'store/data', 'store/scratch', 'published']) {
      const folder = join(home, name);
      const why = await whyNot(folder);
      if (why !== undefined && why !== 'ENOENT') return bad('store', `${folder} cannot be written: ${why}`, mend);
    }
  } catch (error) {
    return bad('store', `${home} cannot be looked at: ${codeOf(error)}`, mend);
  }
  try {
    const { id } = await readingStore(join(home, 'store'), tmpdir());
    return good('store', id === '' ? `${home} is there; the first run makes the store in it` : `${home}, id ${id}`);
  } catch (error) {
    return bad('store', messageOf(error), 'restore that document from a backup; without one, move the store away');
  }
}

/** Room for what runs write: parts, models and what queries spill. */
export async function checkSpace(home: string): Promise<Finding> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(await nearest(home));
    const free = bavail * bsize;
    const says = `${(free / 1e9).toFixed(1)} GB free where ${home} is`;
    const next = 'make room there, or set DAYBREAK_HOME to a larger disk';
    if (files > 0 && ffree === 0) return bad('free space', `no inode is left where ${home} is`, next);
    if (free < LITTLE_BYTES) return bad('free space', says, next);
    return free < SOME_BYTES ? warn('free space', says, next) : good('free space', says);
  } catch (error) {
    return bad('free space', `it cannot be told: ${codeOf(error)}`, 'see the line on the store');
  }
}

/** For each pipeline: whether the live edition is whole, and what readers see. */
export async function checkDestinations(home: string): Promise<Finding[]> {
  try {
    const store = await readingStore(join(home, 'store'), tmpdir());
    const keys = await store.list('releases');
    const pipelines = [...new Set(keys.map((key) => key.split('/')[1] ?? ''))];
    if (pipelines.length === 0) return [good('published', 'nothing yet')];
    const findings: Finding[] = [];
    for (const pipeline of pipelines) findings.push(await destinationOf(pipeline));
    return findings;

    async function destinationOf(pipeline: string): Promise<Finding> {
      const log = releases(store, pipeline);
      const live = await log.live();
      const edition = live === null ? undefined : await log.edition(live.edition);
      if (live === null || edition === undefined)
        return bad(
          'published',
          `the manifest of ${pipeline}'s live edition is gone`,
          'publish anew with `daybreak run --full`',
        );
      const destination = filesDestination(edition.destination, pipeline);
      const where = `${pipeline}: ${edition.id} in ${edition.destination}`;
      if (!(await destination.holds(edition)))
        return bad(
          'published',
          `${where}: its files are not all there`,
          'restore them, or publish anew with `daybreak run --full`',
        );
      const why = await whyNot(edition.destination);
      if (why !== undefined)
        return bad(
          'published',
          `${where}: the next edition cannot be written: ${why}`,
          'give this user write access to that folder',
        );
      const shown = await destination.shown();
      if (shown === edition.id) return good('published', where);
      const says = `${where} is live, but readers are led to ${shown ?? 'nothing'}`;
      return warn('published', says, `run \`daybreak run\` for ${pipeline}: it shows them the live one`);
    }
  } catch (error) {
    return [bad('published', messageOf(error), 'see the line on the store')];
  }
}

/** A clock that is behind would release nothing: what is live seems newer than what comes. */
export async function checkClock(home: string, now: Date = new Date()): Promise<Finding> {
  const store = await readingStore(join(home, 'store'), tmpdir()).catch(() => undefined);
  const keys = (await store?.list('releases').catch(() => [])) ?? [];
  const known = await store?.getAll<{ releasedAt?: string }>(keys).catch(() => []);
  const newest =
    (known ?? [])
      .map((release) => release?.releasedAt ?? '')
      .toSorted()
      .at(-1) ?? '';
  if (newest === '' || Date.parse(newest) <= now.getTime() + FUTURE_MS)
    return good('clock', `${now.toISOString().slice(0, 19)}Z`);
  return bad(
    'clock',
    `it is ${now.toISOString()} here, but an edition was released at ${newest}`,
    'set the clock, best by NTP',
  );
}
