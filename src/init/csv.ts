/** Profiles CSV files: dialect from the beginning, types from every record. */
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { compressionOf, unpackedBytes } from '../adapters/sources/bytes';
import { sourceSchema } from '../domain/definition';
import { sniffCsv, unusable } from './csv-sniff';
import type { Profiler } from './draft';
import { readAll } from './read-all';
import { textColumns } from './text-profile';

/** Bytes of a file that say how it is written. */
const HEAD = 1 << 20;
/** More records that do not fit are no accident: the file is something else than it seems. */
const MOST_QUARANTINED = 0.05;

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** How the file is packed by its first bytes, whatever its name says. */
async function packing(file: string): Promise<'none' | 'gzip' | 'zstd'> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const first = buffer.subarray(0, bytesRead);
    if (first.subarray(0, 2).equals(GZIP)) return 'gzip';
    return first.equals(ZSTD) ? 'zstd' : 'none';
  } finally {
    await handle.close();
  }
}

async function beginning(
  file: string,
  compression: 'none' | 'gzip' | 'zstd',
): Promise<{ bytes: Buffer; whole: boolean }> {
  const { size } = await stat(file);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of unpackedBytes(file, compression, size, file)) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length >= HEAD) return { bytes: Buffer.concat(chunks), whole: false };
  }
  return { bytes: Buffer.concat(chunks), whole: true };
}

/** `0.0031` → `0.004`: with some room, and readable. */
const roomFor = (share: number) =>
  Number((share * 1.2).toPrecision(1)) + Number((10 ** Math.floor(Math.log10(share))).toPrecision(1));

export const csvProfiler: Profiler = {
  matches: (name, head) =>
    /\.(csv|tsv|tab|psv|txt|dat)(\.(gz|zst))?$/i.test(name) && !head.subarray(0, 4).equals(Buffer.from('PAR1')),

  async look(file) {
    const compression = await packing(file);
    const { bytes, whole } = await beginning(file, compression);
    const { settings, columns, guesses } = sniffCsv(bytes, whole, file);
    const named = compressionOf(file, undefined) === compression;
    return { type: 'csv', columns, settings: { ...settings, ...(named ? {} : { compression }) }, guesses };
  },

  async columns(group, bench) {
    const columns = Object.fromEntries(group.columns.map((column) => [column, 'VARCHAR']));
    const definition = sourceSchema.parse({ type: 'csv', path: group.pattern, ...group.settings, columns });
    const read = await readAll(`${group.name}-text`, { name: group.name, definition }, '/', bench);
    const drafts = await textColumns(group.columns, read.rows === 0 ? [] : read.parquet, bench);
    if (read.quarantined === 0) return { ...group, drafts };
    const share = read.quarantined / (read.rows + read.quarantined);
    const [example] = read.examples;
    const seen = `record ${example?.record} of ${basename(example?.file ?? '')}: ${example?.reason}`;
    if (share > MOST_QUARANTINED)
      throw unusable(
        group.pattern,
        `${read.quarantined} of ${read.rows + read.quarantined} records cannot be read, such as ${seen}`,
        'mend the file, or export it again with quotes around texts',
      );
    return {
      ...group,
      drafts,
      settings: { ...group.settings, max_quarantined: Math.min(1, roomFor(share)) },
      guesses: {
        ...group.guesses,
        max_quarantined: `${read.quarantined} of ${read.rows + read.quarantined} records cannot be read, such as ${seen}`,
      },
    };
  },
};
