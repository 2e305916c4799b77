/** How a file's text is encoded: UTF-8 is proven on all of it, anything else is a guess. */
import { isAscii, isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { type Compression, unpackedBytes } from '../adapters/sources/bytes';
import { markedEncoding } from '../adapters/sources/text/encoding';

const LF = 10;
/** No line is held for longer. */
const LONGEST = 4 << 20;

/** Where most lines with other letters are no UTF-8, the file is not; where few are, those are damaged. */
export async function encodingOf(
  file: string,
  compression: Compression,
): Promise<{ encoding: string; guess?: string }> {
  const { size } = await stat(file);
  let rest: Buffer = Buffer.alloc(0);
  let marked: string | undefined;
  let first = true;
  let [good, bad] = [0, 0];
  const look = (lines: Buffer) => {
    if (isAscii(lines)) return;
    if (isUtf8(lines)) {
      good += 1;
      return;
    }
    for (let from = 0, to: number; from < lines.length; from = to) {
      to = lines.indexOf(LF, from) + 1 || lines.length;
      const line = lines.subarray(from, to);
      if (isAscii(line)) continue;
      if (isUtf8(line)) good += 1;
      else bad += 1;
    }
  };
  for await (const chunk of unpackedBytes(file, compression, size, file)) {
    const bytes = Buffer.concat([rest, chunk]);
    if (first) marked = markedEncoding(bytes);
    first = false;
    if (marked?.startsWith('utf-16')) break;
    const end = bytes.lastIndexOf(LF) + 1 || (bytes.length > LONGEST ? bytes.length : 0);
    look(bytes.subarray(0, end));
    rest = bytes.subarray(end);
  }
  if (marked !== undefined) return { encoding: marked };
  look(rest);
  if (bad <= good) return { encoding: 'utf-8' };
  return { encoding: 'windows-1252', guess: 'the bytes are no UTF-8; this is usual in western Europe and America' };
}
