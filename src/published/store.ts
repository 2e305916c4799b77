/** The store that is read, which reading never makes, and what is said of it where it has nothing to show. */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Store } from '../adapters/store';
import { existingStore } from '../adapters/stores/files';

/** Without an id where there is none. */
export interface OpenStore extends Store {
  /** DAYBREAK_HOME, or `.daybreak` of the working directory; absolute. */
  readonly home: string;
}

export const openStore = async (home: string): Promise<OpenStore> => ({
  ...(await existingStore(join(home, 'store'))),
  home,
});

/** As people write it: from the working directory where it is below that. */
export function shownPath(path: string): string {
  const here = relative(process.cwd(), path) || '.';
  return here.startsWith('..') ? path : here;
}

/** `the store .daybreak`, or also that it is not there. */
export const storeText = ({ id, home }: Pick<OpenStore, 'id' | 'home'>): string =>
  `the store ${shownPath(home)}${id === '' ? ', which is not there' : ''}`;

/** The nearest folder above the working directory that has a store, as people may have meant that one. */
function storeAbove(home: string): string | undefined {
  for (let at = process.cwd(); dirname(at) !== at; ) {
    at = dirname(at);
    const found = join(at, '.daybreak');
    if (found !== home && existsSync(join(found, 'store'))) return relative(process.cwd(), found);
  }
  return undefined;
}

/** How another store is looked in. */
export function anotherStore({ home }: Pick<OpenStore, 'home'>): string {
  const above = storeAbove(home);
  return above === undefined
    ? 'another store is that of another working directory, or what DAYBREAK_HOME names'
    : `there is a store above: set DAYBREAK_HOME=${above}, or work where it is`;
}

/** Said when one is made, as another one may have been meant. */
export function newStoreText(home: string): string {
  const above = storeAbove(home);
  const other = above === undefined ? '' : `; there is one above: DAYBREAK_HOME=${above} would take that`;
  return `making a store in ${shownPath(home)}${other}`;
}
