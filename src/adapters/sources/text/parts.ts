/** Cutting a file of text into parts of whole records. */
import { DaybreakError } from '../../../domain/failure';
import type { PartPlan } from '../../source';
import { markedEncoding } from './encoding';

export interface TextFile {
  readonly file: string;
  /** The file as messages name it. */
  readonly shown: string;
  readonly size: number;
  readonly mtimeNs: string;
}

export interface PartBuilder {
  /** The first record begins at this byte of the text. */
  begin(at: number): void;
  /** So does the next one. */
  record(at: number): void;
  /** The text ends here. */
  end(at: number): PartPlan[];
}

/** A part is closed by the first record that begins behind so many bytes. */
export function partBuilder({ file, size, mtimeNs }: TextFile, partBytes: number): PartBuilder {
  const parts: PartPlan[] = [];
  let from = 0;
  let first = 1;
  let record = 1;
  const close = (to: number) => {
    if (record === first) return;
    parts.push({ file, size, mtimeNs, from, to, firstRecord: first, records: record - first, bytes: to - from });
    from = to;
    first = record;
  };
  return {
    begin(at) {
      from = at;
    },
    record(at) {
      if (at - from >= partBytes) close(at);
      record += 1;
    },
    end(at) {
      close(at);
      return parts;
    },
  };
}

const MARK_BYTES = 3;

/** The text behind a byte order mark of UTF-8, whose bytes `onMark` hears. Text with another mark is refused. */
export async function* unmarked(
  chunks: AsyncIterable<Buffer>,
  { shown }: TextFile,
  next: (encoding: string) => string,
  onMark: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let beginning: Buffer | undefined = Buffer.alloc(0);
  const begin = (bytes: Buffer): Buffer => {
    beginning = undefined;
    const encoding = markedEncoding(bytes);
    if (encoding === undefined) return bytes;
    if (encoding !== 'utf-8') {
      const what = `the text is ${encoding.toUpperCase().slice(0, 6)}, not UTF-8`;
      throw new DaybreakError('NotAsDeclared', { where: `${shown}:1`, what, expected: 'UTF-8', next: next(encoding) });
    }
    onMark(MARK_BYTES);
    return bytes.subarray(MARK_BYTES);
  };
  for await (const chunk of chunks) {
    if (beginning === undefined) yield chunk;
    else if (beginning.length + chunk.length >= MARK_BYTES) yield begin(Buffer.concat([beginning, chunk]));
    else beginning = Buffer.concat([beginning, chunk]);
  }
  if (beginning !== undefined) yield begin(beginning);
}
