/**
 * Text of a declared encoding as UTF-8. Bytes that are no text become a byte that UTF-8 never has, so that the strict
 * reader sets exactly their records aside; nothing becomes U+FFFD on the way. (iconv-lite, because the TextDecoder of
 * some releases of Node gives control characters for the euro sign of windows-1252.)
 */
import { getDecoder } from 'iconv-lite';
import { DaybreakError } from '../../../domain/failure';

const MARKS: Record<string, Buffer> = {
  'utf-8': Buffer.from([0xef, 0xbb, 0xbf]),
  'utf-16le': Buffer.from([0xff, 0xfe]),
  'utf-16be': Buffer.from([0xfe, 0xff]),
};
const NO_TEXT = Buffer.of(0xff);

/** The encoding that a byte order mark tells. */
export const markedEncoding = (bytes: Buffer): string | undefined =>
  Object.keys(MARKS).find((name) => MARKS[name]?.equals(bytes.subarray(0, MARKS[name].length)));

interface Decoder {
  write(chunk: Buffer): string;
  /** What is left: a character that is not complete. */
  end(): string;
}

/** Code units; what is wrong in UTF-16 stays half a pair. */
function utf16(bigEndian: boolean): Decoder {
  let rest: Buffer = Buffer.alloc(0);
  return {
    write(chunk) {
      const bytes = Buffer.concat([rest, chunk]);
      let whole = bytes.length & ~1;
      const last = whole === 0 ? 0 : bytes[whole - (bigEndian ? 2 : 1)];
      // The first half of a pair waits for the second.
      if (last !== undefined && last >= 0xd8 && last < 0xdc) whole -= 2;
      rest = Buffer.from(bytes.subarray(whole));
      const units = bytes.subarray(0, whole);
      return (bigEndian ? units.swap16() : units).toString('utf16le');
    },
    end: () => (rest.length === 0 ? '' : '\ud800'),
  };
}

/** Smaller bytes are characters of their own everywhere, never the end of a longer one. */
const ALONE = 0x30;
/** So long a text without any such byte is decoded as it comes. */
const MOST_WAITING = 4 << 20;

/**
 * The library loses the last character of a chunk when the one before ended within a character that is none, so it gets
 * chunks that end where characters do.
 */
function table(encoding: string): Decoder {
  const decoder = getDecoder(encoding);
  let rest: Buffer = Buffer.alloc(0);
  return {
    write(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let whole = bytes.length;
      while (whole > 0 && (bytes[whole - 1] as number) >= ALONE) whole -= 1;
      if (bytes.length - whole > MOST_WAITING) whole = bytes.length;
      rest = Buffer.from(bytes.subarray(whole));
      return decoder.write(bytes.subarray(0, whole));
    },
    end: () => decoder.write(rest) + (decoder.end() ?? ''),
  };
}

/** What decodes to a replacement, to half a pair or, in an encoding of bytes, to a control character of ISO 6429. */
const wrongIn = (encoding: string) => (encoding.startsWith('utf-16') ? /\p{Surrogate}/gu : /[\ufffd\x80-\x9f]/g);

/** `where` is the file as messages name it. */
export async function* decoded(chunks: AsyncIterable<Buffer>, encoding: string, where: string): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') {
    yield* chunks;
    return;
  }
  const decoder = encoding.startsWith('utf-16') ? utf16(encoding === 'utf-16be') : table(encoding);
  const wrong = wrongIn(encoding);
  const encode = (text: string): Buffer => {
    if (text.search(wrong) < 0) return Buffer.from(text, 'utf8');
    return Buffer.concat(
      text.split(wrong).flatMap((piece, index) => [...(index > 0 ? [NO_TEXT] : []), Buffer.from(piece, 'utf8')]),
    );
  };
  let begun = false;
  for await (const chunk of chunks) {
    if (!begun && chunk.length > 0) {
      begun = true;
      const marked = markedEncoding(chunk);
      if (marked !== undefined && marked !== encoding) {
        throw new DaybreakError('NotAsDeclared', {
          where: `${where}:1`,
          what: `the file begins with the byte order mark of ${marked}, not with ${encoding}`,
          expected: `text in ${encoding}`,
          next: `declare \`encoding: ${marked}\` in pipeline.yaml, or deliver the file in ${encoding}`,
        });
      }
    }
    yield encode(decoder.write(chunk));
  }
  yield encode(decoder.end());
}
