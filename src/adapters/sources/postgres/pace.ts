/**
 * How many sessions of one process read a database at a time: half as many when its answers slow down or a replica falls
 * behind, and one more after some calm ones. Pure.
 */

/** Slow is what takes so many times as long as the best answers did, */
const SLOW = 3;
/** and longer than this, which nobody minds. */
const UNMINDED_MS = 200;
/** What a question costs besides its rows, in rows: an answer of few rows is not slow for that. */
const ROWS_OF_A_QUESTION = 1_000;
/** The best answer is forgotten by so much with each one: caches cool, and no two ranges of keys are alike. */
const FORGETTING = 1.01;
/** A replica may be so far behind. */
const BEHIND_MS = 60_000;
/** Calm answers before one session more may read. */
const CALM = 5;

export interface Pace {
  /** Sessions that may read; more may be there until they have read what they are at. */
  readonly allowed: number;
  /** Why there are not more. */
  readonly because: 'slow' | 'behind' | null;
  /** Milliseconds a row, of the best answers about each table. */
  readonly best: Readonly<Record<string, number>>;
  /** Calm answers since the last change. */
  readonly calm: number;
  /** When sessions were made fewer: what was asked before does not count again. */
  readonly since: number;
}

export const FREELY: Pace = { allowed: Number.POSITIVE_INFINITY, because: null, best: {}, calm: 0, since: 0 };

/** What finding the end of a chunk took; times in milliseconds of one clock. */
export interface Answer {
  /** The table: what is quick for one may be slow for another. */
  readonly of: string;
  readonly askedAt: number;
  readonly ms: number;
  /** Rows that were walked over; `null` where the time says nothing about them, as with changes. */
  readonly rows: number | null;
  /** How far a replica is behind; `null` of what is none, or does not tell. */
  readonly behindMs: number | null;
}

/** The pace after an answer. `reading` sessions of the process read now, at most `limit` of all may. */
export function paceAfter(pace: Pace, answer: Answer, { reading, limit }: { reading: number; limit: number }): Pace {
  const { of, askedAt, ms, rows, behindMs } = answer;
  const each = rows === null ? null : ms / (rows + ROWS_OF_A_QUESTION);
  const known = pace.best[of] ?? each;
  const isSlow = ms > UNMINDED_MS && each !== null && known !== null && each > SLOW * known;
  const isBehind = behindMs !== null && behindMs > BEHIND_MS;
  const best = each === null || known === null ? pace.best : { ...pace.best, [of]: Math.min(each, known * FORGETTING) };
  if (isSlow || isBehind) {
    if (askedAt < pace.since) return { ...pace, best, calm: 0 };
    const allowed = Math.max(1, Math.floor(Math.min(reading, pace.allowed) / 2));
    return { allowed, because: isSlow ? 'slow' : 'behind', best, calm: 0, since: askedAt + ms };
  }
  // A slow answer about changes is neither.
  if (pace.because === null || (each === null && ms > UNMINDED_MS)) return { ...pace, best };
  if (pace.calm + 1 < CALM) return { ...pace, best, calm: pace.calm + 1 };
  const allowed = pace.allowed + 1;
  return allowed < limit ? { ...pace, allowed, best, calm: 0 } : { ...FREELY, best };
}
