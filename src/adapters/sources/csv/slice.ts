/** Copies a part out of its file for the engine: as it is, with a proof, or record by record as the strict reader sees it. */
import { open } from 'node:fs/promises';
import { cutter } from './cutter';
import { type Dialect, LF } from './dialect';
import type { LineBreak, Proof } from './proof';
import { type CsvColumn, checkRecord, rawText } from './strict';
import { canonical } from './values';

const FLUSH_BYTES = 1 << 20;

export interface Slice {
  readonly bytes: number;
  /** The engine can be trusted with it, and this is its line break. */
  readonly proven: LineBreak | undefined;
  readonly quotes: boolean;
  /** Line breaks, also those in quotes; infinite where they were not counted, for want of quotes at the beginning. */
  readonly lines: number;
}

/** Counts line breaks; only wanted where quotes may contain some. */
function lineBreaks(chunk: Buffer): number {
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

/** Names of the strict slice's own columns, which no declared column has. */
export interface StrictNames {
  readonly record: string;
  readonly problem: string;
  readonly raw: string;
}

export function strictNames(columns: readonly CsvColumn[]): StrictNames {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const free = (name: string): string => (taken.has(name) ? free(`_${name}`) : name);
  return { record: free('record'), problem: free('problem'), raw: free('raw') };
}

export interface StrictSlice {
  readonly records: number;
  readonly bad: number;
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Writes `record,problem,raw,<fields>` for each record, in plain RFC 4180 whatever the source's dialect is. */
export async function strictSlice(
  chunks: AsyncIterable<Buffer>,
  path: string,
  firstRecord: number,
  columns: readonly CsvColumn[],
  dialect: Dialect,
  onChunk: () => void,
): Promise<StrictSlice> {
  const file = await open(path, 'w');
  const none = ','.repeat(columns.length - 1);
  let record = firstRecord;
  let bad = 0;
  let waiting: string[] = [];
  let waitingBytes = 0;
  const records = cutter(dialect, (chunk, from, to, _start, length) => {
    const piece = chunk.subarray(from, to);
    const checked = checkRecord(piece, length, columns, dialect);
    const raw = quoted(rawText(piece, length));
    let line: string;
    if ('problem' in checked) {
      bad += 1;
      line = `${record},${quoted(checked.problem)},${raw},${none}\n`;
    } else {
      const fields = checked.fields.map((field, index) =>
        field === null ? '' : quoted(canonical(columns[index]?.type ?? 'VARCHAR', field)),
      );
      line = `${record},,${raw},${fields.join(',')}\n`;
    }
    record += 1;
    waiting.push(line);
    waitingBytes += line.length;
  });
  const flush = async () => {
    const text = waiting.join('');
    waiting = [];
    waitingBytes = 0;
    await file.writeFile(text);
  };
  try {
    for await (const chunk of chunks) {
      onChunk();
      // In small pieces: a line of few bytes becomes one of many.
      for (let at = 0; at < chunk.length; at += 1 << 16) {
        records.push(chunk.subarray(at, at + (1 << 16)));
        if (waitingBytes >= FLUSH_BYTES) await flush();
      }
    }
    records.end();
    await flush();
  } finally {
    await file.close();
  }
  return { records: record - firstRecord, bad };
}
