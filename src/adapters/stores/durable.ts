/** File operations that survive a power cut, and hashing while at it. */
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failpoint } from '../failpoint';

const isCode = (error: unknown, ...codes: string[]) => codes.includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * Makes a folder with its parents. On a read-only disk Node's own says that the folder is missing; making the first one
 * that is missing says why.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
    let missing = path;
    while (dirname(missing) !== missing && (await stat(dirname(missing)).catch(() => undefined)) === undefined)
      missing = dirname(missing);
    await mkdir(missing);
    await mkdir(path, { recursive: true });
  }
}

export async function fsyncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface Checksum {
  /** As hex. */
  readonly sha256: string;
  readonly bytes: number;
}

const CHUNK = 1 << 20;

/** Reads an open file to its end, into one buffer that is no larger than the file. */
async function sumOf(handle: FileHandle): Promise<Checksum> {
  const hash = createHash('sha256');
  const { size } = await handle.stat();
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size + 1));
  for (let bytes = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

export async function checksum(path: string): Promise<Checksum> {
  const handle = await open(path, 'r');
  try {
    return await sumOf(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file unless it is there. Never by rename, which overwrites, nor by O_EXCL, which can leave a torn winner:
 * a finished temporary file is linked to the final name, and the second link fails.
 */
export async function writeOnce(path: string, content: string): Promise<boolean> {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx').catch(async (error: unknown) => {
      if (!isCode(error, 'ENOENT')) throw error;
      await makeFolder(folder);
      return await open(temporary, 'wx');
    });
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, path);
    failpoint('ledger.linked');
    await fsyncPath(folder);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Moves a finished file to its name in the same file system, so that it is there after a power cut; gives its checksum. */
export async function moveDurably(from: string, to: string): Promise<Checksum> {
  const handle = await open(from, 'r');
  let sum: Checksum;
  try {
    sum = await sumOf(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(from, to).catch(async (error: unknown) => {
    if (!isCode(error, 'ENOENT')) throw error;
    await makeFolder(dirname(to));
    await rename(from, to);
  });
  await fsyncPath(dirname(to));
  return sum;
}

/** Links, also when somebody did so before. */
export async function linkOnce(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: unknown) => {
    if (!isCode(error, 'EEXIST')) throw error;
  });
}

/** Temporary names of ours: process, random, `.tmp`. Other people's files are theirs. */
const TEMPORARY = /\.\d+-([0-9a-f]{8}|[0-9a-f]{12})\.tmp(\.wal)?$/;

/** Removes our temporary files and links in a folder that are older than a time: their writers died. */
export async function removeTemporary(folder: string, beforeMs: number, { recursive = true } = {}): Promise<void> {
  const entries = await readdir(folder, { recursive, withFileTypes: true }).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const entry of entries) {
    if (entry.isDirectory() || !TEMPORARY.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const found = await lstat(path).catch(() => undefined);
    if (found !== undefined && found.ctimeMs < beforeMs) await rm(path, { force: true });
  }
}
