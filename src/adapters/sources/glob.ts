/** Which files a source's path means: `*` and `?` within a folder's names, `**` for any folders in between. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';

const isPattern = (segment: string) => /[*?]/.test(segment);

/** The folder up to the first wildcard, and the segments that are matched below it. */
export function splitPattern(pattern: string, folder: string): { base: string; segments: string[] } {
  const absolute = isAbsolute(pattern) ? pattern : join(folder, pattern);
  const segments = absolute
    .split(/[/\\]/)
    .filter((segment, index) => index === 0 || (segment !== '' && segment !== '.'));
  const first = segments.findIndex(isPattern);
  const fixed = first < 0 ? segments.length - 1 : first;
  return { base: resolve(segments.slice(0, fixed).join(sep) || sep), segments: segments.slice(fixed) };
}

function matcher(segment: string): (name: string) => boolean {
  const text = [...segment].map((char) => {
    if (char === '*') return '.*';
    return char === '?' ? '.' : char.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  });
  const expression = new RegExp(`^${text.join('')}$`, 'su');
  // As in a shell, a wildcard does not find hidden files.
  return (name) => (segment.startsWith('.') || !name.startsWith('.')) && expression.test(name);
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

async function walk(folder: string, segments: readonly string[], found: Set<string>): Promise<void> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (!isPattern(segment)) {
    const path = join(folder, segment);
    if (rest.length > 0) await walk(path, rest, found);
    else if (await isFile(path)) found.add(path);
    return;
  }
  const matches = segment === '**' ? undefined : matcher(segment);
  if (matches === undefined) await walk(folder, rest.length > 0 ? rest : ['*'], found);
  for (const entry of await entries(folder)) {
    const path = join(folder, entry.name);
    if (matches === undefined) {
      // Links are not followed here, so a loop of folders ends.
      if (entry.isDirectory() && !entry.name.startsWith('.')) await walk(path, segments, found);
    } else if (matches(entry.name)) {
      if (rest.length > 0) {
        if (await isFolder(path, entry)) await walk(path, rest, found);
      } else if (await isFile(path)) found.add(path);
    }
  }
}

/** The files that match, as absolute paths sorted by name. */
export async function expand(pattern: string, folder: string): Promise<string[]> {
  const { base, segments } = splitPattern(pattern, folder);
  const found = new Set<string>();
  await walk(base, segments, found);
  return [...found].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}
