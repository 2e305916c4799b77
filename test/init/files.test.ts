/** Files of people: each ends in a good declaration, or in an error that says what to do. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DaybreakError } from '../../src/domain/failure';
import { literal } from '../../src/domain/sql';
import { bench, type Bench } from '../adapters/sources/support';
import { removeTemporaryFolders } from '../dev/temporary';
import { folderOf, init, type Made } from './support';

jest.setTimeout(150_000);
afterAll(removeTemporaryFolders);

const repeated = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** Text of a file, and lines that its source's declaration has, up to where they may go on. */
const GOOD: Readonly<Record<string, readonly [content: string | Buffer, ...lines: string[]]>> = {
  'latin.csv': [Buffer.from('id;stadt\n1;Köln\n', 'latin1'), 'delimiter: ";"', 'encoding: windows-1252  # guess: '],
  'utf16.csv': [Buffer.from('\ufeffid,stadt\n1,Köln\n', 'utf16le'), 'encoding: utf-16le'],
  'only_header.csv': ['\ufeffid,name\r\n', '# key: [...]', 'id: VARCHAR    # guess: no value in these files'],
  'ragged.csv': [
    `id,a\n${repeated(100, (i) => `${i},x\n`)}100,x,y\n`,
    'max_quarantined: 0.01  # guess: 1 of 101 records',
  ],
  'odd_names.csv': [
    '"Order ID",select,Größe (cm),客户,"a""b",null,at\n1,a,"2,5",x,y,z,2026-01-01\n',
    '"Order ID": BIGINT',
    '"Größe (cm)": VARCHAR  # guess: written with a decimal comma; DECIMAL(18,4) by the mapping',
    '"客户": VARCHAR',
    '"a\\"b": VARCHAR',
    '"null": VARCHAR',
  ],
  'packed.csv.gz': [gzipSync('id,a\n1,2\n'), 'a: BIGINT'],
  'packed_unnamed.csv': [gzipSync('id,a\n1,2\n'), 'compression: gzip'],
  'late.csv': [`id,n\n${repeated(12_000, (i) => `${i},${i}\n`)}x,1.5\ny,2.5\n`, 'id: VARCHAR', 'n: DECIMAL(18,4)'],
  'events.ndjson': [
    '{"id":1,"ok":true,"tags":["x"],"n":1.5}\n{"id":2,"zip":12345,"n":1e2}\n',
    'type: ndjson',
    'ok: BOOLEAN',
    'tags: VARCHAR     # guess: objects or arrays',
    'n: DECIMAL(18,4)',
    'zip: BIGINT',
  ],
  'items.json': [
    '[{"sku":"007","at":"2026-01-01T00:00:00Z"},\n {"sku":"008"}]',
    'type: json',
    'sku: VARCHAR',
    'at: TIMESTAMPTZ',
  ],
  '2024 sales.csv': ['id\n1\n', 'path: "../2024 sales.csv"  # seen from this folder'],
  'source.csv': ['id\n1\n', 'id: BIGINT  # 1'],
};
const NAMES: Readonly<Record<string, string>> = { '2024 sales.csv': 'table_2024_sales', 'source.csv': 'source_rows' };

describe('all at once', () => {
  let made: Made;
  beforeAll(async () => {
    const contents = Object.fromEntries(Object.entries(GOOD).map(([file, [content]]) => [file, content]));
    made = await init(folderOf(contents), ['.']);
  });

  test.each(Object.entries(GOOD))('%s', (file, [, ...expected]) => {
    const name = NAMES[file] ?? file.replace(/\..*/, '');
    for (const line of expected) expect(made.lines(name)).toContainEqual(expect.stringContaining(line));
  });

  test('nothing but the ragged record would be set aside', () => {
    const set = made.sources.filter(({ quarantined }) => quarantined > 0);
    expect(set).toMatchObject([{ name: 'ragged', rows: 100, quarantined: 1 }]);
  });

  test('what is a guess is marked so, and counted', () => {
    expect(made.guesses).toBe(made.yaml.match(/# guess:/g)?.length);
    expect(made.yaml).toMatch(/^zone: \S+ +# guess: the zone of this machine/m);
  });

  test('every source is in a published model', () => {
    const texts = made.models.map((model) => made.text(`models/${model}.sql`));
    for (const text of texts) expect(text).toMatch(/^-- publish: true\n/);
    for (const { name } of made.sources) expect(texts.join('\n')).toMatch(new RegExp(`^FROM ${name}$`, 'm'));
  });
});

describe('a small shop', () => {
  const day = (index: number) => new Date(Date.UTC(2026, 9, 1, 0, 80 * index)).toISOString();
  const order = (i: number) =>
    `${i + 1},${(i % 40) + 1},${day(i)},${['paid', 'shipped'][i % 2]},${(i % 97) + 0.25},${i % 3 === 0 ? '' : 'USD'}\n`;
  const head = 'order_id,customer_id,ordered_at,status,amount,currency\n';
  let made: Made;
  beforeAll(async () => {
    const base = folderOf({
      'data/orders-2026-10.csv': head + repeated(500, order),
      'data/orders-2026-11.csv': head + repeated(500, (i) => order(i + 500)),
      'data/customers.csv': `id,name,since\n${repeated(41, (i) => `${i + 1},Name ${i},2020-01-0${(i % 9) + 1}\n`)}`,
      'data/lines.csv': `order_id,line_no,units\n${repeated(900, (i) => `${Math.floor(i / 2) + 553},${(i % 2) + 1},${i % 5}\n`)}`,
    });
    made = await init(base, ['data'], { now: new Date('2026-11-26T12:00:00Z') });
  });

  test('files of one shape are one source, by a glob', () => {
    expect(made.sources).toMatchObject([
      { name: 'customers', path: '../data/customers.csv', files: 1, rows: 41 },
      { name: 'lines', files: 1, rows: 900 },
      { name: 'orders', path: '../data/orders-*.csv', files: 2, rows: 1000 },
    ]);
  });

  test('keys, of one column or two', () => {
    expect(made.sources.map(({ key }) => key)).toEqual([['id'], ['order_id', 'line_no'], ['order_id']]);
  });

  test('checks hold for these data, and warn where they may be an accident', () => {
    const { checks } = made.declared.sources.orders as { checks: unknown[] };
    expect(checks).toEqual([
      { type: 'row_count', min: 1 },
      { type: 'not_null', columns: ['order_id'] },
      { type: 'unique', columns: ['order_id'] },
      { type: 'not_null', columns: ['customer_id', 'ordered_at', 'status', 'amount'], severity: 'warn' },
      { type: 'references', columns: ['customer_id'], to: 'customers', to_columns: ['id'], severity: 'warn' },
      { type: 'accepted_values', column: 'status', values: ['paid', 'shipped'], severity: 'warn' },
      { type: 'range', column: 'amount', min: 0, severity: 'warn' },
      { type: 'accepted_values', column: 'currency', values: ['USD'], severity: 'warn' },
      { type: 'freshness', column: 'ordered_at', max_age: '2d', severity: 'warn' },
    ]);
  });

  test('a reference that some rows miss says how many', () => {
    expect(made.lines('lines')).toContainEqual(expect.stringMatching(/^# guess: \d+ of 900 values are not there$/));
    const { checks } = made.declared.sources.lines as { checks: { type: string; max_share?: number }[] };
    expect(checks.find(({ type }) => type === 'references')?.max_share).toBeGreaterThan(0);
  });

  test('the currency is that of the rows', () => {
    expect(made.yaml).toMatch(/^currency: USD +# guess: the only one in orders\.currency$/m);
  });

  test('models by day, and of what belongs together', () => {
    expect(made.models).toEqual([
      'customers_by_day',
      'lines_rows',
      'orders_by_day',
      'lines_by_order',
      'orders_by_customer',
    ]);
    expect(made.text('models/orders_by_customer.sql')).toContain(
      'LEFT JOIN orders AS many ON many.customer_id = one.id',
    );
  });
});

describe('Parquet', () => {
  const select = (more: string) =>
    `SELECT i AS id, (i % 3)::TINYINT AS small, 1.5::DOUBLE AS weight, 2.5::DECIMAL(9,2) AS amount,
      TIMESTAMPTZ '2026-11-01 10:00:00Z' + to_hours(i) AS at, ${more} FROM range(40) AS t(i)`;
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());
  const write = async (name: string, sql: string) => {
    await at.query(`COPY (${sql}) TO ${literal(join(at.folder, name))}`);
    return join(at.folder, name);
  };

  test('types are those of the file, wide enough for more; a file elsewhere has an absolute path', async () => {
    const file = await write('sales.parquet', select("'x' || (i % 2) AS kind, '2026-11-01' AS day"));
    const made = await init(folderOf({}), [file]);
    expect(made.sources).toMatchObject([{ name: 'sales', path: file, rows: 40, key: ['id'] }]);
    expect(made.declared.sources.sales).toMatchObject({
      type: 'parquet',
      columns: {
        id: 'BIGINT',
        small: 'BIGINT',
        weight: 'DOUBLE',
        amount: 'DECIMAL(9,2)',
        at: 'TIMESTAMPTZ',
        kind: 'VARCHAR',
        day: 'VARCHAR',
      },
    });
    expect(made.lines('sales')).toContainEqual(
      expect.stringContaining('# guess: a text in the file, though it reads as DATE'),
    );
    expect(made.lines('sales')).toContainEqual(expect.stringContaining('# absolute: the files are elsewhere'));
  });

  test('a type that no source can have is refused', async () => {
    const file = await write('lists.parquet', select('[1] AS tags'));
    const says = /column "tags" is INTEGER\[\], which no source can have\nnext: write the file without the column/;
    await expect(init(folderOf({}), [file])).rejects.toThrow(says);
  });
});

test.each([
  ['an empty file of JSON', 'a.json', ' \n', /a\.json: the file is empty/],
  ['no rows but an array of numbers', 'a.json', '[1]', /its objects have no keys, or there are none/],
  [
    'records of all lengths',
    'a.csv',
    `id,a,b\n${repeated(10, (i) => `${i},x,y\n${i}\n`)}`,
    /10 of 20 records cannot be read, such as record 2 of a\.csv: expected 3 fields, got 1\nnext: mend/,
  ],
  [
    'numbers and texts in one key',
    'a.ndjson',
    '{"a":1}\n{"a":"x"}\n',
    /"a" is number here and text there, and no type takes both\nnext: deliver/,
  ],
  ['another kind of file', 'a.xlsx', 'x', /a\.xlsx: this kind of file is not known; expected CSV/],
  ['a damaged Parquet file', 'a.parquet', 'PAR1xxxx', /a\.parquet: .*\nnext: give an undamaged Parquet file/s],
] as const)('refused: %s', async (_is, file, content, says) => {
  const error: unknown = await init(folderOf({ [file]: content }), [file]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DaybreakError);
  expect((error as DaybreakError).kind).toBe('BadRequest');
  expect((error as DaybreakError).message).toMatch(says);
});

test('what is not there is told with what is', async () => {
  const base = folderOf({ 'orders.csv': 'id\n1\n' });
  await expect(init(base, ['oders.csv'])).rejects.toThrow(
    'oders.csv: there is no such file; expected one of orders.csv',
  );
  await expect(init(base, ['*.parquet'])).rejects.toThrow('there is no such file');
});

test('nothing is overwritten', async () => {
  const base = folderOf({ 'orders.csv': 'id\n1\n', 'shop/mine.txt': 'x' });
  const says = /shop: there is something in the folder already: mine\.txt; expected an empty folder/;
  await expect(init(base, ['orders.csv'])).rejects.toThrow(says);
});
