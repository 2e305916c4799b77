/** Profiles CSV files: dialect from the beginning, types from every record. */
import { open } from 'node:fs/promises';
import { compressionOf } from '../adapters/sources/bytes';
import { textHead } from '../adapters/sources/head';
import { fileSourceSchema, withColumnOrder } from '../domain/definition';
import { literal } from '../domain/sql';
import { sniffCsv } from './csv-sniff';
import { encodingOf } from './encoding';
import type { Profiler } from './draft';
import { readAll, tolerating } from './read-all';
import { textColumns } from './text-profile';

/** Bytes of a file that say how it is written. */
const HEAD = 1 << 20;
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

export const csvProfiler: Profiler = {
  matches: (name, head) =>
    /\.(csv|tsv|tab|psv|txt|dat)(\.(gz|zst))?$/i.test(name) && !head.subarray(0, 4).equals(Buffer.from('PAR1')),

  async look(file) {
    const compression = await packing(file);
    const { encoding, guess } = await encodingOf(file, compression);
    const { text, whole } = await textHead(file, { compression, encoding }, file, HEAD);
    const { settings, columns, guesses } = sniffCsv(text, whole, file);
    const named = compressionOf(file, undefined) === compression;
    return {
      type: 'csv',
      columns,
      settings: { ...settings, ...(encoding === 'utf-8' ? {} : { encoding }), ...(named ? {} : { compression }) },
      guesses: { ...guesses, ...(guess === undefined ? {} : { encoding: guess }) },
    };
  },

  async columns(group, bench) {
    const columns = Object.fromEntries(group.columns.map((column) => [column, 'VARCHAR']));
    const parsed = fileSourceSchema.parse({ type: 'csv', path: group.pattern, ...group.settings, columns });
    const definition = withColumnOrder(parsed, group.columns);
    const read = await readAll(`${group.name}-text`, { name: group.name, definition }, '/', bench);
    const table = read.rows === 0 ? undefined : `read_parquet([${read.parquet.map(literal).join(', ')}])`;
    const drafts = (await textColumns(group.columns, table, bench)).map(({ draft }) => draft);
    return tolerating({ ...group, drafts }, read);
  },
};
