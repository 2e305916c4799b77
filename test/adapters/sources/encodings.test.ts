/** CSV in other encodings: what is text comes through, what is none costs its record, and a wrong declaration is told. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decoded } from '../../../src/adapters/sources/text/encoding';
import { sourceSchema } from '../../../src/domain/definition';
import { type Bench, bench, type CsvSettings, csvIn, csvText, readBack } from './support';

const columns = { id: 'BIGINT', name: 'VARCHAR' };
const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();

const known = (() => {
  const found = sourceSchema.safeParse({ type: 'csv', path: 'x', columns, encoding: 'latin9' }).error?.issues[0];
  return found?.code === 'invalid_value' ? found.values.map(String) : [];
})();

async function decode(bytes: Buffer, encoding: string, chunk = bytes.length || 1): Promise<Buffer> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunk) yield Buffer.from(bytes.subarray(at, at + chunk));
  }
  const pieces: Buffer[] = [];
  for await (const piece of decoded(chunks(), encoding, 'in')) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('text of an encoding', () => {
  // From the tables of the encodings, not from the library that decodes them.
  test.each([
    ['windows-1252', '80 fc 96 85', '€ü–…'],
    ['iso-8859-1', 'fc df d8', 'üßØ'],
    ['iso-8859-15', 'a4 bc', '€Œ'],
    ['iso-8859-2', 'b3 e8', 'łč'],
    ['windows-1250', '9c b3', 'śł'],
    ['windows-1251', 'cf f0 e8', 'При'],
    ['windows-1253', 'e1 e2', 'αβ'],
    ['cp437', '81 e1 9b', 'üß¢'],
    ['cp850', '81 e1 9b', 'üßø'],
    ['cp858', 'd5', '€'],
    ['koi8-r', 'f0 d2 c9', 'При'],
    ['shift_jis', '93 fa 96 7b b1', '日本ｱ'],
    ['euc-jp', 'c6 fc cb dc', '日本'],
    ['gbk', 'd6 d0 80', '中€'],
    ['gb18030', 'd6 d0 94 39 fc 36', '中😀'],
    ['big5', 'a4 a4', '中'],
    ['euc-kr', 'b0 a1', '가'],
    ['utf-16le', '3d d8 00 de fc 00', '😀ü'],
    ['utf-16be', 'd8 3d de 00 00 fc', '😀ü'],
  ])('%s %s', async (encoding, bytes, text) => {
    expect(String(await decode(Buffer.from(bytes.replaceAll(' ', ''), 'hex'), encoding))).toBe(text);
  });

  test('each that can be declared is known, and has ASCII', async () => {
    expect(known.length).toBeGreaterThan(30);
    const text = csvText([Object.keys(columns), ['1', '~}|{`^]\\[@']]);
    for (const encoding of known.filter((name) => !name.startsWith('utf-16')))
      expect([encoding, String(await decode(Buffer.from(text), encoding))]).toEqual([encoding, text]);
  });

  test('is the same wherever the chunks end', async () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    for (const encoding of ['utf-16le', 'utf-16be', 'shift_jis', 'gb18030', 'euc-jp', 'big5', 'windows-1252']) {
      await fc.assert(
        fc.asyncProperty(bytes, fc.integer({ min: 1, max: 5 }), async (raw, chunk) => {
          // A mark of another encoding would be refused.
          fc.pre(raw[0] !== 0xef && raw[0] !== 0xfe && raw[0] !== 0xff);
          expect(await decode(raw, encoding, chunk)).toEqual(await decode(raw, encoding));
        }),
        { numRuns: 60, seed: 9 },
      );
    }
  });

  test('UTF-16 is what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (text, chunk) => {
          const plain = `a${text}`;
          expect(await decode(Buffer.from(plain, 'utf16le'), 'utf-16le', chunk)).toEqual(Buffer.from(plain));
          expect(await decode(swapped(plain), 'utf-16be', chunk)).toEqual(Buffer.from(plain));
        },
      ),
      { numRuns: 60, seed: 9 },
    );
  });
});

describe('CSV of an encoding', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const open = async (bytes: Buffer, settings: Partial<CsvSettings>) => {
    const path = settings.path ?? 'in.csv';
    await writeFile(join(at.folder, path), bytes);
    return await csvIn(at, { path, columns, ...settings });
  };
  const text = csvText([
    ['id', 'name'],
    ['1', 'Zoë'],
    ['2', 'Łódź, "ß"'],
    ['3', 'two\nlines €'],
  ]);
  const rows = [
    { id: '1', name: 'Zoë' },
    { id: '2', name: 'Łódź, "ß"' },
    { id: '3', name: 'two\nlines €' },
  ];

  test.each([
    ['utf-16le', Buffer.from(text, 'utf16le')],
    ['utf-16le', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf-16be', swapped(`\uFEFF${text}`)],
    ['utf-8', Buffer.from(`\uFEFF${text}`)],
  ])('%s gives its rows', async (encoding, bytes) => {
    const read = await readBack(at, await open(bytes, { encoding }));
    expect(read.bad).toEqual([]);
    expect(read.rows).toEqual(rows);
  });

  test('packed, in parts, and from the middle after a resume', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => [String(index + 1), index % 3 === 0 ? 'Zoë €' : 'plain']);
    const utf8 = csvText([['id', 'name'], ...lines]);
    const windows = Buffer.from(utf8.replaceAll('€', '\x80'), 'latin1');
    const encoding = 'windows-1252';
    const plain = await readBack(at, await open(Buffer.from(utf8), { part: '10KB', key: ['id'] }));
    expect(plain.parts.length).toBeGreaterThan(3);
    const ranges = (parts: typeof plain.parts) => parts.map(({ from, to, records }) => [from, to, records]);
    for (const [path, bytes] of [
      ['in.csv', windows],
      ['in.csv.gz', gzipSync(windows)],
    ] as const) {
      const read = await readBack(at, await open(bytes, { path, encoding, part: '10KB', key: ['id'] }));
      expect(ranges(read.parts)).toEqual(ranges(plain.parts));
      expect(read.rows).toEqual(plain.rows);
      expect(read.made).toEqual(plain.made);
      const source = await csvIn(at, { path, columns, encoding, part: '10KB' });
      for (const index of [2, 3, 1]) {
        const part = read.parts[index];
        if (part === undefined) throw new Error('too few parts');
        const scratch = join(at.folder, 'resumed');
        const target = { data: join(scratch, 'data.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
        expect((await source.read(part, target)).rows).toBe(part.records);
        expect((await at.rows(target.data))[0]?.id).toBe(String(part.firstRecord));
      }
    }
  });

  test.each<[string, Buffer, string]>([
    ['windows-1252', Buffer.from('id,name\n1,a\n2,caf\x81 \xe9\n3,b\n', 'latin1'), '2,caf\\xff é'],
    ['iso-8859-1', Buffer.from('id,name\n1,a\n2,\x80 5\n3,b\n', 'latin1'), '2,\\xff 5'],
    ['shift_jis', Buffer.from('id,name\n1,a\n2,\x93,\n3,b\n', 'latin1'), '2,\\xff,'],
    ['utf-16le', Buffer.from('id,name\n1,a\n2,\ud800x\n3,b\n', 'utf16le'), '2,\\xffx'],
    ['utf-16be', swapped('id,name\n1,a\n2,x\udc00\n3,b\n'), '2,x\\xff'],
  ])('bytes that are no %s cost their record', async (encoding, bytes, raw) => {
    const read = await readBack(at, await open(bytes, { encoding }));
    expect(read.rows).toEqual([
      { id: '1', name: 'a' },
      { id: '3', name: 'b' },
    ]);
    expect(read.bad).toEqual([{ file: 'in.csv', record: '2', reason: `the text is not ${encoding}`, raw }]);
  });

  test('a file that ends within a character is told', async () => {
    const cut = Buffer.from('id,name\n1,a\n2,b', 'utf16le').subarray(0, -1);
    const { bad } = await readBack(at, await open(cut, { encoding: 'utf-16le' }));
    expect(bad).toEqual([{ file: 'in.csv', record: '2', reason: 'the text is not utf-16le', raw: '2,\\xff' }]);
  });

  test.each<[string, string, Buffer, string]>([
    ['utf-8', 'UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'declare `encoding: utf-16le` in pipeline.yaml'],
    ['utf-8', 'UTF-16', swapped(`\uFEFF${text}`), 'declare `encoding: utf-16be` in pipeline.yaml'],
    [
      'windows-1252',
      'UTF-8',
      Buffer.from(`\uFEFF${text}`),
      'in.csv:1: the file begins with the byte order mark of utf-8, not with windows-1252',
    ],
    ['utf-16be', 'UTF-16LE', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'declare `encoding: utf-16le`'],
    ['utf-16le', 'UTF-8', Buffer.from(text), 'or change `columns` or `encoding` (utf-16le)'],
    ['windows-1252', 'UTF-16 without mark', Buffer.from(text, 'utf16le'), 'the header cannot be read: a NUL byte'],
    ['cp850', 'a header of another', Buffer.from('id,n\xe4me\n', 'latin1'), 'unexpected column "nõme"'],
    [
      'euc-jp',
      'a header of another',
      Buffer.from('id,n\xe4me\n', 'latin1'),
      'the header cannot be read: the text is not euc-jp',
    ],
  ])('declared as %s, %s is refused', async (encoding, _, bytes, words) => {
    const failure = (await open(bytes, { encoding })).plan();
    await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
    await expect(failure).rejects.toThrow(words);
  });
});
