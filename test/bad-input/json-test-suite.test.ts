/**
 * JSONTestSuite through the source: `y_` parses, `n_` is malformed, `i_` ends one way or the other, and said exactly.
 * Few of its files are rows, so each is also read as a value within a row.
 */
import { isUtf8 } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, bench, jsonIn, readBack } from '../adapters/sources/support';
import { corpus } from './corpora';

const MARK = Buffer.from('\uFEFF');
const isUtf16 = (name: string) => /UTF-16|utf16/.test(name);

const folder = corpus('json-test-suite/test_parsing') ?? '';
(folder === '' ? describe.skip : describe)('JSONTestSuite', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const names = folder === '' ? [] : readdirSync(folder);
  const bytesOf = (name: string) => readFileSync(join(folder, name));
  const open = async (type: 'json' | 'ndjson', bytes: Buffer) => {
    await writeFile(join(at.folder, 'in'), bytes);
    return await jsonIn(at, { type, path: 'in', columns: { n: 'INTEGER', v: 'VARCHAR' }, undeclared: 'ignore' });
  };
  /** `rows`, or the first words of what is said. */
  const end = async (type: 'json' | 'ndjson', bytes: Buffer): Promise<string> =>
    await (await open(type, bytes)).plan().then(
      () => 'rows',
      (error: { kind?: string; message: string }) => {
        expect(error.kind).toBe('NotAsDeclared');
        expect(error.message).toMatch(/^in:\d+/);
        return /malformed|not rows|UTF-16/.exec(error.message)?.[0] ?? error.message;
      },
    );

  test('has all of its files', () => {
    const count = (letter: string) => names.filter((name) => name.startsWith(`${letter}_`)).length;
    expect([count('y'), count('n'), count('i')]).toEqual([95, 188, 35]);
  });

  test('files end as they should', async () => {
    for (const name of names) {
      const bytes = bytesOf(name);
      const got = await end('json', bytes);
      if (name.startsWith('n_')) expect([name, got]).toEqual([name, 'malformed']);
      else if (isUtf16(name)) expect([name, got]).toEqual([name, name.includes('no_BOM') ? 'malformed' : 'UTF-16']);
      else {
        // An empty array is no rows and no mistake.
        const value = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, '')) as unknown;
        expect([name, got]).toEqual([name, Array.isArray(value) && value.length === 0 ? 'rows' : 'not rows']);
      }
    }
  });

  test('files as values: what parses is a row, what is broken rejects the whole array', async () => {
    const sound: Buffer[] = [];
    for (const name of names.filter((each) => !isUtf16(each))) {
      const bytes = bytesOf(name);
      const value = bytes.subarray(0, 3).equals(MARK) ? bytes.subarray(3) : bytes;
      const got = await end('json', Buffer.concat([Buffer.from('[{"v":'), value, Buffer.from('}]')]));
      expect([name, got]).toEqual([name, name.startsWith('n_') ? 'malformed' : 'rows']);
      if (got === 'rows') sound.push(value);
    }
    expect(sound).toHaveLength(95 + 35 - 3);
    const rows = sound.map((value, n) => Buffer.concat([Buffer.from(`{"n":${n},"v":`), value, Buffer.from('}')]));
    const array = Buffer.concat(
      rows.flatMap((row, n) => [Buffer.from(n === 0 ? '[' : ','), row]).concat(Buffer.from(']')),
    );
    const { rows: taken, bad } = await readBack(at, await open('json', array));
    // Arrays and objects are their own text; texts are what they mean; numbers and words are no texts.
    for (const { n, v } of taken) {
      const text = (sound[Number(n)] as Buffer).toString('utf8').trim();
      const meant = /^[[{]/.test(text) ? text : (JSON.parse(text) as string | null);
      expect(v).toEqual(meant);
    }
    for (const { record, reason } of bad) {
      const value = sound[Number(record) - 1] as Buffer;
      const text = value.toString('utf8').trim();
      expect([text, reason]).toEqual([
        text,
        isUtf8(value)
          ? expect.stringMatching(/^v: (the number \S+|true|false) is no VARCHAR/)
          : 'the text is not UTF-8',
      ]);
    }
    expect(taken.length + bad.length).toBe(sound.length);
    expect(bad.length).toBeLessThan(20);
  });

  test('files of one line are judged alike as lines', async () => {
    const lines = names.filter((name) => !isUtf16(name) && !bytesOf(name).includes(10) && bytesOf(name).length < 4e6);
    const text = Buffer.concat(lines.flatMap((name) => [bytesOf(name), Buffer.from('\n')]).concat(Buffer.from('{}')));
    const { rows, bad, made } = await readBack(at, await open('ndjson', text));
    expect(made.reduce((sum, part) => sum + part.rows + part.quarantined, 0)).toBe(rows.length + bad.length);
    // Two files have nothing but blanks, and so have their lines.
    const full = lines.filter((name) => bytesOf(name).toString('latin1').trim() !== '');
    expect(rows.length + bad.length).toBe(full.length + 1);
    for (const { record, reason } of bad) {
      const name = full[Number(record) - 1] as string;
      const words = name.startsWith('n_') ? /^malformed at byte/ : /^(not a row: |the key .* is there twice$)/;
      if (name.startsWith('n_') && isUtf8(bytesOf(name)))
        expect([name, reason]).toEqual([name, expect.stringMatching(words)]);
      if (name.startsWith('y_')) expect([name, reason]).toEqual([name, expect.stringMatching(words)]);
    }
    expect(rows.length).toBeGreaterThan(5);
  });
});
