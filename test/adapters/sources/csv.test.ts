import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { csvSource, emptySelect, sourceFolders } from '../../../src/adapters/sources';
import { sourceContract } from '../../contracts/source';
import {
  type Bench,
  bench,
  type CsvSettings,
  csvDefinition,
  csvIn,
  csvText,
  packers,
  type ReadBack,
  readBack,
} from './support';

const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)' };

sourceContract('CSV', async () => {
  const at = await bench();
  const session = await at.session();
  return {
    folder: at.folder,
    extension: 'csv',
    write: async (file, rows) =>
      await writeFile(
        file,
        csvText([['id', 'name', 'amount'], ...rows.map((row) => [String(row.id), row.name, row.amount])]),
      ),
    source: ({ mapping, ...settings }) =>
      csvSource({
        name: 'orders',
        definition: csvDefinition({ path: 'in/orders.csv', columns, ...settings }),
        folder: at.folder,
        session,
        ...(mapping === undefined ? {} : { mapping }),
      }),
    rows: at.rows,
    close: at.close,
  };
});

// A busy machine takes its time.
jest.setTimeout(240_000);

describe('CSV sources', () => {
  let at: Bench;
  let path: string;
  beforeAll(async () => {
    at = await bench();
    path = join(at.folder, 'in.csv');
  });
  afterAll(async () => await at.close());

  const readText = async (text: string | Buffer, settings: Partial<CsvSettings> = {}) => {
    await writeFile(path, text);
    return await readBack(at, await csvIn(at, { path: 'in.csv', columns, ...settings }));
  };
  const planText = async (text: string | Buffer, settings: Partial<CsvSettings> = {}) => {
    await writeFile(path, text);
    return await (await csvIn(at, { path: 'in.csv', columns, ...settings })).plan();
  };
  const header = 'id,name,amount\n';
  const good = { id: '1', name: 'a', amount: '2.00' };

  describe('form', () => {
    test.each<[string, string, Partial<CsvSettings>]>([
      ['LF', 'id,name,amount\n1,a,2\n', {}],
      ['CRLF', 'id,name,amount\r\n1,a,2\r\n', {}],
      ['no line break at the end', 'id,name,amount\n1,a,2', {}],
      ['a byte order mark', '\uFEFFid,name,amount\n1,a,2\n', {}],
      ['blank lines', '\nid,name,amount\n\n\r\n1,a,2\n\n', {}],
      ['quoted everything', '"id","name","amount"\n"1","a","2"\n', {}],
      ['another delimiter', 'id;name;amount\n1;a;2\n', { delimiter: ';' }],
      ['tabs', 'id\tname\tamount\n1\ta\t2\n', { delimiter: '\t' }],
      ['another quote', "id,name,amount\n'1','a','2'\n", { quote: "'" }],
      ['a delimiter that numbers contain', 'id.name.amount\n1.a."2.0"\n', { delimiter: '.' }],
      ['no header', '1,a,2\n', { header: false }],
    ])('reads %s', async (_, text, settings) => {
      const { rows, bad } = await readText(text, settings);
      expect(bad).toEqual([]);
      expect(rows).toEqual([good]);
    });

    test('a quote inside a field that is not quoted is text', async () => {
      const { rows, bad } = await readText(`${header}1,5" nail,1\n2, "a",2\n3,b"",3\n`);
      expect(bad).toEqual([]);
      expect(rows.map((row) => row.name)).toEqual(['5" nail', ' "a"', 'b""']);
    });

    test('an empty field is NULL, a quoted empty one is empty', async () => {
      const { rows } = await readText(`${header}1,,\n2,"",3\n`);
      expect(rows).toEqual([
        { id: '1', name: null, amount: null },
        { id: '2', name: '', amount: '3.00' },
      ]);
    });

    test('with one column, a blank line is a NULL', async () => {
      const { rows } = await readText('name\na\n\n""\n\n', { columns: { name: 'VARCHAR' } });
      expect(rows.map((row) => row.name)).toEqual(['', 'a', null, null]);
    });

    test('an escape of its own', async () => {
      const text = 'id,name,amount\n1,"a\\"b\\\\",2\n2,"a\\nb",2\n3,"a""b",2\n4,"x,\\"\n\\"",2\n';
      const { rows, bad } = await readText(text, { escape: '\\' });
      expect(rows.map((row) => row.name)).toEqual(['a"b\\', 'x,"\n"']);
      expect(bad.map((row) => row.reason)).toEqual([
        'field 2 escapes something else than " or \\',
        'text follows the closing quote of field 2',
      ]);
    });

    test.each([
      ['a comment', '# not a comment'],
      ['the word null', 'NULL'],
      ['a backslash', '\\N'],
      ['blanks', '  x  '],
      ['a formula', '=1+1'],
      ['line breaks', 'a\r\nb\rc\nd'],
      ['a quote', '"'],
      ['quotes and delimiters', '",","'],
      ['a quoted text behind a blank', ' "a"'],
      ['an emoji', '👩‍👩‍👧'],
      ['a surrogate plane', '\u{10FFFD}'],
      ['a line separator', 'a\u2028b'],
    ])('%s is only text', async (_, text) => {
      const settings = { columns: { name: 'VARCHAR', id: 'BIGINT' } };
      const proven = await readText(
        csvText([
          ['name', 'id'],
          [text, '1'],
          ['y', '2'],
        ]),
        settings,
      );
      expect(proven.rows).toHaveLength(2);
      expect(proven.rows).toContainEqual({ name: text, id: '1' });
      const strict = await readText(
        csvText([
          ['name', 'id'],
          [text, '1'],
          ['y', 'no'],
        ]),
        settings,
      );
      expect(strict.rows).toEqual([{ name: text, id: '1' }]);
    });

    test.each(['\uFEFFx\n', '"\uFEFFx"\n'])('a value that begins with U+FEFF keeps it: %j', async (text) => {
      // The engine's JavaScript side drops it, so its bytes are looked at.
      await writeFile(path, `name\n${text}`);
      const source = await csvIn(
        at,
        {
          path: 'in.csv',
          columns: { name: 'VARCHAR' },
        },
        'SELECT hex(name) AS name FROM source',
      );
      expect((await readBack(at, source)).rows).toEqual([{ name: 'EFBBBF78' }]);
    });
  });

  describe('header', () => {
    test.each([
      [
        'Orders export\n\nid,name,amount\n',
        'in.csv:1: the first line is "Orders export", which names no column: does something stand before',
      ],
      ['id;name;amount\n', 'in.csv:1: unexpected column "id;name;amount", missing column "id"'],
      ['id,nmae,amount\n', 'in.csv:1: unexpected column "nmae" (did you mean "name"?); expected a header'],
      ['id,name\n', 'in.csv:1: missing column "amount"'],
      ['id,name,amount,more\n', 'in.csv:1: unexpected column "more"'],
      ['name,id,amount\n', 'in.csv:1: the columns are in another order: name, id, amount'],
      ['id,name,name,amount\n', 'in.csv:1: column "name" is there twice'],
      ['ID,name,amount\n', 'in.csv:1: unexpected column "ID" (did you mean "id"?)'],
      ['1,a,2\n', 'in.csv:1: unexpected column "1"'],
      ['', 'in.csv:1: the file is empty'],
      ['\n', 'in.csv:1: the file is empty'],
      ['"id,name,amount\n', 'in.csv:1: the header cannot be read: the quote that opens field 1'],
    ])('%j is refused', async (text, message) => {
      const failure = planText(text);
      await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      await expect(failure).rejects.toThrow(message);
    });

    test('UTF-16 is named', async () => {
      await expect(planText(Buffer.from(`\uFEFF${header}`, 'utf16le'))).rejects.toThrow(
        'the text is UTF-16, not UTF-8',
      );
    });

    test('alone it makes no part', async () => {
      expect(await planText(header)).toEqual([]);
      expect(await planText('id,name,amount')).toEqual([]);
    });
  });

  describe('quarantine', () => {
    test('keeps file, number, reason and text of each bad record', async () => {
      const text = [
        'id,name,amount',
        '1,a,2.00',
        '2,b,12.345',
        '3,c',
        '4,d,5,6',
        '5,"e"x,7',
        '6,f"g,8',
        '7,h\ri,9',
        '8,"multi\nline",ten',
        '9,\0,1',
        '1e3,j,1',
        '10,k,1',
        '11,"open,1',
        '12,l,1',
      ].join('\n');
      const { rows, bad } = await readText(text);
      expect(rows.map((row) => row.id)).toEqual(['1', '6', '10', '12']);
      expect(rows[1]).toEqual({ id: '6', name: 'f"g', amount: '8.00' });
      expect(bad.map(({ record, reason, raw, file }) => [file, Number(record), reason, raw])).toEqual([
        ['in.csv', 2, 'amount: "12.345" has more than 2 decimals', '2,b,12.345'],
        ['in.csv', 3, 'expected 3 fields, got 2', '3,c'],
        ['in.csv', 4, 'expected 3 fields, got 4', '4,d,5,6'],
        ['in.csv', 5, 'text follows the closing quote of field 2', '5,"e"x,7'],
        ['in.csv', 7, 'a carriage return inside field 2, which is not quoted', '7,h\ri,9'],
        ['in.csv', 8, 'amount: "ten" is no DECIMAL(12,2): expected a number such as 12.50', '8,"multi\nline",ten'],
        ['in.csv', 9, 'a NUL byte at byte 3', '9,\\x00,1'],
        ['in.csv', 10, 'id: "1e3" is no BIGINT: expected a whole number', '1e3,j,1'],
        ['in.csv', 12, 'the quote that opens field 2 is not closed properly', '11,"open,1'],
      ]);
    });

    test('a quote that is not closed properly costs its own line', async () => {
      const { rows, bad } = await readText(`${header}1,"a,1\n2,"b",2\n3,c,3\n`);
      expect(rows.map((row) => row.id)).toEqual(['2', '3']);
      expect(bad.map((row) => [row.record, row.raw])).toEqual([['1', '1,"a,1']]);
    });

    test('bytes that are no UTF-8 are shown', async () => {
      const text = Buffer.concat([Buffer.from(`${header}1,caf`), Buffer.from([0xe9]), Buffer.from(' ü,2\n2,ok,3\n')]);
      const { rows, bad } = await readText(text);
      expect(rows).toHaveLength(1);
      expect(bad).toEqual([{ file: 'in.csv', record: '1', reason: 'the text is not UTF-8', raw: '1,caf\\xe9 ü,2' }]);
    });

    test.each([false, true])('a field of 50 MB is set aside (line breaks: %s)', async (breaks) => {
      const huge = (breaks ? 'xxxxxxxxx\n' : 'xxxxxxxxxx').repeat(5_000_000);
      await writeFile(path, `${header}1,a,2\n2,"${huge}",2\n3,b,2\n`);
      const source = await csvIn(at, { path: 'in.csv', columns });
      const parts = await source.plan();
      const records = parts.reduce((sum, part) => sum + part.records, 0);
      if (!breaks) {
        expect(records).toBe(3);
        const { rows, bad } = await readBack(at, source);
        expect(rows.map((row) => row.id)).toEqual(['1', '3']);
        expect(bad[0]).toMatchObject({
          record: '2',
          reason: 'the record has 50000007 bytes; expected at most 4194304',
        });
        expect(String(bad[0]?.raw).length).toBeLessThan(66_000);
      } else expect(records).toBe(5_000_003);
    });

    test('names the first bad values only', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      const { bad } = await readText(`${names.join(',')}\nx,x,x,x,x\n`, {
        columns: Object.fromEntries(names.map((name) => [name, 'INTEGER'])),
      });
      expect(bad[0]?.reason).toMatch(/^a: "x" is no INTEGER: .*; b: .*; c: .*; and 2 more$/);
    });
  });

  describe('packed files', () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => [String(index + 1), `name ${index}`, `${index}.5`]);
    const text = csvText([['id', 'name', 'amount'], ...rows]);
    const part = '40KB';
    let plain: ReadBack;
    beforeAll(async () => {
      plain = await readText(text, { part, key: ['id'] });
    });
    const packedOnce: Record<string, Buffer> = {};
    const pack = (ending: string): Buffer => (packedOnce[ending] ??= packers[ending]?.(text) as Buffer);
    const readPacked = async (name: string, bytes: Buffer) => {
      await writeFile(join(at.folder, name), bytes);
      return await readBack(at, await csvIn(at, { path: name, columns, part, key: ['id'] }));
    };

    test.each(Object.keys(packers))('.%s gives what the plain file gives', async (ending) => {
      const packed = await readPacked(`in.${ending}`, pack(ending));
      const comparable = ({ file: _f, size: _s, mtimeNs: _m, ...rest }: (typeof plain.parts)[number]) => rest;
      expect(packed.parts.map(comparable)).toEqual(plain.parts.map(comparable));
      expect(packed.rows).toEqual(plain.rows);
      expect(packed.made).toEqual(plain.made);
    });

    test.each(Object.keys(packers))('.%s in several pieces is one text', async (ending) => {
      const half = text.indexOf('\n', text.length / 2) - 3;
      const pieces = [text.slice(0, half), text.slice(half)].map((piece) => packers[ending]?.(piece) as Buffer);
      expect((await readPacked(`two.${ending}`, Buffer.concat(pieces))).rows).toHaveLength(rows.length);
    });

    test.each(Object.keys(packers))('.%s that is read from the middle after a resume', async (ending) => {
      await writeFile(join(at.folder, `in.${ending}`), pack(ending));
      const settings = { path: `in.${ending}`, columns, part };
      const parts = await (await csvIn(at, settings)).plan();
      const source = await csvIn(at, settings);
      const order = [3, 4, 1, 1, 5];
      for (const index of order) {
        const part = parts[index];
        if (part === undefined) throw new Error('too few parts');
        const scratch = join(at.folder, 'resumed');
        const target = { data: join(scratch, 'data.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
        expect((await source.read(part, target)).rows).toBe(part.records);
        expect((await at.rows(target.data))[0]?.id).toBe(String(part.firstRecord));
      }
    });

    const damages: [string, (bytes: Buffer) => Buffer][] = [
      ['cut in the middle', (bytes) => bytes.subarray(0, bytes.length >> 1)],
      ['cut before its last byte', (bytes) => bytes.subarray(0, -1)],
      ['followed by garbage', (bytes) => Buffer.concat([bytes, Buffer.from('garbage')])],
      ['followed by zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(10)])],
      ['empty', () => Buffer.alloc(0)],
      ['not packed at all', () => Buffer.from(text)],
    ];
    test.each(Object.keys(packers).flatMap((ending) => damages.map(([how, damage]) => [ending, how, damage] as const)))(
      '.%s %s is refused',
      async (ending, _, damage) => {
        const failure = readPacked(`bad.${ending}`, damage(pack(ending)));
        await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
        await expect(failure).rejects.toThrow(`bad.${ending}`);
      },
    );

    test.each(Object.keys(packers).filter((ending) => ending !== 'zst'))(
      '.%s with a flipped bit is refused',
      async (ending) => {
        const bytes = pack(ending);
        for (let at = 100; at < bytes.length; at += Math.floor(bytes.length / 7)) {
          const flipped = Buffer.from(bytes);
          flipped[at] = (flipped[at] as number) ^ 4;
          await expect(readPacked(`flip.${ending}`, flipped)).rejects.toMatchObject({ kind: 'NotAsDeclared' });
        }
      },
    );

    test('garbage after gzip data is found wherever the reads fall', async () => {
      // Random text does not shrink, so that the packed file is longer than one read.
      const noise = Array.from({ length: 9_000 }, () => Math.random().toString(36).slice(2)).join('');
      const bytes = gzipSync(`id,name,amount\n${`1,${noise},2\n`.repeat(1)}`, { level: 0 });
      for (const extra of [1, 100, 300_000]) {
        const failure = readPacked('more.gz', Buffer.concat([bytes, Buffer.alloc(extra)]));
        await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      }
    });
  });

  describe('any table', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom('"', ',', '\n', '\r', ';', "'", '\\', ' ', 'a', '\uFEFF', '𝄞'),
        maxLength: 12,
      }),
      fc.constantFrom('NULL', 'null', '#', '""', '\\N', 'NaN'),
    );
    const text = nasty.filter((value) => !value.includes('\0'));
    const row = fc.tuple(
      fc.option(text),
      fc.option(text),
      fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    );

    test('comes back as it was written, in parts of any size', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, { minLength: 1, maxLength: 30 }),
          fc.constantFrom('\n', '\r\n'),
          fc.integer({ min: 1, max: 60 }),
          fc.boolean(),
          async (rows, newline, copies, spoil) => {
            const all = Array.from({ length: copies }, () => rows).flat();
            const lines = all.map(([a, b, c], index) => [String(index), a, b, c === null ? null : String(c)]);
            const named = { n: 'INTEGER', a: 'VARCHAR', b: 'VARCHAR', c: 'BIGINT' };
            const extra = spoil ? 'x,,,\n' : '';
            const read = await readText(csvText([Object.keys(named), ...lines], newline) + extra, {
              columns: named,
              part: '1KB',
            });
            const back = read.rows.sort((left, right) => Number(left.n) - Number(right.n));
            // The engine's JavaScript side drops a leading U+FEFF.
            const seen = lines.map((line) => line.map((field) => field?.replace(/^\uFEFF/, '') ?? null));
            expect(back.map(({ n, a, b, c }) => [String(n), a, b, c])).toEqual(seen);
            expect(read.bad).toHaveLength(spoil ? 1 : 0);
          },
        ),
        { numRuns: 15, seed: 7 },
      );
    });
  });

  test.each([
    [{ delimiter: '"' }, 'delimiter'],
    [{ delimiter: '\n' }, 'delimiter'],
    [{ quote: '§' }, 'quote'],
    [{ columns: { a: 'BIGINT', A: 'BIGINT' } }, 'declared twice'],
  ])('%j makes no sense', async (settings, words) => {
    await expect(csvIn(at, { path: 'in.csv', columns, ...settings })).rejects.toMatchObject({ kind: 'BadDefinition' });
    await expect(csvIn(at, { path: 'in.csv', columns, ...settings })).rejects.toThrow(words);
  });

  test('a declared column may be named like ours', async () => {
    const named = { record: 'BIGINT', raw: 'VARCHAR', Problem: 'VARCHAR', 'it\'s "odd"': 'BIGINT' };
    const read = await readText(csvText([Object.keys(named), ['1', 'a', 'b', '2'], ['x', 'a', 'b', '2']]), {
      columns: named,
    });
    expect(read.rows).toEqual([{ record: '1', raw: 'a', Problem: 'b', 'it\'s "odd"': '2' }]);
    expect(read.bad).toHaveLength(1);
  });

  test('a file that shrinks between two looks is noticed', async () => {
    await writeFile(path, `${header}1,a,2\n`);
    const source = await csvIn(at, { path: 'in.csv', columns });
    const [part] = await source.plan();
    if (part === undefined) throw new Error('no part');
    const scratch = join(at.folder, 'changed');
    const target = { data: join(scratch, 'd.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
    let once = false;
    const changing = source.read(part, target, {
      onProgress: () => {
        if (!once) void appendFile(path, '2,b,3\n');
        once = true;
      },
    });
    await expect(changing).rejects.toMatchObject({ kind: 'SourceChanged' });
    await expect(readFile(target.data)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  // More than the engine's buffer of 8 MB, in as few records as may be.
  const long = 'x'.repeat(100);
  test.each([
    ['no quotes', () => `plain text without anything ${long}`],
    ['quotes', (index: number) => `"a, ""b"" ${index} ${long}"`],
    ['line breaks in quotes', (index: number) => `"1,2,3\n${index},x,4\r\n${long}"`],
    ['quotes late in the file', (index: number) => (index < 75_000 ? `plain ${long}` : `"1,2,3\n4,5,6${long}"`)],
  ])('a part of many buffers is read exactly: %s', async (_, nameOf) => {
    const count = 100_000;
    const lines = Array.from({ length: count }, (_, index) => `${index},${nameOf(index)},${index % 1000}.25\n`);
    await writeFile(path, header + lines.join(''));
    const source = await csvIn(at, { path: 'in.csv', columns, part: '1GB' });
    const [part, ...more] = await source.plan();
    if (part === undefined || more.length > 0) throw new Error('not one part');
    const scratch = join(at.folder, 'large');
    const target = { data: join(scratch, 'd.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
    expect(await source.read(part, target)).toMatchObject({ rows: count, quarantined: 0 });
    const [sums] = await at.query(`SELECT count(DISTINCT id)::INTEGER AS ids, sum(id)::VARCHAR AS sum,
      sum(strlen(name))::VARCHAR AS bytes, sum(amount)::VARCHAR AS amount FROM read_parquet('${target.data}')`);
    const unquoted = (index: number) => nameOf(index).replace(/^"|"$/g, '').replaceAll('""', '"').length;
    const bytes = lines.reduce((sum, _, index) => sum + unquoted(index), 0);
    expect(sums).toEqual({
      ids: count,
      sum: String((count * (count - 1)) / 2),
      bytes: String(bytes),
      amount: `${(count / 1000) * 499_500 + count / 4}.00`,
    });
  });

  test('the engine reads nothing but scratch', async () => {
    expect(await sourceFolders(csvDefinition({ path: '/data/*.csv', columns }), at.folder)).toEqual([]);
  });

  test('an empty table has the columns', async () => {
    const select = emptySelect(csvDefinition({ path: 'x.csv', columns }), 'SELECT id, upper(name) AS name FROM source');
    expect((await (await at.session()).query(select)).columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'name', type: 'VARCHAR' },
    ]);
  });
});
