/**
 * A lock between processes of one user. The holder touches its file every few seconds, so that a lock whose holder
 * died, or was stopped for long, is taken over. What is done under it must be harmless when done twice: a holder that
 * was stopped for so long may wake up beside its successor.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { sleep } from './processes';

const TOUCH_EVERY_MS = 5_000;
const STALE_AFTER_MS = 30_000;
const LOOK_EVERY_MS = 200;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

interface Holder {
  readonly content: string;
  readonly pid: string;
  readonly stale: boolean;
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const [pid = '', host] = content.split(' ');
    const dead = host === hostname() && /^\d+$/.test(pid) && !isAlive(Number(pid));
    return { content, pid, stale: dead || Date.now() - mtimeMs > STALE_AFTER_MS };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes a stale lock away; what was locked anew in between is put back. */
async function takeAway(path: string, stale: Holder): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== stale.content) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function acquire(path: string, content: string, onWait: (pid: string) => void): Promise<void> {
  let waiting = false;
  for (;;) {
    try {
      await writeFile(path, content, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (holder.stale) {
      await takeAway(path, holder);
      continue;
    }
    if (!waiting) onWait(holder.pid);
    waiting = true;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Does the work while holding the lock file; `onWait` hears once whom we wait for. */
export async function withLock<T>(path: string, onWait: (pid: string) => void, work: () => Promise<T>): Promise<T> {
  const content = `${process.pid} ${hostname()} ${randomUUID()}`;
  await acquire(path, content, onWait);
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    const holder = await holderOf(path);
    if (holder?.content === content) await rm(path, { force: true });
  }
}
