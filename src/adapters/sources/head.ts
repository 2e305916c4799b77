/** The beginning of a file of text as a small file of the same kind: UTF-8, not packed, of whole records. */
import type { FileSourceDefinition } from '../../domain/definition';
import { compressionOf } from './bytes';
import { cutter as csvCutter } from './csv/cutter';
import { dialectOf } from './csv/dialect';
import { identity } from './files';
import { arrayCutter, lineCutter } from './json/cutter';
import { textBytes } from './text/range';
import type { Cutter, OnRecord } from './text/records';

export type TextDefinition = Exclude<FileSourceDefinition, { type: 'parquet' }>;

const writingOf = (file: string, definition: TextDefinition) => ({
  compression: compressionOf(file, definition.compression),
  encoding: definition.type === 'csv' ? definition.encoding : 'utf-8',
});

/** The first bytes of a file's text, and whether they are all of it. */
export async function textHead(
  file: string,
  writing: ReturnType<typeof writingOf>,
  where: string,
  most: number,
): Promise<{ text: Buffer; whole: boolean }> {
  const { size } = await identity(file, where);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of textBytes(file, writing, size, where)) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length >= most) return { text: Buffer.concat(chunks).subarray(0, most), whole: false };
  }
  return { text: Buffer.concat(chunks), whole: true };
}

function cutterOf(definition: TextDefinition, onRecord: OnRecord, onFault: () => void): Cutter {
  if (definition.type === 'csv') return csvCutter(dialectOf('', definition), onRecord);
  if (definition.type === 'ndjson') return lineCutter(onRecord);
  return arrayCutter(onRecord, { malformed: onFault, other: onFault });
}

/** Up to so many records, within so many bytes; more only where a single record has more. */
export async function headOf(
  file: string,
  definition: TextDefinition,
  where: string,
  most: { readonly records: number; readonly bytes: number },
): Promise<Buffer> {
  const { text, whole } = await textHead(file, writingOf(file, definition), where, most.bytes);
  const wanted = most.records + (definition.type === 'csv' && definition.header ? 1 : 0);
  let [end, records, faulty] = [0, 0, false];
  const cut = cutterOf(
    definition,
    (_bytes, _from, _to, start, length) => {
      records += 1;
      if (records <= wanted) end = start + length;
    },
    () => {
      faulty = true;
    },
  );
  // A mark would be no JSON.
  const marked = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0;
  cut.push(text.subarray(marked));
  if (whole) cut.end();
  if (faulty || end === 0 || (whole && records <= wanted)) return text;
  const head = text.subarray(0, marked + end);
  return definition.type === 'json' ? Buffer.concat([head, Buffer.from(']')]) : head;
}
