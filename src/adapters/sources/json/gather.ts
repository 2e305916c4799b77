/** Records that may begin in one chunk and end in another; only the bytes of one are kept, and few of one too long. */
import { MAX_RECORD } from '../csv/dialect';
import type { OnRecord } from '../text/records';

/** What is kept of a record that is too long to be kept. */
const HEAD = 64 << 10;

export interface Gatherer {
  readonly isOpen: boolean;
  /** A record begins at this index of the chunk. */
  open(index: number): void;
  /** It ends before this index of the chunk. */
  close(chunk: Buffer, index: number): void;
  /** The chunk is used up. */
  next(chunk: Buffer): void;
}

export function gatherer(onRecord: OnRecord): Gatherer {
  /** Offset of the chunk's first byte in everything pushed. */
  let base = 0;
  /** Offset of the open record. */
  let start = -1;
  let kept: Buffer[] = [];
  let keptBytes = 0;

  /** Copies, as the chunk is only good until the next one. */
  const keep = (bytes: Buffer) => {
    const room = keptBytes > MAX_RECORD ? 0 : MAX_RECORD + 1 - keptBytes;
    if (room > 0) kept.push(Buffer.from(bytes.subarray(0, room)));
    keptBytes += Math.min(bytes.length, room);
  };
  return {
    get isOpen() {
      return start >= 0;
    },
    open(index) {
      start = base + index;
    },
    close(chunk, index) {
      const length = base + index - start;
      if (kept.length === 0 && length <= MAX_RECORD) onRecord(chunk, start - base, index, start, length);
      else {
        keep(chunk.subarray(Math.max(0, start - base), index));
        const whole = Buffer.concat(kept);
        onRecord(whole, 0, length > MAX_RECORD ? HEAD : whole.length, start, length);
      }
      start = -1;
      kept = [];
      keptBytes = 0;
    },
    next(chunk) {
      if (start >= 0) keep(chunk.subarray(Math.max(0, start - base)));
      base += chunk.length;
    },
  };
}
