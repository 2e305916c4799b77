import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, bench, csvIn, csvText, jsonIn, jsonText, readBack } from '../adapters/sources/support';
import { corpus } from './corpora';

const folder = corpus('naughty-strings') ?? '';
(folder === '' ? describe.skip : describe)('naughty strings', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const strings = () => JSON.parse(readFileSync(join(folder ?? '', 'blns.json'), 'utf8')) as string[];
  /** Texts travel as hexadecimal digits, so that nothing on the way back can change them. */
  const readHex = async (text: string, type: 'csv' | 'ndjson' | 'json' = 'csv') => {
    await writeFile(join(at.folder, 'in'), text);
    const settings = { path: 'in', columns: { n: 'INTEGER', text: 'VARCHAR' } };
    const mapping = 'SELECT n, hex(text) AS text FROM source';
    const source = await (type === 'csv' ? csvIn(at, settings, mapping) : jsonIn(at, { type, ...settings }, mapping));
    const { rows, bad } = await readBack(at, source);
    const sorted = rows.sort((left, right) => Number(left.n) - Number(right.n));
    return { texts: sorted.map((row) => Buffer.from(String(row.text), 'hex').toString('utf8')), bad };
  };

  test.each(['', '\nx,spoiled\n'])('come through a CSV unchanged, followed by %j', async (extra) => {
    const naughty = strings();
    expect(naughty.length).toBeGreaterThan(500);
    const text = csvText([['n', 'text'], ...naughty.map((string, index) => [String(index), string])]);
    const { texts, bad } = await readHex(text + extra);
    expect(texts).toEqual(naughty);
    expect(bad).toHaveLength(extra === '' ? 0 : 1);
  });

  test.each([
    ['ndjson', false],
    ['ndjson', true],
    ['json', false],
    ['json', true],
  ] as const)('come through %s unchanged (with a bad record: %s)', async (type, spoiled) => {
    const naughty = strings();
    const rows = naughty.map((text, n) => JSON.stringify({ n, text }));
    const { texts, bad } = await readHex(jsonText(type, spoiled ? [...rows, '{"n":"x"}'] : rows), type);
    expect(texts).toEqual(naughty);
    expect(bad).toHaveLength(spoiled ? 1 : 0);
  });

  test('are no numbers, days or times that nobody meant', async () => {
    const naughty = strings().filter((string) => string !== '');
    const types = ['BIGINT', 'DECIMAL(18,4)', 'DOUBLE', 'BOOLEAN', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ'];
    const taken: Record<string, string[]> = {};
    for (const type of types) {
      await writeFile(join(at.folder, 'in.csv'), csvText([['n', 'v'], ...naughty.map((text, n) => [String(n), text])]));
      const { rows } = await readBack(at, await csvIn(at, { path: 'in.csv', columns: { n: 'INTEGER', v: type } }));
      taken[type] = rows.map((row) => naughty[Number(row.n)] ?? '').sort();
    }
    expect(taken.DATE).toEqual([]);
    expect(taken.TIMESTAMP).toEqual([]);
    expect(taken.TIMESTAMPTZ).toEqual([]);
    expect(taken.BOOLEAN?.every((text) => /^(true|false|TRUE|FALSE|True|False|t|f|T|F|1|0)$/.test(text))).toBe(true);
    expect(taken.BIGINT?.every((text) => /^[+-]?\d+$/.test(text))).toBe(true);
    expect(taken['DECIMAL(18,4)']?.every((text) => /^[+-]?(\d+\.?\d{0,4}|\.\d{1,4})$/.test(text))).toBe(true);
    expect(taken.DOUBLE?.every((text) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text))).toBe(true);
  });
});
