/** Seeded damage to sound files, and what may become of a damaged one. */
import { DaybreakError } from '../../src/domain/failure';
import type { ReadBack } from '../adapters/sources/support';

/** Cases of the longest test of each kind of file; `npm run test:mutations` takes many more. */
export const CASES = Number(process.env.MUTATIONS ?? 84);

/** A small generator of its own, so that a seed means the same cases everywhere. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below;
  };
}
type Random = (below: number) => number;

const insert = (bytes: Buffer, index: number, piece: Buffer) =>
  Buffer.concat([bytes.subarray(0, index), piece, bytes.subarray(index)]);

export type Mutation = (bytes: Buffer, next: Random) => Buffer;

/** `pieces` are texts that mean something in the kind of file. */
export const mutations = (pieces: readonly string[]): Record<string, Mutation> => ({
  truncate: (bytes, next) => bytes.subarray(0, next(bytes.length)),
  flip: (bytes, next) => {
    const changed = Buffer.from(bytes);
    const index = next(bytes.length);
    changed[index] = (changed[index] as number) ^ (1 << next(8));
    return changed;
  },
  splice: (bytes, next) => {
    const from = next(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + next(200))]);
  },
  repeat: (bytes, next) => {
    const from = next(bytes.length);
    return insert(bytes, from, bytes.subarray(from, from + next(200)));
  },
  insert: (bytes, next) => insert(bytes, next(bytes.length), Buffer.from(pieces[next(pieces.length)] as string)),
  byte: (bytes, next) => insert(bytes, next(bytes.length), Buffer.of(next(256))),
});

/** One to four mutations of a kind, all given by the seed. */
export function damaged(base: Buffer, how: Mutation, seed: number): Buffer {
  const next = random(seed + 1);
  let bytes = base;
  for (let round = 0; round <= seed % 4; round++) bytes = how(bytes, next);
  return bytes;
}

/** What became of an input; any error that is not ours is thrown on. */
export async function outcome(reading: () => Promise<ReadBack>): Promise<ReadBack | DaybreakError> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof DaybreakError && error.kind !== 'Bug' && error.kind !== 'EngineCrashed') return error;
    throw error;
  }
}
