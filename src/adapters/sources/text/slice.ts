/** Records as the engine gets them from us: plain RFC 4180 with LF, whatever the source's own form is. */
import { open } from 'node:fs/promises';
import type { Column } from '../../source';
import { rawText } from '../csv/strict';
import { canonical } from '../csv/values';
import { type Field, pushInPieces, type RecordForm } from './records';

const FLUSH_BYTES = 1 << 20;

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Only texts may contain what needs quotes. */
export const fieldsLine = (fields: readonly Field[], columns: readonly Column[]): string => {
  let line = '';
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index];
    const type = columns[index]?.type ?? 'VARCHAR';
    if (index > 0) line += ',';
    if (typeof field === 'string') line += type === 'VARCHAR' ? quoted(field) : canonical(type, field);
  }
  return `${line}\n`;
};

export interface LineWriter {
  add(line: string): void;
  /** Writes what waits when it is much. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export async function lineWriter(path: string): Promise<LineWriter> {
  const file = await open(path, 'w');
  let waiting: string[] = [];
  let length = 0;
  const write = async () => {
    const text = waiting.join('');
    waiting = [];
    length = 0;
    await file.writeFile(text);
  };
  return {
    add(line) {
      waiting.push(line);
      length += line.length;
    },
    async flush() {
      if (length >= FLUSH_BYTES) await write();
    },
    async close() {
      try {
        await write();
      } finally {
        await file.close();
      }
    },
  };
}

/** Names of the strict slice's own columns, which no declared column has. */
export interface StrictNames {
  readonly record: string;
  readonly problem: string;
  readonly raw: string;
}

export function strictNames(columns: readonly Column[]): StrictNames {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const free = (name: string): string => (taken.has(name) ? free(`_${name}`) : name);
  return { record: free('record'), problem: free('problem'), raw: free('raw') };
}

export interface StrictSlice {
  readonly records: number;
  readonly bad: number;
}

/** Writes `record,problem,raw,<fields>` for each record. */
export async function strictSlice(
  chunks: AsyncIterable<Buffer>,
  path: string,
  firstRecord: number,
  form: RecordForm,
  onChunk: () => void,
): Promise<StrictSlice> {
  const { columns } = form;
  const lines = await lineWriter(path);
  const none = ','.repeat(columns.length - 1);
  let record = firstRecord;
  let bad = 0;
  const records = form.cutter((chunk, from, to, _start, length) => {
    const piece = chunk.subarray(from, to);
    const checked = form.check(piece, length);
    const raw = quoted(rawText(piece, length));
    if ('problem' in checked) {
      bad += 1;
      lines.add(`${record},${quoted(checked.problem)},${raw},${none}\n`);
    } else lines.add(`${record},,${raw},${fieldsLine(checked.fields, columns)}`);
    record += 1;
  });
  try {
    for await (const chunk of chunks) {
      onChunk();
      await pushInPieces(records, chunk, lines.flush);
    }
    records.end();
  } finally {
    await lines.close();
  }
  return { records: record - firstRecord, bad };
}
