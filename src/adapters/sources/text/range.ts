/** A file's text as bytes of UTF-8, unpacked and decoded, whole or a stretch of it. */
import { type Compression, plainBytes, unpackedBytes } from '../bytes';
import type { Identity } from '../files';
import { decoded } from './encoding';

/** How long an unpacking that nobody goes on with stays open. */
const IDLE_MS = 60_000;

/** How a file holds its text. */
export interface Writing {
  readonly compression: Compression;
  readonly encoding: string;
}

/** All of a file's text; `onRead` hears how many of the file's own bytes were read. */
export const textBytes = (
  file: string,
  { compression, encoding }: Writing,
  size: number,
  where: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<Buffer> => decoded(unpackedBytes(file, compression, size, where, onRead), encoding, where);

interface Unpacking {
  readonly key: string;
  readonly chunks: AsyncGenerator<Buffer>;
  position: number;
  rest: Buffer;
  idle?: NodeJS.Timeout;
}

export interface RangeReader {
  /** Bytes `[from, to)`; fewer when the file ends before. A chunk is only good until the next one. */
  read(file: string, planned: Identity, writing: Writing, from: number, to: number): AsyncGenerator<Buffer>;
}

/**
 * Plain files of UTF-8 are read where the part is. A packed or decoded one can only be read from its beginning: the
 * reading is kept, so that parts in their order cost one pass; a part before it, as after a resume, begins anew and skips.
 */
export function rangeReader(shown: (file: string) => string): RangeReader {
  let kept: Unpacking | undefined;

  /** Takes the kept unpacking, so that nobody else goes on with it, or begins one. */
  async function take(file: string, planned: Identity, writing: Writing, from: number): Promise<Unpacking> {
    const key = [file, planned.size, planned.mtimeNs].join('|');
    const found = kept;
    kept = undefined;
    clearTimeout(found?.idle);
    if (found?.key === key && found.position <= from) return found;
    await found?.chunks.return(undefined);
    return {
      key,
      chunks: textBytes(file, writing, planned.size, shown(file)),
      position: 0,
      rest: Buffer.alloc(0),
    };
  }

  async function keep(unpacking: Unpacking): Promise<void> {
    if (kept !== undefined) {
      await unpacking.chunks.return(undefined);
      return;
    }
    kept = unpacking;
    unpacking.idle = setTimeout(() => {
      kept = undefined;
      void unpacking.chunks.return(undefined);
    }, IDLE_MS);
    unpacking.idle.unref();
  }

  return {
    async *read(file, planned, writing, from, to) {
      if (writing.compression === 'none' && writing.encoding === 'utf-8') {
        yield* plainBytes(file, from, to, true);
        return;
      }
      const unpacking = await take(file, planned, writing, from);
      let whole = false;
      try {
        while (unpacking.position < to) {
          if (unpacking.rest.length === 0) {
            const next = await unpacking.chunks.next();
            if (next.done === true) return;
            unpacking.rest = next.value;
          }
          const { rest, position } = unpacking;
          const wanted = (position < from ? from : to) - position;
          const piece = rest.subarray(0, wanted);
          unpacking.rest = rest.subarray(piece.length);
          unpacking.position += piece.length;
          // An empty buffer lets the reader stop while bytes are skipped.
          yield position < from ? Buffer.alloc(0) : piece;
        }
        whole = true;
      } finally {
        if (whole) await keep(unpacking);
        else await unpacking.chunks.return(undefined);
      }
    },
  };
}
