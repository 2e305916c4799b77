import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, bench, csvIn, jsonIn, readBack } from '../adapters/sources/support';
import { corpus } from './corpora';

/** Rows that each file means; every value of every row is compared with the corpus's own JSON. */
const ROWS: Record<string, number> = {
  comma_in_quotes: 1,
  empty: 2,
  empty_crlf: 2,
  escaped_quotes: 2,
  json: 1,
  location_coordinates: 1,
  newlines: 3,
  newlines_crlf: 3,
  quotes_and_newlines: 2,
  simple: 1,
  simple_crlf: 1,
  utf8: 2,
};

/** The corpus expects another telephone number than its file has. */
const CORRECTED = { location_coordinates: { 'Contact Phone Number': '2095257564' } } as Record<string, object>;

/** Its JSON is no array. */
const ONE_OBJECT = ['location_coordinates'];

const folder = corpus('csv-spectrum') ?? '';
(folder === '' ? describe.skip : describe)('csv-spectrum', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  test('has the files that are listed here', () => {
    const names = readdirSync(join(folder, 'csvs')).map((name) => name.replace(/\.csv$/, ''));
    expect(names.sort()).toEqual(Object.keys(ROWS).sort());
  });

  const twin = (name: string) => readFileSync(join(folder, `json/${name}.json`));
  const meant = (name: string) => {
    const parsed = JSON.parse(twin(name).toString('utf8')) as unknown;
    const rows = (Array.isArray(parsed) ? parsed : [parsed]) as Record<string, string>[];
    const columns = Object.fromEntries(Object.keys(rows[0] ?? {}).map((column) => [column, 'VARCHAR']));
    return { rows, columns };
  };
  const sort = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();

  test.each(Object.entries(ROWS))('%s gives its %i rows', async (name, count) => {
    const { rows, columns } = meant(name);
    await copyFile(join(folder, `csvs/${name}.csv`), join(at.folder, `${name}.csv`));
    const read = await readBack(at, await csvIn(at, { path: `${name}.csv`, columns }));
    expect(read.bad).toEqual([]);
    expect(read.rows).toHaveLength(count);
    expect(sort(read.rows)).toEqual(sort(rows.map((row) => ({ ...row, ...CORRECTED[name] }))));
  });

  test.each(Object.entries(ROWS))('%s as JSON gives its %i rows', async (name, count) => {
    const { rows, columns } = meant(name);
    await writeFile(join(at.folder, 'in.json'), twin(name));
    const reading = readBack(at, await jsonIn(at, { type: 'json', path: 'in.json', columns }));
    if (ONE_OBJECT.includes(name)) {
      await expect(reading).rejects.toThrow('in.json:1:1: not rows: an object where the array should be');
      return;
    }
    const read = await reading;
    expect(read.bad).toEqual([]);
    expect(read.rows).toHaveLength(count);
    expect(sort(read.rows)).toEqual(sort(rows));
  });
});
