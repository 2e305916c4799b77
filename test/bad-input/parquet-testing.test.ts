import { readdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetSource } from '../../src/adapters/sources';
import { sourceSchema } from '../../src/domain/definition';
import { type Bench, bench, readBack } from '../adapters/sources/support';
import { corpus } from './corpora';

/** How each damaged file ends, with the columns that one would declare for it. */
const FILES: Record<string, { columns: Record<string, string>; ends: number | string }> = {
  'ARROW-GH-41317.parquet': { columns: { timestamp_us_no_tz: 'TIMESTAMP' }, ends: 'Geoparquet' },
  'ARROW-GH-41321.parquet': { columns: { value: 'BIGINT' }, ends: 'Geoparquet' },
  // A dictionary of one value needs no bits for its indexes, so this one is sound to most readers.
  'ARROW-GH-43605.parquet': { columns: { min_fl: 'INTEGER' }, ends: 21186 },
  'ARROW-GH-45185.parquet': { columns: { x: 'INTEGER' }, ends: 'column "x" is INTEGER[], not INTEGER' },
  'ARROW-GH-47662.parquet': { columns: { flba_field: 'VARCHAR' }, ends: 'column "flba_field" is BLOB, not VARCHAR' },
  'ARROW-RS-GH-6229-DICTHEADER.parquet': {
    columns: { nation_key: 'INTEGER', name: 'VARCHAR', region_key: 'INTEGER', comment_col: 'VARCHAR' },
    ends: 'column "name" is BLOB, not VARCHAR',
  },
  'ARROW-RS-GH-6229-LEVELS.parquet': { columns: { outer: 'INTEGER' }, ends: 'column "outer" is STRUCT' },
  'PARQUET-1481.parquet': { columns: { x: 'INTEGER' }, ends: 'TProtocolException' },
};

const folder = corpus('parquet-testing/bad_data') ?? '';
(folder === '' ? describe.skip : describe)('parquet-testing', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  test('has the files that are listed here', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
    expect(names.sort()).toEqual(Object.keys(FILES).sort());
  });

  test.each(Object.entries(FILES))('%s', async (name, { columns, ends }) => {
    await copyFile(join(folder, name), join(at.folder, name));
    const session = await at.session();
    // The engine starts with its first query.
    await session.query('SELECT 1');
    const before = at.engine.pid();
    const definition = sourceSchema.parse({ type: 'parquet', path: name, columns });
    if (definition.type !== 'parquet') throw new Error('not Parquet');
    const reading = readBack(at, parquetSource({ name: 'bad', definition, folder: at.folder, session }));
    if (typeof ends === 'number') expect((await reading).rows).toHaveLength(ends);
    else {
      await expect(reading).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      await expect(reading).rejects.toThrow(ends);
    }
    expect(at.engine.pid()).toBe(before);
  });
});
