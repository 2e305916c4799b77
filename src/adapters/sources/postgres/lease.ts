/**
 * At most so many sessions read one database at a time, over all runs and workers: each holds one of the database's
 * advisory locks for as long as it lives, so that the place of a worker that died is free again by itself.
 *
 * Who waits holds no connection. Within a process one at a time asks: it connects under a name of its own, and when no
 * place is free it leaves at once and comes again. So what reads is never more than the limit, and beside it there may
 * be, for some milliseconds, one that asks for each worker. Behind a pooler, where locks of a session cannot be relied
 * on, only the limit within the process holds, and the pooler's own.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { OnWaiting, Waiting } from '../../source';
import { type Answer, FREELY, type Pace, paceAfter } from './pace';
import type { Session } from './session';

/** Keys of advisory locks are two numbers; this one is `dayb`, the other one the place. */
const LOCKS = 0x64617962;
const ASK_AFTER_MS = 500;
const ASK_AT_LATEST_MS = 2_000;

export const ASKING = 'daybreak asks for a connection';

interface Door {
  /** Who of this process reads. */
  readonly inside: Set<{ readonly name: string }>;
  /** Who held the places when somebody of this process asked in vain. */
  heldBy: readonly string[];
  asking: boolean;
  /** How many of this process wait. */
  waiting: number;
  pace: Pace;
  /** Wakes those who wait in this process. */
  wake: () => void;
  changed: Promise<void>;
}

const doors = new Map<string, Door>();

function doorOf(database: string): Door {
  const known = doors.get(database);
  if (known !== undefined) return known;
  const door: Door = {
    inside: new Set(),
    heldBy: [],
    asking: false,
    waiting: 0,
    pace: FREELY,
    wake: () => undefined,
    changed: Promise.resolve(),
  };
  doors.set(database, door);
  reset(door);
  return door;
}

function reset(door: Door): void {
  const before = door.wake;
  door.changed = new Promise((resolve) => {
    door.wake = resolve;
  });
  before();
}

export interface LeaseOptions {
  /** Tells databases apart within the process. */
  readonly database: string;
  readonly limit: number;
  /** Shown to others who wait. */
  readonly name: string;
  readonly onWaiting?: OnWaiting;
  readonly signal?: AbortSignal;
}

/** Takes the first free place, if there is one; it is the session's until that ends. */
async function takesPlace(session: Session, limit: number): Promise<boolean> {
  const taken = await session.query(
    `SELECT place FROM generate_series(1, ${limit}) place WHERE pg_try_advisory_lock(${LOCKS}, place) LIMIT 1`,
  );
  return taken.length > 0;
}

async function holders(session: Session): Promise<string[]> {
  const rows = await session.query(
    `SELECT DISTINCT application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = ${LOCKS} AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1`,
  );
  return rows.map(({ name }) => name || 'a session without a name');
}

const waits = (limit: number, heldBy: readonly string[]): Waiting => ({
  reason: `waiting for one of ${limit} connections to the database`,
  heldBy,
});

/** What one waits for who waits for others of this process, or behind one who asks. */
function waitsInside({ inside, pace, heldBy }: Door, limit: number): Waiting {
  const names = [...inside].map(({ name }) => name);
  if (inside.size >= limit) return waits(limit, names);
  if (inside.size < pace.allowed) return waits(limit, heldBy);
  const why = pace.because === 'behind' ? 'the replica is behind' : 'the database answers slowly';
  return { reason: `waiting for one of ${pace.allowed} connections while ${why}`, heldBy: names };
}

async function until(changed: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const leave = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', leave, { once: true });
    void changed.then(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
  });
}

/** A place within this process. */
export interface Place {
  leave(): void;
  /** Whether others of this process wait for one, or fewer may read now. */
  isWanted(): boolean;
}

interface Opened {
  readonly session: Session;
  readonly place: Place;
}

/** Opens a session when there is a place for it. */
export async function inPlace(open: () => Promise<Session>, options: LeaseOptions): Promise<Opened> {
  try {
    return await enter(open, options);
  } finally {
    options.onWaiting?.(null);
  }
}

async function enter(open: () => Promise<Session>, options: LeaseOptions): Promise<Opened> {
  const { database, limit, name, onWaiting, signal } = options;
  const door = doorOf(database);
  while (door.asking || door.inside.size >= Math.min(limit, door.pace.allowed)) {
    onWaiting?.(waitsInside(door, limit));
    door.waiting += 1;
    try {
      await until(door.changed, signal);
    } finally {
      door.waiting -= 1;
    }
  }
  door.asking = true;
  try {
    for (;;) {
      const session = await open();
      try {
        if (session.pooled || (await takesPlace(session, limit))) {
          const reader = { name };
          door.inside.add(reader);
          const leave = () => {
            if (door.inside.delete(reader)) reset(door);
          };
          const isWanted = () => door.waiting > 0 || door.inside.size > door.pace.allowed;
          return { session, place: { leave, isWanted } };
        }
        door.heldBy = await holders(session);
      } catch (error) {
        await session.end();
        throw error;
      }
      await session.end();
      onWaiting?.(waits(limit, door.heldBy));
      const pause = ASK_AFTER_MS + Math.random() * (ASK_AT_LATEST_MS - ASK_AFTER_MS);
      await wait(pause, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
    }
  } finally {
    door.asking = false;
    reset(door);
  }
}

/** Hears how a database answers a session of this process, which decides how many of them read it at a time. */
export function heard(database: string, limit: number, answer: Answer): void {
  const door = doorOf(database);
  const { allowed } = door.pace;
  door.pace = paceAfter(door.pace, answer, { reading: door.inside.size, limit });
  if (door.pace.allowed > allowed) reset(door);
}
