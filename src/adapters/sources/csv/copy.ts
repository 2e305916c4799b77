/** Copies a part of CSV out of its file as it is, with a proof that the engine can be trusted with it. */
import { open } from 'node:fs/promises';
import { type Dialect, LF } from './dialect';
import type { LineBreak, Proof } from './proof';

export interface Slice {
  readonly bytes: number;
  /** The engine can be trusted with it, and this is its line break. */
  readonly proven: LineBreak | undefined;
  readonly quotes: boolean;
  /** Line breaks, also those in quotes; infinite where they were not counted, for want of quotes at the beginning. */
  readonly lines: number;
}

/** Counts line breaks; only wanted where quotes may contain some. */
export function lineBreaks(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) count += 1;
  return count;
}

/** Writes the bytes as they are. */
export async function copySlice(
  chunks: AsyncIterable<Buffer>,
  path: string,
  proof: Proof,
  dialect: Dialect,
  onChunk: (bytes: number) => void,
): Promise<Slice> {
  const file = await open(path, 'w');
  let bytes = 0;
  let lines = 0;
  let quotes = false;
  try {
    let last = LF;
    for await (const chunk of chunks) {
      onChunk(bytes);
      if (chunk.length === 0) continue;
      if (!quotes && chunk.includes(dialect.quote)) {
        quotes = true;
        if (bytes > 0) lines = Number.POSITIVE_INFINITY;
      }
      if (quotes) lines += lineBreaks(chunk);
      proof.push(chunk);
      bytes += chunk.length;
      last = chunk[chunk.length - 1] as number;
      await file.writeFile(chunk);
    }
    if (last !== LF) await file.writeFile(proof.holds() === 'CRLF' ? '\r\n' : '\n');
  } finally {
    await file.close();
  }
  return { bytes, proven: proof.holds(), quotes, lines };
}
