/** The line of a file that a record begins in: what people look for in their editor. */
import { stat } from 'node:fs/promises';
import { compressionOf } from '../adapters/sources/bytes';
import { cutter } from '../adapters/sources/csv/cutter';
import { dialectOf } from '../adapters/sources/csv/dialect';
import { arrayCutter, lineCutter } from '../adapters/sources/json/cutter';
import { textBytes } from '../adapters/sources/text/range';
import type { Cutter, OnRecord } from '../adapters/sources/text/records';
import type { FileSourceDefinition } from '../domain/definition';

const LF = 10;
const nothing = () => undefined;

type Text = Exclude<FileSourceDefinition, { type: 'parquet' }>;

function cutterOf(definition: Text, onRecord: OnRecord): Cutter {
  if (definition.type === 'csv') return cutter(dialectOf('', definition), onRecord);
  if (definition.type === 'ndjson') return lineCutter(onRecord);
  return arrayCutter(onRecord, { malformed: nothing, other: nothing });
}

/** Line and record count from 1; undefined for what has no lines. */
export async function lineOf(
  file: string,
  record: number,
  definition: FileSourceDefinition,
): Promise<number | undefined> {
  if (definition.type === 'parquet') return undefined;
  const encoding = definition.type === 'csv' ? definition.encoding : 'utf-8';
  const writing = { compression: compressionOf(file, definition.compression), encoding };
  const { size } = await stat(file);
  let left = record + (definition.type === 'csv' && definition.header ? 1 : 0);
  let found: number | undefined;
  const records = cutterOf(definition, (_bytes, _from, _to, start) => {
    left -= 1;
    if (left === 0) found = start;
  });
  for await (const chunk of textBytes(file, writing, size, file)) {
    records.push(chunk);
    if (found !== undefined) break;
  }
  if (found === undefined) records.end();
  if (found === undefined) return undefined;
  let [line, at] = [1, 0];
  for await (const chunk of textBytes(file, writing, size, file)) {
    const before = chunk.subarray(0, found - at);
    for (let next = before.indexOf(LF); next >= 0; next = before.indexOf(LF, next + 1)) line += 1;
    at += chunk.length;
    if (at >= found) break;
  }
  return line;
}
