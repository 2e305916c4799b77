import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { MAX_DEPTH, grammar } from '../../../src/adapters/sources/json/grammar';
import { lineOf } from '../../../src/adapters/sources/json/record';
import { plainNumber } from '../../../src/adapters/sources/json/values';
import { jsonSource, sourceFolders } from '../../../src/adapters/sources';
import { sourceContract } from '../../contracts/source';
import { type Bench, bench, jsonDefinition, jsonIn, type JsonSettings, jsonText, packers, readBack } from './support';

const columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)' };
const TYPES = ['ndjson', 'json'] as const;

const kinds = [
  ...TYPES.map((type) => [type, type] as const),
  ...Object.keys(packers)
    .filter((ending) => ending !== 'checked.zst')
    .map((ending, index) => [TYPES[index % 2] ?? 'json', `${TYPES[index % 2] ?? 'json'}.${ending}`] as const),
];
for (const [type, extension] of kinds) {
  sourceContract(`.${extension}`, async () => {
    const at = await bench();
    const session = await at.session();
    return {
      folder: at.folder,
      extension,
      write: async (file, rows) => {
        const text = jsonText(
          type,
          rows.map(({ id, name, amount }) => `{"id": ${id}, "name": ${JSON.stringify(name)}, "amount": ${amount}}`),
        );
        const ending = extension.slice(type.length + 1);
        await writeFile(file, packers[ending]?.(text) ?? text);
      },
      source: ({ mapping, ...settings }) =>
        jsonSource({
          name: 'orders',
          definition: jsonDefinition({ type, path: `in/orders.${extension}`, columns, ...settings }),
          folder: at.folder,
          session,
          ...(mapping === undefined ? {} : { mapping }),
        }),
      rows: at.rows,
      close: at.close,
    };
  });
}

// A busy machine takes its time.
jest.setTimeout(240_000);

describe('JSON sources', () => {
  let at: Bench;
  beforeAll(async () => {
    at = await bench();
  });
  afterAll(async () => await at.close());

  const source = async (type: (typeof TYPES)[number], text: string | Buffer, settings: Partial<JsonSettings> = {}) => {
    await writeFile(join(at.folder, 'in'), text);
    return await jsonIn(at, { type, path: 'in', columns, ...settings });
  };
  const read = async (type: (typeof TYPES)[number], text: string | Buffer, settings: Partial<JsonSettings> = {}) =>
    await readBack(at, await source(type, text, settings));
  /** One value of each row in a column `v`; what became of each, in their order. */
  const values = async (type: string, tokens: readonly string[]) => {
    const rows = tokens.map((token, n) => `{"n":${n},"v":${token}}`);
    const { rows: taken, bad } = await read('ndjson', jsonText('ndjson', rows), { columns: { n: 'INTEGER', v: type } });
    const found = new Map<number, unknown>(taken.map((row) => [Number(row.n), row.v]));
    for (const { record, reason } of bad) found.set(Number(record) - 1, reason);
    return tokens.map((_, n) => found.get(n));
  };

  describe('form', () => {
    const good = { id: '1', name: 'a', amount: '2.00' };
    test.each<[string, (typeof TYPES)[number], string]>([
      ['lines', 'ndjson', '{"id":1,"name":"a","amount":2}\n'],
      ['lines with CRLF', 'ndjson', '{"id":1,"name":"a","amount":2}\r\n'],
      ['no line break at the end', 'ndjson', '{"id":1,"name":"a","amount":2}'],
      ['blank lines', 'ndjson', '\n \t\r\n{"id":1,"name":"a","amount":2}\n\n  '],
      ['a byte order mark', 'ndjson', '\uFEFF{"id":1,"name":"a","amount":2}\n'],
      ['blanks', 'ndjson', ' { "id" : 1 ,\t"name":"a" , "amount":2 } \n'],
      ['any order of keys', 'ndjson', '{"amount":2,"name":"a","id":1}'],
      ['escapes in keys', 'ndjson', '{"\\u0069d":1,"name":"a","amount":2}'],
      ['an array', 'json', '[{"id":1,"name":"a","amount":2}]'],
      ['an array over lines', 'json', '\r\n[\n {\n"id":1,\n"name":"a",\n"amount":2\n}\n]\n\n'],
      ['an array with a byte order mark', 'json', '\uFEFF[{"id":1,"name":"a","amount":2}]'],
    ])('reads %s', async (_, type, text) => {
      const { rows, bad } = await read(type, text);
      expect(bad).toEqual([]);
      expect(rows).toEqual([good]);
    });

    test.each(TYPES)('of %s without rows there is no part', async (type) => {
      expect(await (await source(type, type === 'json' ? ' [ ] ' : '\n\n')).plan()).toEqual([]);
    });

    test('null, a missing key and an empty text', async () => {
      const { rows } = await read('json', '[{"id":1,"name":null},{"id":2,"name":"","amount":null},{}]');
      expect(rows).toEqual([
        { id: '1', name: null, amount: null },
        { id: '2', name: '', amount: null },
        { id: null, name: null, amount: null },
      ]);
    });

    test('in one column, a null is a row', async () => {
      const settings = { columns: { v: 'VARCHAR' } };
      expect((await read('ndjson', '{"v":null}\n{"v":"a"}\n{}\n', settings)).rows).toHaveLength(3);
    });
  });

  describe('what is no rows', () => {
    test.each<[(typeof TYPES)[number], string | Buffer, string]>([
      ['json', '', 'in:1:1: malformed: expected a value, got the end of the file'],
      ['json', '[{"id":1}', 'in:1:10: malformed: expected , or ], got the end of the file'],
      ['json', '[\n {"id":1},\n {"ü":"é" "x"}\n]', 'in:3:11: malformed: expected , or }, got "'],
      ['json', '[{"id":1},]', 'in:1:11: malformed: expected a value, got ]'],
      ['json', '[{"id":01}]', 'in:1:9: malformed: expected , or }, got 1'],
      ['json', '[{"id":1}] x', 'in:1:12: malformed: expected nothing more, got x'],
      ['json', '[1, 2,', 'in:1:7: malformed: expected a value, got the end of the file'],
      ['json', '\uFEFF[{"id":1}}', 'in:1:11: malformed'],
      ['json', '{"id":1}', 'in:1:1: not rows: an object where the array should be'],
      ['json', ' "x"', 'in:1:2: not rows: a text where the array should be'],
      ['json', '[[{"id":1}]]', 'in:1:2: not rows: an array where an object should be'],
      ['json', '[{"id":1},\n 5]', 'in:2:2: not rows: a number where an object should be'],
      ['json', '{"id":1}\n{"id":2}\n', 'declare `type: ndjson` if it is one object a line'],
      ['ndjson', 'id,name\n1,a\n', 'in:1:1: malformed: no line is JSON: expected a value, got i'],
      ['ndjson', '\n{"id":1\n{"id"\n', 'in:2:8: malformed: no line is JSON: expected , or }, got the end of the line'],
      ['ndjson', '5\n[6]\n', 'in:1:1: not rows: no line is an object, this is a number'],
      ['ndjson', '[{"id":1},{"id":2}]', 'declare `type: json` if the file is one array'],
      ['ndjson', Buffer.from('\uFEFF{"id":1}', 'utf16le'), 'in:1: the text is UTF-16, not UTF-8'],
      ['ndjson', Buffer.from('{"id":1}', 'utf16le'), 'those of UTF-16'],
      ['json', Buffer.from('[{"id":1}]', 'utf16le').swap16(), 'those of UTF-16'],
    ])('%s %j', async (type, text, message) => {
      const failure = (await source(type, text)).plan();
      await expect(failure).rejects.toMatchObject({ kind: 'NotAsDeclared' });
      await expect(failure).rejects.toThrow(message);
    });
  });

  test('bad records are set aside with file, number, reason and text', async () => {
    const lines: [string, string][] = [
      ['{"id":1', 'malformed at byte 8: expected , or }, got the end of the line'],
      ['5', 'not a row: expected an object, got a number'],
      ['[{"id":1}]', 'not a row: expected an object, got an array'],
      ['{"id":1,"id":1}', 'the key "id" is there twice'],
      ['{"id":1,"\\u0069d":2}', 'the key "id" is there twice'],
      ['{"id":1,"__proto__":{"id":2}}', 'not declared: "__proto__"; declare them'],
      [
        '{"id":1,"nmae":"x"}',
        'not declared: "nmae" (did you mean "name"?); declare them under `columns`, or declare `undeclared: ignore`',
      ],
      ['{"a":1,"b":1,"c":1,"d":1}', 'not declared: "a", "b", "c" and 1 more; declare them'],
      [
        '{"id":"x","name":5,"amount":1.005}',
        'id: "x" is no BIGINT: expected a whole number; name: the number 5 is no VARCHAR: expected a text in quotes; amount: 1.005 has more than 2 decimals',
      ],
      ['{"name":"\\ud800"}', 'name: half a surrogate pair, which is no character'],
      ['{"name":"\\u0000"}', 'name: a NUL character'],
      ['{"name":"a\tb"}', 'malformed at byte 11: expected a text without line breaks and control characters'],
    ];
    const good = ['{"id":100}', '{"id":101}'];
    const { rows, bad } = await read('ndjson', `${[good[0], ...lines.map(([line]) => line), good[1]].join('\n')}\n`);
    expect(rows.map((row) => row.id)).toEqual(['100', '101']);
    expect(bad).toEqual(
      lines.map(([line, reason], index) => ({
        file: 'in',
        record: String(index + 2),
        reason: expect.stringContaining(reason),
        raw: line,
      })),
    );
    const inArray = lines.filter(([, reason]) => !/^(malformed|not a row)/.test(reason));
    const array = await read('json', jsonText('json', [good[0] as string, ...inArray.map(([line]) => line)]));
    expect(array.rows.map((row) => row.id)).toEqual(['100']);
    expect(array.bad.map(({ reason, raw }) => [raw, reason])).toEqual(
      inArray.map(([line, reason]) => [line, expect.stringContaining(reason)]),
    );
  });

  test.each(TYPES)('bytes of %s that are no UTF-8 cost their record', async (type) => {
    const [before, after] = jsonText(type, ['{"id":1}', '{"name":"caf@"}', '{"id":2}']).split('@') as [string, string];
    const { rows, bad } = await read(type, Buffer.concat([Buffer.from(before), Buffer.of(0xe9), Buffer.from(after)]));
    expect(rows).toHaveLength(2);
    expect(bad).toEqual([{ file: 'in', record: '2', reason: 'the text is not UTF-8', raw: '{"name":"caf\\xe9"}' }]);
  });

  test('keys that are not declared are left out where that is declared', async () => {
    const { rows, bad } = await read('ndjson', '{"id":1,"more":{"id":2},"name":"a"}\n{"x":1,"x":2}\n', {
      undeclared: 'ignore',
    });
    expect(rows).toEqual([{ id: '1', name: 'a', amount: null }]);
    expect(bad.map((row) => row.reason)).toEqual(['the key "x" is there twice']);
  });

  test.each(TYPES)('a record of %s that is too long is set aside', async (type) => {
    const long = `{"name":"${'x'.repeat(5_000_000)}"}`;
    const { rows, bad, parts } = await read(type, jsonText(type, ['{"id":1}', long, '{"id":2}']), { part: '1KB' });
    expect(rows.map((row) => row.id)).toEqual(['1', '2']);
    expect(parts).toHaveLength(2);
    expect(bad[0]).toMatchObject({ record: '2', reason: 'the record has 5000011 bytes; expected at most 4194304' });
    expect(String(bad[0]?.raw).length).toBeLessThan(66_000);
    expect((await read('ndjson', `${long}\n`)).bad).toHaveLength(1);
  });

  describe('values', () => {
    const OUT = expect.stringContaining('out of the range');
    const NONE = expect.stringMatching(/^v: .* is no /);
    const FINE = expect.stringContaining('decimals');
    test.each<[string, [string, unknown][]]>([
      [
        'BIGINT',
        [
          ['9007199254740993', '9007199254740993'],
          ['-9223372036854775808', '-9223372036854775808'],
          ['9223372036854775808', OUT],
          ['-0', '0'],
          ['1e3', '1000'],
          ['1.50e1', '15'],
          ['120e-1', '12'],
          ['1.0', '1'],
          ['1.5', NONE],
          ['1e-1', NONE],
          ['0e999999999', '0'],
          ['1e999999999', OUT],
          ['1e-999999999', NONE],
          ['"007"', '7'],
          ['"1e3"', NONE],
          ['""', NONE],
          ['" 1"', NONE],
          ['true', NONE],
          ['[1]', NONE],
          ['{}', NONE],
          ['null', null],
        ],
      ],
      [
        'DECIMAL(18,4)',
        [
          ['12345678901234.5678', '12345678901234.5678'],
          ['0.1', '0.1000'],
          ['1.50', '1.5000'],
          ['1.50000000', '1.5000'],
          ['1.00001', FINE],
          ['1e-5', FINE],
          ['1E+2', '100.0000'],
          ['1.23456e1', '12.3456'],
          ['123456789012345', expect.stringContaining('digits before the point')],
          ['"12.50"', '12.5000'],
          ['"12.50000"', FINE],
          ['"12,50"', NONE],
        ],
      ],
      ['DECIMAL(38,0)', [['99999999999999999999999999999999999999', '99999999999999999999999999999999999999']]],
      [
        'DOUBLE',
        [
          ['0.1', 0.1],
          ['1e3', 1000],
          ['5e-324', 5e-324],
          ['1.7976931348623157e308', 1.7976931348623157e308],
          ['1e400', OUT],
          ['1e-400', OUT],
          ['0.0e-400', 0],
          ['"2.5"', 2.5],
          ['"NaN"', NONE],
        ],
      ],
      [
        'FLOAT',
        [
          ['0.1', Math.fround(0.1)],
          ['1e39', OUT],
          ['1e-60', OUT],
          ['"2.5"', 2.5],
        ],
      ],
      [
        'BOOLEAN',
        [
          ['true', true],
          ['false', false],
          ['1', NONE],
          ['"true"', NONE],
        ],
      ],
      [
        'VARCHAR',
        [
          ['"a\\nb\\"\\\\\\/\\u00fc\\ud83d\\ude00"', 'a\nb"\\/ü😀'],
          ['"C:\\\\"', 'C:\\'],
          ['["C:\\\\", "]"]', '["C:\\\\", "]"]'],
          ['""', ''],
          ['"null"', 'null'],
          ['{ "a": [1, 1.50, "]}\\""] }', '{ "a": [1, 1.50, "]}\\""] }'],
          ['[]', '[]'],
          ['5', NONE],
          ['true', NONE],
          [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
        ],
      ],
      [
        'DATE',
        [
          ['"2024-02-29"', '2024-02-29'],
          ['"2023-02-29"', NONE],
          ['20240229', NONE],
        ],
      ],
      [
        'TIMESTAMP',
        [
          ['"2026-08-31T10:20:30.123456"', '2026-08-31 10:20:30.123456'],
          ['"2026-08-31T10:20:30Z"', NONE],
        ],
      ],
      [
        'TIMESTAMPTZ',
        [
          ['"2026-08-31T10:20:30+05:45"', '2026-08-31 04:35:30+00'],
          ['"2026-08-31T10:20:30"', NONE],
          ['1725100000', NONE],
        ],
      ],
    ])('%s', async (type, cases) => {
      const tokens = cases.map(([token]) => token);
      const expected = cases.map(([, value]) => value);
      expect(await values(type, tokens)).toEqual(expected);
      // Without a bad one among them, the engine reads them in one pass.
      const good = cases.filter(([, value]) => typeof value !== 'object' || value === null);
      expect(
        await values(
          type,
          good.map(([token]) => token),
        ),
      ).toEqual(good.map(([, value]) => value));
    });

    test('a number is what its digits are', () => {
      const number = fc.stringMatching(/^-?(0|[1-9]\d{0,12})(\.\d{1,12})?([eE][+-]?\d{1,2})?$/);
      const scaled = (text: string): bigint => {
        const [, sign, whole = '', decimals = '', exponent = '0'] =
          /^(-?)(\d+)(?:\.(\d+))?(?:[eE](.+))?$/.exec(text) ?? [];
        const zeros = 120 - decimals.length + Number(exponent);
        return BigInt(`${sign}${whole}${decimals}`) * 10n ** BigInt(zeros);
      };
      fc.assert(
        fc.property(number, (text) => {
          expect(plainNumber(text)).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
          expect([text, scaled(plainNumber(text))]).toEqual([text, scaled(text)]);
        }),
        { numRuns: 300, seed: 3 },
      );
    });
  });

  describe('grammar', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };

    test('takes what another strict reader takes, and nothing else', () => {
      const spoiled = fc
        .tuple(
          fc.json({ maxDepth: 3 }),
          fc.nat(200),
          fc.constantFrom('', ...'{}[],:"\\0-+.eE1tfn \n\t\f\u00a0u'),
          fc.boolean(),
        )
        .map(([text, place, char, replace]) => text.slice(0, place) + char + text.slice(place + (replace ? 1 : 0)));
      const kinds = { yes: 0, no: 0 };
      fc.assert(
        fc.property(spoiled, (text) => {
          const expected = isJson(text);
          kinds[expected ? 'yes' : 'no'] += 1;
          expect([text, !('at' in lineOf(Buffer.from(text)))]).toEqual([text, expected]);
        }),
        { numRuns: 3_000, seed: 5 },
      );
      expect(Math.min(kinds.yes, kinds.no)).toBeGreaterThan(500);
    });

    test('is as deep as anybody wants, but not deeper than there is room', () => {
      const deep = (levels: number) => {
        const json = grammar(1, { open: () => undefined, close: () => undefined, other: () => undefined });
        const wrong = json.push(Buffer.from('['.repeat(levels)));
        return wrong < 0 ? 'so far' : json.expected();
      };
      expect(deep(MAX_DEPTH)).toBe('so far');
      expect(deep(MAX_DEPTH + 1)).toBe(`at most ${MAX_DEPTH} levels`);
    });
  });

  test.each(TYPES)('%s comes back as it was written, in parts of any size', async (type) => {
    const row = fc.record(
      {
        id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
        name: fc
          .string({ unit: fc.constantFrom(...'"\\,\n\r{}[]: aü', '\u2028', '𝄞'), maxLength: 12 })
          .map((text) => JSON.stringify(text)),
        amount: fc
          .tuple(fc.nat(99_999), fc.nat(99))
          .map(([whole, cents]) => `${whole}.${String(cents).padStart(2, '0')}`),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (rows, copies, spoil) => {
          const all = Array.from({ length: copies }, () => rows).flat();
          const lines = all.map(
            (each, n) =>
              `{"n":${n}${Object.entries(each)
                .map(([key, value]) => `, "${key}": ${value}`)
                .join('')}}`,
          );
          const text = jsonText(type, spoil ? [...lines, '{"n":"x"}'] : lines);
          const { rows: back, bad } = await read(type, text, { columns: { n: 'INTEGER', ...columns }, part: '1KB' });
          const seen = back.sort((left, right) => Number(left.n) - Number(right.n)).map(({ n: _, ...rest }) => rest);
          expect(seen).toEqual(
            all.map(({ id = null, name, amount = null }) => ({
              id,
              name: name === undefined ? null : JSON.parse(name),
              amount,
            })),
          );
          expect(bad).toHaveLength(spoil ? 1 : 0);
        },
      ),
      { numRuns: 6, seed: 7 },
    );
  });

  test.each(TYPES)('a part of %s over many buffers is read exactly', async (type) => {
    const count = 30_000;
    const names = Array.from({ length: count }, (_, id) => `${id} ${'x'.repeat(id % 97)}`);
    const rows = names.map((name, id) => `{"id":${id},"name":"${name}","amount":${id % 1000}.25}`);
    for (const [extra, bad] of [
      ['', 0],
      ['{"id":"x"}', 1],
    ] as const) {
      await writeFile(join(at.folder, 'in'), jsonText(type, extra === '' ? rows : [...rows, extra]));
      const asked: string[] = [];
      const real = await at.session();
      const reading = jsonSource({
        name: 'orders',
        definition: jsonDefinition({ type, path: 'in', columns, part: '1GB' }),
        folder: at.folder,
        session: { ...real, query: async (sql, options) => (asked.push(sql), await real.query(sql, options)) },
      });
      const [part] = await reading.plan();
      if (part === undefined || part.bytes < 2e6) throw new Error('not one large part');
      const scratch = join(at.folder, 'large');
      const target = { data: join(scratch, 'd.parquet'), quarantine: join(scratch, 'q.parquet'), scratch };
      expect(await reading.read(part, target)).toMatchObject({ rows: count, quarantined: bad });
      // Good rows are read in one pass.
      expect(asked.some((sql) => sql.includes('strict.csv'))).toBe(bad > 0);
      const [sums] = await at.query(`SELECT sum(id)::VARCHAR AS ids, sum(strlen(name))::VARCHAR AS bytes,
        count(*) FILTER (name LIKE id || ' %')::INTEGER AS right_names FROM read_parquet('${target.data}')`);
      expect(sums).toEqual({
        ids: String((count * (count - 1)) / 2),
        bytes: String(names.reduce((sum, name) => sum + name.length, 0)),
        right_names: count,
      });
    }
  });

  test('a declared column may not differ from another in case only', async () => {
    await expect(source('json', '[]', { columns: { a: 'BIGINT', A: 'BIGINT' } })).rejects.toThrow('declared twice');
  });

  test('the engine reads nothing but scratch', async () => {
    expect(await sourceFolders(jsonDefinition({ type: 'json', path: '/data/*', columns }), at.folder)).toEqual([]);
  });
});
