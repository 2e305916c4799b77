/** Values of each type: what is taken means exactly what is written, on both ways in, and nothing else is taken. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Session } from '../../../src/adapters/engines/duckdb/client';
import { csvSource } from '../../../src/adapters/sources';
import { lexes } from '../../../src/adapters/sources/csv/lexer';
import { valueProblem } from '../../../src/adapters/sources/csv/values';
import { type Bench, bench, csvDefinition, csvText, readBack } from './support';

/** Texts that are taken, with the value as the engine's JavaScript side shows it: times in UTC, whatever the session's zone. */
const TAKEN: Record<string, [string, string | number | boolean][]> = {
  BIGINT: [
    ['0', '0'],
    ['-0', '0'],
    ['+1', '1'],
    ['007', '7'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
  ],
  INTEGER: [
    ['2147483647', 2147483647],
    ['-2147483648', -2147483648],
  ],
  SMALLINT: [
    ['32767', 32767],
    ['-32768', -32768],
  ],
  'DECIMAL(18,4)': [
    ['1', '1.0000'],
    ['-1.5', '-1.5000'],
    ['+1.2345', '1.2345'],
    ['.5', '0.5000'],
    ['-.5', '-0.5000'],
    ['5.', '5.0000'],
    ['-0', '0.0000'],
    ['00012.5', '12.5000'],
    ['99999999999999.9999', '99999999999999.9999'],
  ],
  'DECIMAL(38,0)': [
    ['99999999999999999999999999999999999999', '99999999999999999999999999999999999999'],
    ['-1.', '-1'],
  ],
  'DECIMAL(4, 4)': [
    ['0.1234', '0.1234'],
    ['-.9999', '-0.9999'],
  ],
  DOUBLE: [
    ['1', 1],
    ['-1.5e-3', -0.0015],
    ['.5', 0.5],
    ['5.', 5],
    ['1E+2', 100],
    ['0.1', 0.1],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['1.7976931348623157e308', 1.7976931348623157e308],
    ['5e-324', 5e-324],
  ],
  FLOAT: [
    ['-1.5e-3', Math.fround(-0.0015)],
    ['0.1', Math.fround(0.1)],
    ['16777217', 16_777_216],
    ['1e9', 1e9],
  ],
  BOOLEAN: [
    ['true', true],
    ['FALSE', false],
    ['True', true],
    ['t', true],
    ['F', false],
    ['1', true],
    ['0', false],
  ],
  DATE: [
    ['2026-08-31', '2026-08-31'],
    ['2024-02-29', '2024-02-29'],
    ['2000-02-29', '2000-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['9999-12-31', '9999-12-31'],
  ],
  TIMESTAMP: [
    ['2026-08-31 10:20:30', '2026-08-31 10:20:30'],
    ['2026-08-31T10:20:30.123456', '2026-08-31 10:20:30.123456'],
    ['2026-08-31 00:00:00.5', '2026-08-31 00:00:00.5'],
    ['2024-02-29 23:59:59.999999', '2024-02-29 23:59:59.999999'],
  ],
  TIMESTAMPTZ: [
    ['2026-08-31T10:20:30Z', '2026-08-31 10:20:30+00'],
    ['2026-08-31 10:20:30.123456Z', '2026-08-31 10:20:30.123456+00'],
    ['2026-08-31T10:20:30+05:45', '2026-08-31 04:35:30+00'],
    ['2026-08-31T10:20:30+0545', '2026-08-31 04:35:30+00'],
    ['2026-08-31T10:20:30-11', '2026-08-31 21:20:30+00'],
    ['2026-08-31 10:20:30 UTC', '2026-08-31 10:20:30+00'],
    ['2026-08-31 10:20:30.5+14:00', '2026-08-30 20:20:30.5+00'],
    ['2026-08-31 10:20:30-00:00', '2026-08-31 10:20:30+00'],
    ['2024-02-29T00:00:00Z', '2024-02-29 00:00:00+00'],
  ],
};

/** Texts that are not, with words of the reason. */
const REFUSED: Record<string, [string, string][]> = {
  BIGINT: [
    ...['1.5', '1.0', '1.', '1e3', '1_000', '1,000', ' 1', '1 ', '1\t', '0x1F', '0b1', '--1', '-', '', 'NaN', '١'].map(
      (text): [string, string] => [text, 'is no BIGINT'],
    ),
    ['9223372036854775808', 'is out of the range of BIGINT'],
    ['-9223372036854775809', 'is out of the range of BIGINT'],
    ['99999999999999999999999', 'is out of the range of BIGINT'],
  ],
  INTEGER: [['2147483648', 'is out of the range of INTEGER']],
  SMALLINT: [['-32769', 'is out of the range of SMALLINT']],
  'DECIMAL(18,4)': [
    ...['NaN', 'inf', '1e2', '1_0.5', ' 1.5', '1.5 ', '1,5', '.', '-', '', '1.2.3', '€1', '0x1'].map(
      (text): [string, string] => [text, 'is no DECIMAL(18,4)'],
    ),
    ['1.00000', 'has more than 4 decimals'],
    ['1.23456', 'has more than 4 decimals'],
    ['100000000000000', 'has more than 14 digits before the point'],
  ],
  'DECIMAL(4, 4)': [['1', 'has more than 0 digits before the point']],
  DOUBLE: ['NaN', 'nan', 'inf', '-Infinity', '1e400', '1_0', ' 1', '1 ', '0x1', '1d', '.', 'e5', '1e', '1e+', ''].map(
    (text): [string, string] => [text, 'is no DOUBLE'],
  ),
  FLOAT: ['NaN', 'inf', '1e39', '3.4028236e38', '1e400', '1_0', '.', ''].map((text): [string, string] => [
    text,
    'is no FLOAT',
  ]),
  BOOLEAN: ['yes', 'no', 'y', 'on', 'tRuE', ' true', '2', '01', '', '-1'].map((text): [string, string] => [
    text,
    'is no BOOLEAN',
  ]),
  DATE: [
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-32',
    '2026-04-31',
    '0000-01-01',
    '2026-1-1',
    '2026/01/01',
    '20260101',
    '2026-01-01 10:00:00',
    '2026-01-01T00:00:00Z',
    'epoch',
    'infinity',
    '-infinity',
    '-2026-01-01',
    '2026-01-01 (BC)',
    ' 2026-01-01',
    '2026-01-01 ',
    '99999-01-01',
    '26-01-01',
    '01.02.2026',
    '2026-01-01-',
    'today',
    '',
  ].map((text): [string, string] => [text, 'is no DATE']),
  TIMESTAMP: [
    ...[
      '2026-08-31',
      '2026-08-31 10:20',
      '2026-08-31 25:00:00',
      '2026-08-31 24:00:00',
      '2026-08-31 23:60:00',
      '2026-08-31 23:59:60',
      '2026-08-31T10:20:30Z',
      '2026-08-31T10:20:30+02:00',
      '2026-08-31 10:20:30 UTC',
      '2026-08-31  10:20:30',
      '2026-08-31 1:2:3',
      '2026-02-29 10:20:30',
      '2026-08-31 10:20:30.',
      '1725100000',
      'now',
      'epoch',
      '',
    ].map((text): [string, string] => [text, 'is no TIMESTAMP']),
    ['2026-08-31 10:20:30.1234567', 'has more than 6 decimals of a second'],
  ],
  TIMESTAMPTZ: [
    ...[
      '2026-08-31',
      '2026-08-31 10:20:30',
      '2026-08-31 25:00:00Z',
      '2026-08-31 12:60:00Z',
      '2026-08-31 23:59:60Z',
      '2026-08-31 10:20Z',
      '2026-08-31Z',
      '2026-08-31T10:20:30z',
      '2026-08-31t10:20:30Z',
      '2026-08-31T10:20:30 +02:00',
      '2026-08-31T10:20:30+15:00',
      '2026-08-31T10:20:30+02:60',
      '2026-08-31T10:20:30+2',
      '2026-08-31T10:20:30+02:00:30',
      '2026-08-31 10:20:30 Europe/Berlin',
      '2026-08-31 10:20:30,5Z',
      '2026-08-31T10:20:30Z ',
      '2026-02-29T00:00:00Z',
      '2026-02-30T00:00:00+02:00',
      'epoch',
      'infinity',
      '',
    ].map((text): [string, string] => [text, 'is no TIMESTAMPTZ']),
    ['2026-08-31 10:20:30.1234567Z', 'has more than 6 decimals of a second'],
  ],
};

describe('values of CSV', () => {
  let at: Bench;
  let session: Session;
  /** Statements that went to the engine. */
  let asked: string[];
  beforeAll(async () => {
    at = await bench();
    const real = await at.session();
    session = { ...real, query: async (sql, options) => (asked.push(sql), await real.query(sql, options)) };
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(async () => await at.close());

  const wasStrict = () => asked.some((sql) => sql.includes('strict.csv'));
  const read = async (type: string, texts: readonly string[], quoted = true) => {
    const rows = texts.map((text, index) => [String(index), text]);
    const text = quoted ? csvText(rows) : rows.map((row) => `${row.join(',')}\n`).join('');
    await writeFile(join(at.folder, 'in.csv'), text);
    const definition = csvDefinition({ path: 'in.csv', header: false, columns: { n: 'INTEGER', v: type } });
    const back = await readBack(at, csvSource({ name: 'values', definition, folder: at.folder, session }));
    const values = new Map(back.rows.map((row) => [Number(row.n), row.v]));
    return { values: texts.map((_, index) => values.get(index)), bad: back.bad, rows: back.rows };
  };

  test.each(Object.keys(TAKEN))('%s takes what is meant for it', async (type) => {
    const taken = TAKEN[type] ?? [];
    const texts = taken.map(([text]) => text);
    const expected = taken.map(([, value]) => value);
    for (const quoted of [true, false]) {
      const alone = await read(type, texts, quoted);
      expect(alone.values).toEqual(expected);
      const mixed = await read(type, [...texts, 'spoiled'], quoted);
      expect(mixed.values.slice(0, -1)).toEqual(expected);
      expect(mixed.bad).toHaveLength(1);
      expect(wasStrict()).toBe(true);
    }
  });

  test.each(Object.keys(TAKEN).filter((type) => type !== 'DOUBLE'))('%s is read in one pass', async (type) => {
    await read(
      type,
      (TAKEN[type] ?? []).map(([text]) => text),
    );
    expect(wasStrict()).toBe(false);
  });

  test.each(Object.keys(REFUSED))('%s refuses everything else, with a reason', async (type) => {
    const refused = REFUSED[type] ?? [];
    const { rows, bad } = await read(
      type,
      refused.map(([text]) => text),
    );
    expect(rows).toEqual([]);
    expect(bad.map((row) => row.reason)).toEqual(
      refused.map(([text, words]) => expect.stringContaining(`v: ${JSON.stringify(text)} ${words}`)),
    );
  });

  test.each(Object.keys(REFUSED))('%s refuses them one by one as well', (type) => {
    for (const [text] of REFUSED[type] ?? []) expect([text, valueProblem(type, text)]).not.toEqual([text, undefined]);
  });

  const numeric = fc.string({ unit: fc.constantFrom(...'0123456789+-.eE_ x'), minLength: 1, maxLength: 24 });
  const whole = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String);
  const plain = fc.tuple(whole, fc.nat(999_999)).map(([before, after]) => `${before}.${after}`);
  const time = fc.string({ unit: fc.constantFrom(...'0123456789-:T Z+.'), minLength: 8, maxLength: 30 });
  const moment = fc
    .tuple(
      fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
      fc.nat(40),
      fc.constantFrom('', 'x', '9', '-', ' '),
      fc.constantFrom('Z', '+05:45', '-1130', ''),
    )
    .map(([date, place, char, zone]) => {
      const text = date.toISOString().replace('Z', zone);
      return char === '' ? text : text.slice(0, place) + char + text.slice(place + 1);
    });

  test.each([
    ['BIGINT', fc.oneof(numeric, whole)],
    ['INTEGER', fc.oneof(numeric, whole)],
    ['DECIMAL(18,4)', fc.oneof(numeric, plain)],
    ['DOUBLE', fc.oneof(numeric, plain, fc.double().map(String))],
    ['FLOAT', fc.oneof(numeric, plain, fc.float().map(String))],
    [
      'DATE',
      fc.oneof(
        time,
        moment.map((text) => text.slice(0, 10)),
      ),
    ],
    ['TIMESTAMP', fc.oneof(time, moment)],
    ['TIMESTAMPTZ', fc.oneof(time, moment)],
  ])('%s: whatever is taken means what is written', async (type, texts) => {
    const sample = fc.sample(texts, { numRuns: 3_000, seed: 11 });
    const taken = sample.filter((text) => valueProblem(type, text) === undefined);
    for (const text of sample)
      if (lexes(type, text))
        expect([text, valueProblem(type, text) ?? '']).toEqual([
          text,
          expect.stringMatching(/^(is out of the range.*)?$/),
        ]);
    expect(taken.length).toBeGreaterThan(100);
    const { values, bad } = await read(type, taken);
    expect(bad).toEqual([]);
    const strict = await read(type, [...taken, 'spoiled']);
    expect(strict.values.slice(0, -1)).toEqual(values);
    for (const [index, text] of taken.entries()) {
      const value = values[index];
      expect([text, value ?? null]).not.toEqual([text, null]);
      if (type === 'BIGINT' || type === 'INTEGER') expect(BigInt(String(value))).toBe(BigInt(text.replace(/^\+/, '')));
      if (type === 'DOUBLE') expect(value === 0 ? 0 : value).toBe(Number(text) === 0 ? 0 : Number(text));
      if (type === 'FLOAT') expect(Number(value) - Math.fround(Number(text))).toBe(0);
      if (type.startsWith('DECIMAL')) {
        const [, sign, before = '', after = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
        const scaled = BigInt(`${before}${after.padEnd(4, '0')}`) * (sign === '-' ? -1n : 1n);
        expect([text, BigInt(String(value).replace('.', ''))]).toEqual([text, scaled]);
      }
      if (type === 'DATE') expect(value).toBe(text);
      if (type === 'TIMESTAMP')
        expect(String(value).replace(/\.0*$|(\.\d*?)0+$/, '$1')).toBe(
          text.replace('T', ' ').replace(/\.0*$|(\.\d*?)0+$/, '$1'),
        );
    }
    if (type === 'TIMESTAMPTZ') {
      const micros = await at.query(
        `SELECT n, epoch_us(v)::VARCHAR AS us FROM (VALUES ${taken.map((_, n) => `(${n}, TIMESTAMPTZ '${String(values[n])}')`).join(', ')}) AS t(n, v)`,
      );
      for (const { n, us } of micros) {
        const text = taken[Number(n)] as string;
        const iso = text
          .replace(' UTC', 'Z')
          .replace(' ', 'T')
          .replace(/([+-]\d\d)(\d\d)?$/, (_, h, m) => `${h}:${m ?? '00'}`);
        const fraction = (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(6, '0');
        const milliseconds = Date.parse(iso.replace(/\.\d+/, ''));
        expect([text, us]).toEqual([text, String(BigInt(milliseconds) * 1000n + BigInt(fraction))]);
      }
    }
  });
});
