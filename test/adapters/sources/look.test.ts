/** A look at files before a run: what a run would find at their beginning, and what was probably meant. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { lookAtSource } from '../../../src/adapters/sources/look';
import { fileSourceSchema, withColumnOrder } from '../../../src/domain/definition';
import { literal } from '../../../src/domain/sql';
import { bench, type Bench } from './support';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(async () => await at.close());

const COLUMNS = { id: 'BIGINT', amount: 'DECIMAL(18,4)', day: 'DATE' };
const HEADER = 'id,amount,day\n';
const good = (count: number) => Array.from({ length: count }, (_, i) => `${i},${i}.5,2026-01-01\n`).join('');

async function look(
  files: Readonly<Record<string, string | Buffer>>,
  declared: Readonly<Record<string, unknown>> = {},
  mapping?: string,
) {
  const data = join(at.folder, 'data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(data, name), content);
  const { columnOrder = [], ...keys } = declared as { readonly columnOrder?: readonly string[] };
  const parsed = fileSourceSchema.parse({ type: 'csv', path: 'data/*.csv', columns: COLUMNS, ...keys });
  const definition = withColumnOrder(parsed, columnOrder);
  const scratch = join(at.folder, 'scratch');
  return await lookAtSource({
    name: 'orders',
    definition,
    folder: at.folder,
    session: await at.session(),
    scratch,
    ...(mapping === undefined ? {} : { mapping }),
  });
}

test('good files: nothing is found, and no more than the beginning is read', async () => {
  const files = { 'a.csv': HEADER + good(30_000), 'b.csv': HEADER + good(3), 'c.csv': HEADER };
  expect(await look(files)).toEqual({ name: 'orders', files: 3, opened: 3, records: 1003, findings: [] });
});

test('columns that are named as numbers keep their order', async () => {
  const declared = { columns: { region: 'VARCHAR', 2024: 'BIGINT', 2023: 'BIGINT' } };
  const more = { ...declared, columnOrder: ['region', '2024', '2023'] };
  expect(await look({ 'a.csv': 'region,2024,2023\nnorth,1,2\n' }, more)).toMatchObject({ records: 1, findings: [] });
});

test('of many files the first and the last are opened', async () => {
  const files = Object.fromEntries(Array.from({ length: 23 }, (_, i) => [`${i + 10}.csv`, HEADER]));
  expect(await look({ ...files, '99.csv': 'x\n' })).toMatchObject({
    files: 24,
    opened: 20,
    findings: [{ file: 'data/99.csv' }],
  });
});

test.each([
  ['a renamed column', 'id,amuont,day\n', 'unexpected column "amuont" (did you mean "amount"?)'],
  [
    'a column of another name',
    'id,total,day\n',
    'column "amount" is missing, and "total" is there, which nobody declared: was it renamed?',
  ],
  ['two columns of other names', 'id,total,at\n', 'unexpected column "total", unexpected column "at", missing column'],
  ['a missing column', 'id,day\n', 'missing column "amount"'],
  ['one column more', 'id,amount,day,note\n', 'unexpected column "note"'],
  ['another order', 'id,day,amount\n', 'the columns are in another order: id, day, amount'],
  ['an empty file', '', 'the file is empty; expected a header with the columns id, amount, day'],
  [
    'a value of another type',
    `${HEADER}1,"12,50",2026-01-01\n`,
    '1 of the first 1 records do not fit, such as record 1: amount: "12,50" is no DECIMAL(18,4)',
  ],
  ['fields too few', `${HEADER}1,2\n`, 'such as record 1: expected 3 fields, got 2'],
  [
    'text of another encoding',
    Buffer.from(`${HEADER}1,2,K\xf6ln\n`, 'latin1'),
    'such as record 1: the text is not UTF-8',
  ],
])('%s', async (_is, content, says) => {
  const { findings } = await look({ 'a.csv': content });
  expect(findings).toEqual([
    { severity: 'error', about: 'columns', file: 'data/a.csv', message: expect.stringContaining(says) },
  ]);
});

test('another delimiter', async () => {
  expect((await look({ 'a.csv': 'id;amount;day\n1;2;2026-01-01\n' })).findings).toEqual([
    {
      severity: 'error',
      about: 'delimiter',
      file: 'data/a.csv',
      message: 'the fields are separated by ";"; declare delimiter: ";"',
    },
  ]);
});

test('what is not there is no mistake, and may be called otherwise', async () => {
  const missing = async (path: string) => (await look({ 'orders-1.csv': HEADER }, { path })).findings;
  expect(await missing('data/ordres-1.csv')).toEqual([
    {
      severity: 'warn',
      about: 'path',
      message: `no file matches ${at.folder}/data/ordres-1.csv; did you mean orders-1.csv? (in ${at.folder}/data)`,
    },
  ]);
  expect(await missing('data/*.parquet')).toMatchObject([
    { message: `no file matches ${at.folder}/data/*.parquet; in ${at.folder}/data there is orders-1.csv` },
  ]);
  expect(await missing('dta/sub/*.csv')).toMatchObject([{ message: expect.stringContaining('did you mean data?') }]);
});

test('an optional source without a file is as declared', async () => {
  expect(await look({}, { optional: true })).toMatchObject({ files: 0, findings: [] });
});

test('bad records that are tolerated only warn', async () => {
  const files = { 'a.csv': `${HEADER}x,1,2026-01-01\n${good(99)}` };
  expect((await look(files, { max_quarantined: 0.01 })).findings).toMatchObject([{ severity: 'warn' }]);
  expect((await look(files, { max_quarantined: 0.009 })).findings).toMatchObject([{ severity: 'error' }]);
});

test('conditions and mappings are applied', async () => {
  const files = { 'a.csv': HEADER + good(2) };
  expect((await look(files, { accept: ['amount > 1'] })).findings).toMatchObject([
    { message: expect.stringContaining('record 1: not accepted: amount > 1') },
  ]);
  const mapping = "SELECT CAST(id || 'x' AS BIGINT) AS id FROM source";
  expect((await look(files, {}, mapping)).findings).toMatchObject([
    { about: 'mapping', message: expect.stringContaining("Could not convert string '0x'") },
  ]);
});

test('a value that the SQL of the declaration cannot convert is told with its record', async () => {
  const names = ['good', '1', '2', 'x', '3', 'y'].map((name, i) => `${i},1.5,2026-01-01,${name}\n`).join('');
  const files = { 'a.csv': `id,amount,day,name\nbad,1.5,2026-01-01,7\n${names.replace('good', '0')}` };
  const more = { columns: { ...COLUMNS, name: 'VARCHAR' }, max_quarantined: 0.5 };
  const record = `the record is ${JSON.stringify('3,1.5,2026-01-01,x')}`;
  expect((await look(files, more, 'SELECT id, name::INTEGER AS n FROM source')).findings).toMatchObject([
    {
      about: 'mapping',
      file: 'data/a.csv',
      message: expect.stringMatching(/^record 5: the mapping of orders fails: .*Could not convert string 'x' to INT32/),
    },
  ]);
  const { findings } = await look(files, { ...more, accept: ['name::INTEGER >= 0'] }, 'SELECT id FROM source');
  expect(findings).toMatchObject([
    { about: 'accept', message: expect.stringMatching(/^record 5: a condition of accept of orders fails: .*'x'/) },
  ]);
  expect(findings[0]?.message).toContain(record);
  await at.query(`COPY (SELECT i AS id, CASE i WHEN 3 THEN 'x' ELSE '5' END AS name FROM range(9) AS t(i))
    TO ${literal(join(at.folder, 'p.parquet'))}`);
  const parquet = { type: 'parquet', path: 'p.parquet', columns: { id: 'BIGINT', name: 'VARCHAR' } };
  expect((await look({}, parquet, 'SELECT id, name::INTEGER AS n FROM source')).findings).toMatchObject([
    { about: 'mapping', message: expect.stringMatching(/^record 4: the mapping .*the record is .*\\"name\\":\\"x/) },
  ]);
});

test('packed and encoded text', async () => {
  expect(await look({ 'a.csv.gz': gzipSync(HEADER + good(5)) }, { path: 'data/*' })).toMatchObject({
    records: 5,
    findings: [],
  });
  const utf16 = Buffer.from(`\ufeff${HEADER}${good(5)}`, 'utf16le');
  expect(await look({ 'a.csv': utf16 }, { encoding: 'utf-16le' })).toMatchObject({ records: 5, findings: [] });
  expect((await look({ 'a.csv': gzipSync(HEADER + good(5)) })).findings).toMatchObject([
    { message: expect.stringContaining('the file is packed: declare `compression: gzip`') },
  ]);
  expect((await look({ 'a.csv': HEADER }, { type: 'parquet' })).findings).toMatchObject([
    { message: 'the file is no Parquet, or not all of it' },
  ]);
  expect((await look({ 'a.csv': 'no gzip' }, { compression: 'gzip' })).findings).toMatchObject([
    { severity: 'error', message: expect.stringContaining('the gzip data are damaged') },
  ]);
});

test('JSON, one object a line or one array', async () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, i) => JSON.stringify({ id: i, amount: 1.5, day: '2026-01-01' }));
  const as = (type: string) => ({ type, path: 'data/*' });
  expect(await look({ a: lines(9000).join('\n') }, as('ndjson'))).toMatchObject({ records: 1000, findings: [] });
  expect(await look({ a: `[${lines(9000).join(',\n')}]` }, as('json'))).toMatchObject({ records: 1000, findings: [] });
  expect((await look({ a: '[{"id":1},' }, as('json'))).findings).toMatchObject([
    { message: expect.stringContaining('malformed') },
  ]);
  expect((await look({ a: '{"idd":1}' }, as('ndjson'))).findings).toMatchObject([
    { message: expect.stringContaining('(did you mean "id"?)') },
  ]);
});

test('Parquet: names and types, and rows that are not accepted', async () => {
  const path = join(at.folder, 'p.parquet');
  const copy = async (select: string) => await at.query(`COPY (${select}) TO ${literal(path)}`);
  const parquet = async (more = {}) => await look({}, { type: 'parquet', path: 'p.parquet', ...more });
  await copy("SELECT i AS id, 1.5::DECIMAL(18,4) AS amount, DATE '2026-01-01' AS day FROM range(5000) AS t(i)");
  expect(await parquet()).toMatchObject({ records: 1000, findings: [] });
  expect((await parquet({ accept: ['id > 0'] })).findings).toMatchObject([
    { message: expect.stringContaining('1 of the first 1000 records do not fit, such as record 1: not accepted') },
  ]);
  await copy("SELECT 1 AS id, 1.5::DOUBLE AS amount, DATE '2026-01-01' AS days");
  expect((await parquet()).findings).toMatchObject([
    { file: 'p.parquet', message: expect.stringContaining('column "amount" is DOUBLE, not DECIMAL(18,4)') },
  ]);
});
