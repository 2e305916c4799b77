/** Values of every type, as they are. */
import type { Row } from '../../../contracts/database-source';
import { openShop, type Shop } from './support';

/** Type, declared type, values in SQL, and what they are. */
const GOOD: [string, string, string[], unknown[]][] = [
  [
    'int8',
    'BIGINT',
    ['9223372036854775807', '-9223372036854775808', '9007199254740993', 'NULL', '0'],
    ['9223372036854775807', '-9223372036854775808', '9007199254740993', null, '0'],
  ],
  ['int4', 'BIGINT', ['2147483647', '-2147483648'], ['2147483647', '-2147483648']],
  ['int2', 'SMALLINT', ['32767', '-32768', 'NULL'], [32767, -32768, null]],
  ['int8', 'DECIMAL(22,2)', ['9223372036854775807'], ['9223372036854775807.00']],
  ['int4', 'DOUBLE', ['2147483647'], [2147483647]],
  [
    'numeric(18,4)',
    'DECIMAL(18,4)',
    ['99999999999999.9999', '-0.0001', '0', 'NULL', '1.5'],
    ['99999999999999.9999', '-0.0001', '0.0000', null, '1.5000'],
  ],
  [
    'numeric(38,10)',
    'DECIMAL(38,10)',
    ['1234567890123456789012345678.0123456789'],
    ['1234567890123456789012345678.0123456789'],
  ],
  [
    'numeric',
    'DECIMAL(10,2)',
    ['1.5', '1.500', '-12345678.91', '1e3', 'NULL'],
    ['1.50', '1.50', '-12345678.91', '1000.00', null],
  ],
  ['numeric(12,4)', 'DECIMAL(12,2)', ['1.25', '3'], ['1.25', '3.00']],
  ['numeric', 'BIGINT', ['9007199254740993', '-7.000'], ['9007199254740993', '-7']],
  ['numeric(19,0)', 'BIGINT', ['9007199254740993'], ['9007199254740993']],
  ['kinds.price', 'DECIMAL(10,2)', ['12.30', 'NULL'], ['12.30', null]],
  [
    'float8',
    'DOUBLE',
    ['0.1', '1.7976931348623157e308', '5e-324', '0', 'NULL'],
    [0.1, 1.7976931348623157e308, 5e-324, 0, null],
  ],
  ['float8', 'DOUBLE', ["'NaN'", "'Infinity'", "'-Infinity'"], ['NaN', 'Infinity', '-Infinity']],
  ['float4', 'DOUBLE', ['0.1', '0.5'], [Math.fround(0.1), 0.5]],
  ['bool', 'BOOLEAN', ['true', 'false', 'NULL'], [true, false, null]],
  ['bool', 'VARCHAR', ['true', 'NULL'], ['true', null]],
  [
    'text',
    'VARCHAR',
    ["''", 'NULL', "'NULL'", "'null'", `'\\N'`, `'\\.'`, `'"'`, `'a""b'`, "','", "' x '", "'it''s'"],
    ['', null, 'NULL', 'null', '\\N', '\\.', '"', 'a""b', ',', ' x ', "it's"],
  ],
  [
    'text',
    'VARCHAR',
    [`E'a\\nb'`, `E'a\\r\\nb'`, `E'a\\rb'`, `E'\\n'`, `E'\\t'`, `E'a\\\\'`, "'größe 😀 日本'", "'#x'", "'\\x41'"],
    ['a\nb', 'a\r\nb', 'a\rb', '\n', '\t', 'a\\', 'größe 😀 日本', '#x', '\\x41'],
  ],
  ['varchar(5)', 'VARCHAR', ["'ab'", "''"], ['ab', '']],
  ['char(3)', 'VARCHAR', ["'a'"], ['a  ']],
  ['uuid', 'VARCHAR', ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"], ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']],
  ['json', 'VARCHAR', [`'{"a": [1, "x\\n"] }'`], ['{"a": [1, "x\\n"] }']],
  ['jsonb', 'VARCHAR', [`'{"b":1.50,"a":null}'`], ['{"a": null, "b": 1.50}']],
  ['kinds.mood', 'VARCHAR', ["'it''s ok'"], ["it's ok"]],
  ['text[]', 'VARCHAR', [`'{"a,b",NULL,"","c\\"d"}'`, "'{}'"], ['{"a,b",NULL,"","c\\"d"}', '{}']],
  ['bytea', 'VARCHAR', [`'\\x00ff'`], ['\\x00ff']],
  [
    'numeric',
    'VARCHAR',
    ["'NaN'", '1.2300', '123456789012345678901234567890.5'],
    ['NaN', '1.2300', '123456789012345678901234567890.5'],
  ],
  [
    'date',
    'DATE',
    ["'2026-02-28'", "'0001-01-01'", "'9999-12-31'", "'12026-01-01'", 'NULL'],
    ['2026-02-28', '0001-01-01', '9999-12-31', '12026-01-01', null],
  ],
  [
    'timestamp',
    'TIMESTAMP',
    ["'2026-03-29 02:30:00.123456'", "'1969-12-31 23:59:59.999999'", 'NULL'],
    ['2026-03-29 02:30:00.123456', '1969-12-31 23:59:59.999999', null],
  ],
  ['timestamp(0)', 'TIMESTAMP', ["'2026-03-29 02:30:00'"], ['2026-03-29 02:30:00']],
  [
    'timestamptz',
    'TIMESTAMPTZ',
    ["'2026-03-29 02:30:00.123456+02'", "'2026-11-01 01:30:00-04'", "'2026-11-01 01:30:00-05'", 'NULL'],
    ['2026-03-29 00:30:00.123456+00', '2026-11-01 05:30:00+00', '2026-11-01 06:30:00+00', null],
  ],
];

/** Type, declared type, values in SQL, and what is wrong with them. */
const BAD: [string, string, string[], string[]][] = [
  ['numeric(10,2)', 'DECIMAL(10,2)', ["'NaN'"], ['"NaN" is no DECIMAL(10,2)']],
  [
    'numeric',
    'DECIMAL(10,2)',
    ["'NaN'", "'Infinity'", '1.239', '123456789'],
    [
      '"NaN" is no DECIMAL(10,2)',
      '"Infinity" is no DECIMAL(10,2)',
      '"1.239" has more than 2 decimals',
      '"123456789" is no DECIMAL(10,2)',
    ],
  ],
  ['numeric(12,4)', 'DECIMAL(12,2)', ['1.2345'], ['"1.2345" has more than 2 decimals']],
  ['numeric', 'BIGINT', ['1.5', '9223372036854775808'], ['"1.5" has decimals', '"9223372036854775808" is no BIGINT']],
  ['int8', 'INTEGER', ['2147483648'], ['"2147483648" is no INTEGER']],
  ['int4', 'DECIMAL(4,2)', ['100'], ['"100" is no DECIMAL(4,2)']],
  ['date', 'DATE', ["'infinity'", "'0044-03-15 BC'"], ['"infinity" is no DATE', '"0044-03-15 BC" is no DATE']],
  [
    'timestamp',
    'TIMESTAMP',
    ["'-infinity'", "'0044-03-15 12:00 BC'"],
    ['"-infinity" is no TIMESTAMP', '"0044-03-15 12:00:00 BC" is no TIMESTAMP'],
  ],
  ['timestamptz', 'TIMESTAMPTZ', ["'infinity'"], ['"infinity" is no TIMESTAMPTZ']],
  ['timestamptz', 'TIMESTAMPTZ', ["'0044-03-15 12:00Z BC'"], ['"0044-03-15 12:00:00 BC" is no TIMESTAMPTZ']],
];

describe('values of Postgres', () => {
  let shop: Shop;
  let good: Row[];
  let bad: Row[];
  beforeAll(async () => {
    shop = await openShop({ TimeZone: 'America/New_York', DateStyle: 'SQL, DMY', IntervalStyle: 'sql_standard' });
    await shop.sql(`CREATE SCHEMA kinds; CREATE TYPE kinds.mood AS ENUM ('sad', 'it''s ok');
      CREATE DOMAIN kinds.money AS numeric(10,2); CREATE DOMAIN kinds.price AS kinds.money CHECK (VALUE >= 0)`);
    good = (await readAll('good', GOOD)).rows;
    ({ bad } = await readAll('bad', BAD));
  });
  afterAll(async () => await shop.close());

  /** A column `c<number>` for each case; the values of one are in rows of their own. */
  async function readAll(name: string, cases: readonly (readonly [string, string, readonly string[], unknown])[]) {
    const types = cases.map(([type], index) => `c${index} ${type}`);
    const inserts = cases.flatMap(([, , given], index) =>
      given.map((value, row) => `INSERT INTO kinds.${name} (id, c${index}) VALUES (${index * 100 + row}, ${value})`),
    );
    await shop.sql(`CREATE TABLE kinds.${name} (id int PRIMARY KEY, ${types.join(', ')}); ${inserts.join('; ')}`);
    const columns = Object.fromEntries(cases.map(([, declared], index) => [`c${index}`, declared]));
    const source = await shop.source({
      [name]: { table: `kinds.${name}`, key: ['id'], columns: { id: 'INTEGER', ...columns } },
    });
    const read = (await shop.read(source, [name]))[name];
    if (read === undefined) throw new Error('nothing read');
    return read;
  }

  test.each(GOOD.map((each, index) => [...each, index] as const))(
    '%s as %s: %j',
    (_type, _declared, _given, expected, index) => {
      const own = good.filter(({ id }) => Math.floor(Number(id) / 100) === index);
      expect(own.map((row) => row[`c${index}`])).toEqual(expected);
    },
  );

  test.each(BAD.map((each, index) => [...each, index] as const))(
    '%s as %s sets aside %j',
    (_type, _declared, given, reasons, index) => {
      const own = bad.map(({ reason }) => String(reason)).filter((reason) => reason.startsWith(`c${index}: `));
      expect(own.sort()).toEqual(reasons.map((reason) => `c${index}: ${reason}`).sort());
      expect(own).toHaveLength(given.length);
    },
  );

  test.each([
    ['timestamp', 'TIMESTAMP', "'infinity'"],
    ['timestamptz', 'TIMESTAMPTZ', "'-infinity'"],
    ['timestamptz', 'TIMESTAMPTZ', "'0044-03-15 12:00Z BC'"],
    ['date', 'DATE', "'infinity'"],
    ['date', 'DATE', "'0044-03-15 BC'"],
    ['numeric(10,2)', 'DECIMAL(10,2)', "'NaN'"],
    ['int8', 'INTEGER', '2147483648'],
  ])('a single %s that is no %s is set aside: %s', async (type, declared, value) => {
    await shop.sql(
      `DROP TABLE IF EXISTS one; CREATE TABLE one (id int PRIMARY KEY, x ${type}); INSERT INTO one VALUES (1, NULL), (2, ${value})`,
    );
    const { one } = await shop.read(
      await shop.source({ one: { key: ['id'], columns: { id: 'INTEGER', x: declared } } }),
      ['one'],
    );
    expect(one?.rows).toEqual([{ id: 1, x: null }]);
    expect(one?.bad).toHaveLength(1);
  });

  test('text keeps its first character, whatever it is, and rows of nothing but text do', async () => {
    await shop.sql(
      `CREATE TABLE marks (x text PRIMARY KEY, y text); INSERT INTO marks VALUES (U&'\\FEFFa', ''), ('b', NULL)`,
    );
    const declared = {
      key: ['x'],
      columns: { x: 'VARCHAR', y: 'VARCHAR' },
      mapping: 'SELECT length(x) AS x, y FROM source',
    };
    const { marks } = await shop.read(await shop.source({ marks: declared }), ['marks']);
    expect(marks?.rows).toEqual([
      { x: '1', y: null },
      { x: '2', y: '' },
    ]);
    const { marks: alone } = await shop.read(
      await shop.source({
        marks: { key: ['x'], columns: { x: 'VARCHAR' }, mapping: 'SELECT length(x) AS x FROM source' },
      }),
      ['marks'],
    );
    expect(alone?.rows).toEqual([{ x: '1' }, { x: '2' }]);
  });

  test('rows with line breaks, and rows that are longer than a buffer, are read as others are', async () => {
    await shop.sql(`CREATE TABLE long (id int PRIMARY KEY, x text);
      INSERT INTO long SELECT i, repeat(E'line\\n"', i) FROM generate_series(1, 2000) AS i; INSERT INTO long VALUES (0, repeat('x', 9000000))`);
    const mapping = 'SELECT id, length(x) AS x FROM source';
    const declared = { key: ['id'], columns: { id: 'INTEGER', x: 'VARCHAR' }, mapping };
    const { long } = await shop.read(await shop.source({ long: declared }), ['long'], { records: 5_000 });
    expect(long?.rows).toEqual(
      [9_000_000, ...Array.from({ length: 2_000 }, (_, index) => (index + 1) * 6)].map((x, id) => ({
        id,
        x: String(x),
      })),
    );
  });

  test('a quarantined row says which table, a number, and the row with its key first', async () => {
    await shop.sql(`CREATE TABLE kinds."Odd ""Name" (note text, "Id" int8 PRIMARY KEY, amount numeric, at timestamptz);
      INSERT INTO kinds."Odd ""Name" VALUES (E'a\\n"b"', 7, 'NaN', '2026-01-01 00:00Z'), (NULL, 8, 1, 'infinity'), ('', 9, 2, NULL)`);
    const source = await shop.source({
      odd: {
        table: 'kinds.Odd "Name',
        key: ['Id'],
        columns: { note: 'VARCHAR', amount: 'DECIMAL(6,2)', Id: 'BIGINT', at: 'TIMESTAMPTZ' },
        accept: ['amount <> 2', '"Id" > 0'],
      },
    });
    const { odd } = await shop.read(source, ['odd']);
    expect(odd?.rows).toEqual([]);
    const sorted = odd?.bad
      .map(({ record: _, ...rest }) => rest)
      .sort((a, b) => String(a.raw).localeCompare(String(b.raw)));
    expect(sorted).toEqual([
      {
        file: 'kinds.Odd "Name',
        reason: 'amount: "NaN" is no DECIMAL(6,2)',
        raw: '{"Id":"7","note":"a\\n\\"b\\"","amount":"NaN","at":"2026-01-01 00:00:00"}',
      },
      {
        file: 'kinds.Odd "Name',
        reason: 'at: "infinity" is no TIMESTAMPTZ',
        raw: '{"Id":"8","note":null,"amount":"1","at":"infinity"}',
      },
      {
        file: 'kinds.Odd "Name',
        reason: 'not accepted: amount <> 2',
        raw: '{"Id":"9","note":"","amount":"2","at":null}',
      },
    ]);
    expect(odd?.bad.map(({ record }) => record).sort()).toEqual(['1', '2', '3']);
  });
});
