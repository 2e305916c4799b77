/** Public corpora of bad input, through a worker: they lie beside the project and are not part of it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeTemporaryFolders } from '../dev/temporary';
import { rowsOf, type TextRow } from '../support/content';
import { startServer, type TestServer } from '../support/server';
import { withSite } from '../support/site';
import { folderOf } from './folders';

// A busy machine takes its time, also to start a server.
jest.setTimeout(150_000);

const CORPORA = join(__dirname, '..', '..', '..', 'shared', 'data', 'bad-input');
const CSV = join(CORPORA, 'csv-spectrum', 'csvs');
const STRINGS = join(CORPORA, 'naughty-strings', 'blns.json');
const DAMAGED = join(CORPORA, 'parquet-testing', 'bad_data', 'PARQUET-1481.parquet');
const whereCorporaAre = [CSV, STRINGS, DAMAGED].every((path) => existsSync(path)) ? describe : describe.skip;

/** What a corpus says that a file of it means; its telephone number is another one than the file has. */
function meant(name: string): TextRow[] {
  const parsed = JSON.parse(readFileSync(join(CSV, '..', 'json', `${name}.json`), 'utf8')) as TextRow | TextRow[];
  const rows = Array.isArray(parsed) ? parsed : [parsed];
  const corrected: TextRow = name === 'location_coordinates' ? { 'Contact Phone Number': '2095257564' } : {};
  return rows.map((row) => ({ ...row, ...corrected }));
}

const sorted = (rows: readonly TextRow[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
const csv = (value: string) => `"${value.replaceAll('"', '""')}"`;

whereCorporaAre('public corpora of bad input', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop();
    await removeTemporaryFolders();
  });

  test('every file comes through a run with its exact rows, and a damaged one stops its own run', async () => {
    const names = readdirSync(CSV).map((name) => name.replace(/\.csv$/, ''));
    expect(names.length).toBeGreaterThan(10);
    const strings = JSON.parse(readFileSync(STRINGS, 'utf8')) as string[];
    const sourceOf = (name: string) => {
      const columns = Object.keys(meant(name)[0] ?? {}).map((column) => `${JSON.stringify(column)}: VARCHAR`);
      return `  ${name}: {type: csv, path: "csvs/${name}.csv", columns: {${columns.join(', ')}}}\n`;
    };
    const pipeline = folderOf({
      'pipeline.yaml': `name: corpora
zone: UTC
sources:
${names.map(sourceOf).join('')}  naughty: {type: csv, path: naughty.csv, columns: {n: INTEGER, text: VARCHAR}, max_quarantined: 0.01}
`,
      // As hexadecimal digits, so that nothing on the way back can change them.
      'models/all_naughty.sql': '-- publish: true\nSELECT n, hex(text) AS text FROM naughty\n',
      ...Object.fromEntries(names.map((name) => [`models/all_${name}.sql`, `-- publish: true\nFROM ${name}\n`])),
      'naughty.csv': `n,text\n${strings.map((text, n) => `${n},${csv(text)}\n`).join('')}no number,spoiled\n`,
    });
    cpSync(CSV, join(pipeline, 'csvs'), { recursive: true });
    const damaged = folderOf({
      'pipeline.yaml':
        'name: damaged\nzone: UTC\nsources:\n  bad: {type: parquet, path: "bad/*.parquet", columns: {x: INTEGER}}\n',
      'models/all_bad.sql': '-- publish: true\nFROM bad\n',
    });
    mkdirSync(join(damaged, 'bad'));
    writeFileSync(join(damaged, 'bad', 'one.parquet'), readFileSync(DAMAGED));

    await withSite(server, async (site) => {
      await site.worker();
      const runs = [pipeline, damaged].map(
        async (folder) => await site.client.start({ pipeline: folder, to: '2026-03-01' }),
      );
      const [good, bad] = await Promise.all(runs.map(async (run) => await site.client.result(await run)));
      expect(bad).toMatchObject({ outcome: 'failed', live: null, failure: { kind: 'NotAsDeclared' } });
      expect(bad?.failure?.message).toContain('one.parquet');
      expect(good).toMatchObject({ outcome: 'published', resumed: { lost: 0, duplicated: 0 } });
      const rows = async (table: string) =>
        await rowsOf(good?.tables.find(({ name }) => name === `all_${table}`)?.uri ?? '');
      for (const name of names) expect([name, sorted(await rows(name))]).toEqual([name, sorted(meant(name))]);
      const naughty = (await rows('naughty')).toSorted((a, b) => Number(a.n) - Number(b.n));
      expect(naughty.map(({ text }) => Buffer.from(text ?? '', 'hex').toString('utf8'))).toEqual(strings);
      expect(good?.sources.find(({ name }) => name === 'naughty')).toMatchObject({
        rows: strings.length,
        quarantined: 1,
      });
    });
  });
});
