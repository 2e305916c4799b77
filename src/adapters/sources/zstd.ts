/**
 * Unpacks zstd and proves it complete: the frames are walked by their block headers, so that an early end and bytes
 * behind the end are seen, and each frame's content checksum is compared. (Node has its own zstd only from 22.15 on.)
 */
import { Decompress } from 'fzstd';
import xxhash, { type XXHash } from 'xxhash-wasm';

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
/** A content-size field's bytes, by the two top bits of the descriptor. */
const SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_BYTES = [0, 1, 2, 4];
/** What `zstd --long=27` needs, and as much memory as we give. */
const MAX_WINDOW = 1 << 27;

/** Bytes of history that a frame wants, from what follows its descriptor. */
function windowSize(header: Buffer, single: boolean, dictionary: number, sizeBytes: number): number {
  if (!single) {
    const base = 2 ** (10 + ((header[0] ?? 0) >> 3));
    return base + (base / 8) * ((header[0] ?? 0) & 7);
  }
  if (sizeBytes === 8) return Number(header.readBigUInt64LE(dictionary));
  return header.readUIntLE(dictionary, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}

/** What the walk waits for next. */
type Expecting = 'magic' | 'descriptor' | 'header' | 'block' | 'content' | 'checksum' | 'skip-size' | 'skip';

export async function* unzstd(
  packed: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const { create64 } = await xxhash();
  let expecting = 'magic' as Expecting;
  let missing = 4;
  let small: Buffer = Buffer.alloc(0);
  let last = false;
  let checked = false;
  let single = false;
  let sizeBytes = 0;
  let dictionary = 0;
  let frames = 0;
  let done = 0;
  let out: Buffer[] = [];
  let hash: XXHash<bigint> = create64();
  let frame = new Decompress();

  const begin = () => {
    hash = create64();
    frame = new Decompress((data) => {
      hash.update(data);
      if (data.length > 0) out.push(Buffer.from(data));
    });
  };
  const expect = (next: Expecting, bytes: number) => {
    expecting = next;
    missing = bytes;
    small = Buffer.alloc(0);
  };
  const endFrame = () => {
    frames += 1;
    expect('magic', 4);
  };
  /** The bytes waited for are there. */
  const step = (bytes: Buffer): void => {
    switch (expecting) {
      case 'magic': {
        const magic = bytes.readUInt32LE();
        if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) return expect('skip-size', 4);
        if (magic !== MAGIC) throw new Error(frames === 0 ? 'not zstd data' : 'other bytes follow the end of the data');
        begin();
        frame.push(new Uint8Array(bytes));
        return expect('descriptor', 1);
      }
      case 'descriptor': {
        const descriptor = bytes[0] ?? 0;
        single = (descriptor & 0x20) !== 0;
        checked = (descriptor & 4) !== 0;
        sizeBytes = SIZE_BYTES[descriptor >> 6] || (single ? 1 : 0);
        dictionary = DICTIONARY_BYTES[descriptor & 3] ?? 0;
        frame.push(new Uint8Array(bytes));
        return expect('header', (single ? 0 : 1) + dictionary + sizeBytes);
      }
      case 'header':
        if (windowSize(bytes, single, dictionary, sizeBytes) > MAX_WINDOW) throw new Error('its window is over 128 MB');
        frame.push(new Uint8Array(bytes));
        return expect('block', 3);
      case 'block': {
        const header = bytes.readUIntLE(0, 3);
        last = (header & 1) === 1;
        frame.push(new Uint8Array(bytes));
        return expect('content', ((header >> 1) & 3) === 1 ? 1 : header >> 3);
      }
      case 'content':
        if (!last) return expect('block', 3);
        if (checked) return expect('checksum', 4);
        frame.push(new Uint8Array(0), true);
        return endFrame();
      case 'checksum':
        frame.push(new Uint8Array(bytes), true);
        if (Number(hash.digest() & 0xffffffffn) !== bytes.readUInt32LE()) throw new Error('the checksum is wrong');
        return endFrame();
      case 'skip-size':
        return expect('skip', bytes.readUInt32LE());
      case 'skip':
        return expect('magic', 4);
    }
  };

  for await (const chunk of packed) {
    done += chunk.length;
    onRead(done);
    let at = 0;
    while (at < chunk.length || missing === 0) {
      const piece = chunk.subarray(at, at + missing);
      at += piece.length;
      missing -= piece.length;
      if (expecting === 'content') {
        // fzstd keeps what it is given, so it gets bytes of its own.
        if (piece.length > 0) frame.push(new Uint8Array(piece));
      } else if (expecting !== 'skip') small = small.length === 0 ? piece : Buffer.concat([small, piece]);
      if (missing === 0) step(small);
      // At once: a small chunk may unpack to gigabytes.
      if (out.length > 0) {
        yield* out;
        out = [];
      }
    }
  }
  if (expecting !== 'magic' || small.length > 0 || frames === 0) throw new Error('unexpected end of file');
}
