/** The release log of a pipeline: whoever writes the next number first has released. */
import { type Edition, mayReplace, type Release } from '../domain/edition';
import type { Destination } from './destination';
import type { Store } from './store';

export interface Releases {
  /** The live release, or `null` before the first. */
  live(): Promise<Release | null>;
  all(): Promise<Release[]>;
  edition(id: string): Promise<Edition | undefined>;
  /** Newest first: all manifests, released or not. */
  editions(): Promise<Edition[]>;
  keep(edition: Edition): Promise<void>;
  /**
   * Makes an edition live unless it is already, or a newer one is (then `released` is false).
   * A rollback asks for an older one on purpose.
   */
  release(
    edition: Edition,
    options: { by: string; now: string; rollback?: { why: string } },
  ): Promise<{ released: boolean; live: Release; previous: string | null }>;
  forget(id: string): Promise<void>;
}

const NUMBER_DIGITS = 8;

export function releases(store: Store, pipeline: string): Releases {
  const log = `releases/${pipeline}`;
  const manifests = `editions/${pipeline}`;
  const all = async () => {
    const entries = await store.getAll<Release>(await store.list(log));
    return entries.filter((entry) => entry !== undefined);
  };
  const live = async () => {
    const last = (await store.list(log)).at(-1);
    return last === undefined ? null : ((await store.get<Release>(last)) ?? null);
  };
  return {
    live,
    all,
    edition: async (id) => await store.get<Edition>(`${manifests}/${id}`),
    async editions() {
      const found = await store.getAll<Edition>(await store.list(manifests));
      return found.filter((edition) => edition !== undefined).toSorted((a, b) => (a.knownAt < b.knownAt ? 1 : -1));
    },
    keep: async (edition) => void (await store.putIfAbsent(`${manifests}/${edition.id}`, edition)),
    async release(edition, { by, now, rollback }) {
      for (;;) {
        const current = await live();
        // How a lost answer is resolved: by reading. An edition's id is its run's own, so finding it means it was done.
        const before = (await all()).findLast((release) => release.edition === edition.id);
        const done = rollback === undefined ? before !== undefined : current?.edition === edition.id;
        if (done && before !== undefined && current !== null)
          return { released: true, live: current, previous: before.previous };
        const dated = { asOf: edition.window.asOf, knownAt: edition.knownAt };
        if (rollback === undefined && current !== null && !mayReplace(dated, current)) {
          return { released: false, live: current, previous: current.edition };
        }
        const next: Release = {
          number: (current?.number ?? 0) + 1,
          edition: edition.id,
          ...dated,
          previous: current?.edition ?? null,
          releasedAt: now,
          reason: rollback === undefined ? 'published' : 'rollback',
          ...(rollback === undefined ? {} : { why: rollback.why }),
          by,
        };
        const key = `${log}/${String(next.number).padStart(NUMBER_DIGITS, '0')}`;
        const { won } = await store.putIfAbsent(key, next);
        if (won) return { released: true, live: next, previous: next.previous };
      }
    },
    forget: async (id) => await store.remove(`${manifests}/${id}`),
  };
}

/** Derives what readers see from the release log, again until it is what the log says. */
export async function showLive(
  log: Releases,
  destinationOf: (edition: Edition) => Destination,
): Promise<string | null> {
  for (;;) {
    const live = await log.live();
    const edition = live === null ? undefined : await log.edition(live.edition);
    if (live === null || edition === undefined) return null;
    const destination = destinationOf(edition);
    // Readers of files that somebody took away are not helped by being led there.
    if (!(await destination.holds(edition))) return edition.id;
    await destination.show(edition);
    const now = await log.live();
    if (now?.number === live.number && (await destination.shown()) === edition.id) return edition.id;
  }
}
