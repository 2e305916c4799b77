import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../../src/adapters/source';
import { emptySelect, parquetSource, sourceFolders } from '../../../src/adapters/sources';
import { fits } from '../../../src/adapters/sources/columns';
import { type ParquetSourceDefinition, sourceSchema } from '../../../src/domain/definition';
import { literal } from '../../../src/domain/sql';
import { type ContractRow, sourceContract } from '../../contracts/source';
import { type Bench, bench, readBack } from './support';

const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)' };

const definitionOf = (settings: Record<string, unknown>): ParquetSourceDefinition => {
  const parsed = sourceSchema.parse({ type: 'parquet', path: 'in.parquet', columns, ...settings });
  if (parsed.type !== 'parquet') throw new Error('not Parquet');
  return parsed;
};

async function sourceIn(at: Bench, settings: Record<string, unknown>): Promise<Source> {
  return parquetSource({
    name: 'orders',
    definition: definitionOf(settings),
    folder: at.folder,
    session: await at.session(),
  });
}

const value = (text: string | null) => (text === null ? 'NULL' : literal(text));
const copy = (rows: readonly ContractRow[], file: string) => {
  const values = rows.map((row) => `(${row.id}, ${value(row.name)}, ${row.amount})`).join(', ') || '(0, NULL, 0)';
  return `COPY (SELECT id::BIGINT AS id, name::VARCHAR AS name, amount::DECIMAL(12,2) AS amount
    FROM (VALUES ${values}) AS t(id, name, amount) WHERE id > 0)
    TO ${literal(file)} (FORMAT parquet, ROW_GROUP_SIZE 4096)`;
};

sourceContract('Parquet', async () => {
  const at = await bench();
  const session = await at.session();
  return {
    folder: at.folder,
    extension: 'parquet',
    write: async (file, rows) => void (await at.query(copy(rows, file))),
    source: ({ mapping, ...settings }) =>
      parquetSource({
        name: 'orders',
        definition: definitionOf({ path: 'in/orders.parquet', ...settings, ...(settings.part ? { part: '1KB' } : {}) }),
        folder: at.folder,
        session,
        ...(mapping === undefined ? {} : { mapping }),
      }),
    rows: at.rows,
    close: at.close,
  };
});

describe('Parquet sources', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const write = async (select: string) =>
    await at.query(`COPY (${select}) TO ${literal(join(at.folder, 'in.parquet'))} (FORMAT parquet)`);

  test('compares names and types', async () => {
    await write("SELECT 1::BIGINT AS id, 'x' AS nmae, 1.5::DOUBLE AS amount, 1 AS more");
    const failure = (await sourceIn(at, {})).plan();
    await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
    await expect(failure).rejects.toThrow(
      'in.parquet: unexpected column "nmae" (did you mean "name"?), unexpected column "more", column "amount" is DOUBLE, not DECIMAL(12,2)',
    );
  });

  test('takes columns in any order, and narrower types without loss', async () => {
    await write("SELECT 1.5::DECIMAL(4,1) AS amount, 'x' AS name, 7::USMALLINT AS id");
    const read = await readBack(at, await sourceIn(at, {}));
    expect(read.rows).toEqual([{ id: '7', name: 'x', amount: '1.50' }]);
    expect(read.made[0]?.schema.map(({ type }) => type)).toEqual(['BIGINT', 'VARCHAR', 'DECIMAL(12,2)']);
  });

  test.each([
    ['BIGINT', 'BIGINT', true],
    ['INTEGER', 'BIGINT', true],
    ['UBIGINT', 'BIGINT', false],
    ['BIGINT', 'INTEGER', false],
    ['FLOAT', 'DOUBLE', false],
    ['FLOAT', 'FLOAT', true],
    ['INTEGER', 'DOUBLE', false],
    ['DECIMAL(18,4)', 'DECIMAL(18, 4)', true],
    ['DECIMAL(10,2)', 'DECIMAL(18,4)', true],
    ['DECIMAL(18,2)', 'DECIMAL(18,4)', false],
    ['DECIMAL(10,5)', 'DECIMAL(18,4)', false],
    ['BIGINT', 'DECIMAL(18,4)', false],
    ['BLOB', 'VARCHAR', false],
    ['TIMESTAMP', 'TIMESTAMPTZ', false],
    ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ', true],
    ['TIMESTAMP_NS', 'TIMESTAMP', true],
  ])('%s as %s: %s', (type, declared, expected) => {
    expect(fits(type, declared)).toBe(expected);
  });

  test('keeps a FLOAT as it is, and says what to do with a list', async () => {
    await write("SELECT 1::BIGINT AS id, 0.1::FLOAT AS x, 'Infinity'::FLOAT AS y, ['a'] AS tags");
    const floats = { id: 'BIGINT', x: 'FLOAT', y: 'FLOAT' };
    await expect((await sourceIn(at, { columns: { ...floats, tags: 'VARCHAR' } })).plan()).rejects.toThrow(
      /column "tags" is VARCHAR\[\], not VARCHAR.*\nnext: deliver lists and structures as JSON text/s,
    );
    await write("SELECT 1::BIGINT AS id, 0.1::FLOAT AS x, 'Infinity'::FLOAT AS y");
    const read = await readBack(at, await sourceIn(at, { columns: floats }));
    expect(read.rows).toEqual([{ id: '1', x: Math.fround(0.1), y: 'Infinity' }]);
    expect(read.made[0]?.schema.map(({ type }) => type)).toEqual(['BIGINT', 'FLOAT', 'FLOAT']);
  });

  test('sets a time aside that is finer than a microsecond', async () => {
    await write(`SELECT i::BIGINT AS id, t::TIMESTAMP_NS AS at FROM (VALUES (1, '2026-01-01 00:00:00.123456'),
      (2, '2026-01-01 00:00:00.123456789'), (3, NULL)) AS v(i, t)`);
    const read = await readBack(at, await sourceIn(at, { columns: { id: 'BIGINT', at: 'TIMESTAMP' } }));
    expect(read.rows).toEqual([
      { id: '1', at: '2026-01-01 00:00:00.123456' },
      { id: '3', at: null },
    ]);
    expect(read.bad).toEqual([
      {
        file: 'in.parquet',
        record: '2',
        reason: 'at: has more than 6 decimals of a second',
        raw: '{"id":2,"at":"2026-01-01 00:00:00.123456789"}',
      },
    ]);
  });

  test('a truncated file is not as declared', async () => {
    await write('SELECT range AS id, NULL::VARCHAR AS name, 1::DECIMAL(12,2) AS amount FROM range(100000)');
    const path = join(at.folder, 'in.parquet');
    const { readFile } = await import('node:fs/promises');
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    await expect((await sourceIn(at, {})).plan()).rejects.toMatchObject({ kind: 'NotAsDeclared' });
  });

  test('the engine may read the folder of the files only', async () => {
    expect(await sourceFolders(definitionOf({ path: 'data/x/*.parquet' }), '/pipelines/p')).toEqual([
      '/pipelines/p/data/x',
    ]);
    expect(await sourceFolders(definitionOf({ path: '/data/**/a.parquet' }), '/pipelines/p')).toEqual(['/data']);
    expect(await sourceFolders(definitionOf({ path: '../data/a.parquet' }), '/pipelines/p')).toEqual([
      '/pipelines/data',
    ]);
  });

  test('an empty table has the columns', async () => {
    const { columns: got, rows } = await (await at.session()).query(emptySelect(definitionOf({})));
    expect(got.map(({ name, type }) => [name, type])).toEqual(Object.entries(columns));
    expect(rows).toEqual([]);
    const mapped = emptySelect(definitionOf({}), 'SELECT id AS order_id FROM source;');
    expect((await (await at.session()).query(mapped)).columns).toEqual([{ name: 'order_id', type: 'BIGINT' }]);
  });
});
