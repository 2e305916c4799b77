/** A file's bytes, unpacked. A packed file that ends early, goes on behind its end or fails its checksum is refused. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CsvSourceDefinition } from '../../domain/definition';
import { DaybreakError } from '../../domain/failure';
import { unzstd } from './zstd';

export type Compression = NonNullable<CsvSourceDefinition['compression']>;

const CHUNK = 1 << 20;

export function compressionOf(file: string, declared: Compression | undefined): Compression {
  if (declared !== undefined) return declared;
  if (file.endsWith('.gz')) return 'gzip';
  return file.endsWith('.zst') ? 'zstd' : 'none';
}

/**
 * Bytes `[from, to)` of a plain file; fewer when it ends before. With `reuse`, a chunk is overwritten by the next one,
 * which saves the system a fifth of the work.
 */
export async function* plainBytes(
  file: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
  reuse = false,
): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  const kept = reuse ? Buffer.allocUnsafe(CHUNK) : undefined;
  try {
    for (let position = from; position < to; ) {
      const wanted = Math.min(CHUNK, to - position);
      const { buffer, bytesRead } = await handle.read(kept ?? Buffer.allocUnsafe(wanted), 0, wanted, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function* gunzipped(file: string, size: number, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  if (size === 0) throw new Error('the file is empty');
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), unpacked, () => undefined);
  for await (const chunk of unpacked) {
    onRead(unpacked.bytesWritten);
    yield chunk as Buffer;
  }
  if (unpacked.bytesWritten !== size)
    throw new Error(`${size - unpacked.bytesWritten} bytes follow the end of the data`);
}

/** All bytes of a file of this size; `onRead` hears how many of the packed bytes were read. */
export async function* unpackedBytes(
  file: string,
  compression: Compression,
  size: number,
  where: string,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    let done = 0;
    for await (const chunk of plainBytes(file)) {
      done += chunk.length;
      onRead(done);
      yield chunk;
    }
    return;
  }
  try {
    yield* compression === 'gzip' ? gunzipped(file, size, onRead) : unzstd(plainBytes(file), onRead);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw error;
    throw new DaybreakError(
      'NotAsDeclared',
      {
        where,
        what: `the ${compression} data are damaged: ${(error as Error).message}${typeof code === 'string' ? ` (${code})` : ''}`,
        expected: `one complete ${compression} file`,
        next: 'deliver the file again; if it is not compressed, say so with `compression` in pipeline.yaml',
      },
      { cause: error },
    );
  }
}
