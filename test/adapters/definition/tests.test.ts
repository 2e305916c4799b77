/** Tests of models: every mistake in a file at its place, and every way to fail in words. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePipeline, type Pipeline } from '../../../src/adapters/definition/pipeline';
import { readPipeline, readTests } from '../../../src/adapters/definition/read';
import { parseTests } from '../../../src/adapters/definition/tests/parse';
import { runTests } from '../../../src/adapters/definition/tests/run';
import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import { DaybreakError } from '../../../src/domain/failure';
import { removeTemporaryFolders, temporaryFolder } from '../../dev/temporary';

const YAML = `name: shop
zone: Europe/Berlin
parameters:
  vip: { type: decimal, default: 1000 }
  least: { type: integer }
sources:
  orders:
    type: csv
    path: "*.csv"
    columns: { id: BIGINT, moment: TIMESTAMPTZ, amount: "DECIMAL(18,4)", share: DOUBLE, note: VARCHAR, paid: BOOLEAN }
  rates: { type: csv, path: "*.csv", columns: { day: DATE, rate: "DECIMAL(18,8)" } }
`;
const MODELS: Record<string, string> = {
  facts: `-- key: id
SELECT id, moment::DATE AS day, amount, share, note, paid FROM orders`,
  days: `-- publish: true
-- key: day
SELECT f.day, sum(f.amount)::DECIMAL(18, 4) AS amount, count(*) AS orders, list(f.id ORDER BY f.id) AS ids,
  sum(f.amount::DECIMAL(38, 4) * r.rate) AS converted, avg(f.share) AS share
FROM facts AS f LEFT JOIN rates AS r ON r.day = f.day GROUP BY f.day`,
  window_: `SELECT getvariable('window_from') AS first, getvariable('window_to') AS until, getvariable('as_of') AS as_of,
  getvariable('vip') AS vip, getvariable('least') AS least, getvariable('zone') AS zone`,
  shapes: `SELECT id, {'share': share, 'note': note} AS pair, sum(id) AS total, json_object('id', id) AS document,
  INTERVAL 1 DAY AS step, share::FLOAT AS part FROM orders GROUP BY ALL`,
  many: `SELECT range AS n FROM range((SELECT max(id) FROM orders))`,
  strict: `SELECT note::BIGINT AS number FROM orders`,
};

const engine = duckDbEngine(duckDb());
let folder = '';
let pipeline: Pipeline;
beforeAll(async () => {
  folder = join(temporaryFolder(), 'shop');
  mkdirSync(join(folder, 'models'), { recursive: true });
  writeFileSync(join(folder, 'pipeline.yaml'), YAML);
  for (const [name, sql] of Object.entries(MODELS)) writeFileSync(join(folder, 'models', `${name}.sql`), `${sql}\n`);
  pipeline = await parsePipeline(await readPipeline(folder), engine, { parameters: {}, environment: {} });
});
afterAll(async () => {
  await engine.close();
  await removeTemporaryFolders();
});

/** The mistakes of one file, without its path. */
function mistakes(text: string, file = 'models/days.test.yaml'): string[] {
  try {
    parseTests([{ file, text }], pipeline);
  } catch (error) {
    if (!(error instanceof DaybreakError)) throw error;
    expect(error.kind).toBe('BadDefinition');
    const [head, ...lines] = error.text.what.split('\n');
    expect(head).toBe(`${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in the tests of models`);
    return lines.map((line) => line.trim().replace(`${file}:`, ''));
  }
  return [];
}

/** What is said of each test of a model. */
async function said(model: string, text: string): Promise<readonly (readonly string[])[]> {
  const tests = parseTests([{ file: `models/${model}.test.yaml`, text }], pipeline);
  const report = await runTests(pipeline, tests, engine, [model]);
  return report.models[0]?.tests.map(({ says }) => says) ?? [];
}

describe('a mistake', () => {
  const one = (lines: string) => `tests:\n  - name: t\n${lines}\n`;
  it.each([
    [
      'not YAML',
      'tests: [',
      ['1:9 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ],
    [
      'an alias of nothing',
      one('    expect: *rows'),
      ['1:1 not YAML: Unresolved alias (the anchor must be set before the alias): rows'],
    ],
    ['an empty file', '', ['1:1 the file: expected object, got null']],
    [
      'a mistyped key',
      'wiht: {}\ntests: [{ name: t, expct: [] }]',
      [
        '2:9 tests.0.expect: is missing; expected a list',
        '2:20 tests.0.expct: unknown key; did you mean expect?',
        '1:1 wiht: unknown key; did you mean with?',
      ],
    ],
    ['no test', 'tests: []', ['1:8 tests: Too small: expected array to have >=1 items, got []']],
    [
      'a name twice',
      `${one('    expect: []')}  - { name: t, expect: [] }`,
      ['4:13 tests.1.name: is the name of another test, got "t"'],
    ],
    [
      'no rows',
      one('    given: { facts: }\n    expect: 5'),
      [
        '3:21 tests.0.given.facts: expected a list, got null',
        '4:13 tests.0.expect: expected rows below a line of column names; no rows are []',
      ],
    ],
    [
      'an object as a value',
      one('    expect: [{ day: { a: 1 } }]'),
      ['3:21 tests.0.expect.0.day: expected a value, or a list of values, got {"a":"1"}'],
    ],
    [
      'an unknown table',
      one('    given: { orderz: [] }\n    expect: []'),
      ['3:14 tests.0.given.orderz: there is no table orderz; did you mean orders?'],
    ],
    [
      'what is tested',
      one('    given: { days: [] }\n    expect: []'),
      ['3:14 tests.0.given.days: is what is tested; expected what it reads'],
    ],
    [
      'a table that is not read',
      one('    given: { strict: [] }\n    expect: []'),
      ['3:14 tests.0.given.strict: is not read; expected some of orders, rates'],
    ],
    [
      'a table behind a given one',
      `given: { facts: [] }\n${one('    given: { orders: [] }\n    expect: []')}`,
      ['4:14 tests.0.given.orders: is not read; expected some of facts, rates'],
    ],
    [
      'an unknown column',
      one('    given: { orders: [{ idd: 1 }, { idd: 2 }] }\n    expect: [{ amuont: 1 }]'),
      [
        '3:25 tests.0.given.orders.0.idd: there is no column idd; did you mean id?',
        '4:16 tests.0.expect.0.amuont: there is no column amuont; did you mean amount?',
      ],
    ],
    [
      'an unknown parameter',
      `with: { vpi: 1, as_off: 2026-05-01 }\n${one('    with: { window_to: 2026-05-01 }\n    expect: []')}`,
      [
        '1:9 with.vpi: cannot be given; did you mean vip?',
        '1:17 with.as_off: cannot be given; did you mean as_of?',
        '4:13 tests.0.with.window_to: cannot be given; expected some of as_of, window_from, vip, least',
      ],
    ],
    [
      'a value of a parameter',
      one('    with: { least: 1.5, vip: many, as_of: 2026-02-30 }\n    expect: []'),
      [
        '3:20 tests.0.with.least: expected an integer, got "1.5"',
        '3:30 tests.0.with.vip: expected a number with at most 4 decimals, got "many"',
        '3:43 tests.0.with.as_of: expected a day such as 2026-05-01, got "2026-02-30"',
      ],
    ],
    [
      'a window without a day',
      `with: { window_from: 2026-04-01 }\n${one('    with: { as_of: 2026-04-01 }\n    expect: []')}`,
      ['4:20 tests.0.with.as_of: the window is from 2026-04-01 to 2026-04-01; expected that it begins before it ends'],
    ],
    [
      'rows that name different columns',
      one('    expect: [{ amount: 1 }, { amount: 1, orders: 1 }]'),
      [
        '3:29 tests.0.expect.1: orders is named by some rows only; expected that all rows name the same columns, or all name the key (day)',
      ],
    ],
    [
      'a key twice',
      one('    expect: [{ day: 2026-04-01 }, { day: 2026-04-01 }]'),
      ['3:35 tests.0.expect.1: day is that of another row'],
    ],
    [
      'a block with too many cells',
      one('    expect: |\n      day | orders\n\n      2026-04-01 | 1 | 2'),
      ['6:7 tests.0.expect.0: expected 2 cells, as many as column names, got 3'],
    ],
    [
      'names and values in a block',
      one('    expect: | # as it is\n      day | ordrs\r\n      2026-04-31 | 1'),
      [
        '5:7 tests.0.expect.0.day: "2026-04-31" is no DATE: expected a day such as 2026-08-31',
        '4:13 tests.0.expect.0.ordrs: there is no column ordrs; did you mean orders?',
      ],
    ],
  ])('%s', (_, text, says) => {
    expect(mistakes(text)).toEqual(says);
  });

  it.each([
    ['id', '1.5', 'is no BIGINT: expected a whole number'],
    ['id', '9223372036854775808', 'is out of the range of BIGINT'],
    ['amount', '1.00001', 'has more than 4 decimals'],
    ['amount', '1e3', 'is no DECIMAL(18,4): expected a number such as 12.50'],
    ['moment', '2026-04-01 10:00:00', 'is no TIMESTAMPTZ: expected a time with offset such as'],
    ['share', 'NaN', 'is no DOUBLE: expected a finite number'],
    ['paid', 'yes', 'is no BOOLEAN: expected true or false'],
  ])('is a value of %s such as %s', (column, value, words) => {
    expect(mistakes(one(`    given: { orders: [{ ${column}: ${value} }] }\n    expect: []`))).toEqual([
      expect.stringContaining(`3:${27 + column.length} tests.0.given.orders.0.${column}: "${value}" ${words}`),
    ]);
  });

  it.each([
    ['ids: 5', '"5" is no list such as [1, 2]'],
    ['ids: [1, x]', '"x" is no BIGINT: expected a whole number'],
    ['orders: [1]', 'expected one value of type BIGINT, got a list'],
    ['day: ""', '"" is no DATE'],
  ])('is an expected value such as %s', (cell, words) => {
    expect(mistakes(one(`    expect: [{ ${cell} }]`))).toEqual([expect.stringContaining(words)]);
  });

  it('is a file without its model, and one that ends in another way', () => {
    const [unknown] = mistakes('tests: []', 'models/dyas.test.yaml');
    expect(unknown).toBe('1:1 there is no model dyas; did you mean days?');
    expect(mistakes('tests: []', 'more/days.test.yaml')).toEqual(['1:1 there is no model days']);
    expect(mistakes('tests: []', 'models/days.test.yml')).toEqual(['1:1 expected the name days.test.yaml']);
  });
});

describe('what is given', () => {
  it('is computed with: the days of the zone, models of sources, NULL for what is left out', async () => {
    const text = `
given:
  rates: [{ day: 2026-03-29, rate: 2.00000001 }]
tests:
  - name: sources
    given:
      orders:
        - { id: 12345678901234567, moment: 2026-03-28T23:00:00Z, amount: 0.3, share: 0.1 }
        - { id: 2, moment: 2026-03-29T21:59:59Z, amount: "12345678901234.5678", share: 0.2 }
        - { id: 3, moment: 2026-03-29T22:00:00Z }
    expect:
      - { day: 2026-03-30, orders: 1, amount: null, converted: ~, ids: [3], share: null }
      - day: 2026-03-29
        orders: 2
        amount: 12345678901234.8678
        ids: [2, 12345678901234567]
        converted: 24691357925926.524612348678
        share: 0.15000000000001
  - name: a model instead
    given: { facts: [{ day: 2026-03-29, amount: 1, id: 1 }, { day: 2026-03-29, amount: 2, id: 2 }] }
    expect: [{ day: 2026-03-29, amount: 3, converted: 6.00000003 }]
  - name: other rates than those of the file
    given: { facts: [{ day: 2026-03-29, amount: 1 }], rates: [] }
    expect: |
      day        | converted | ids
      2026-03-29 |           | [null]
  - name: nothing
    expect: []
`;
    expect(await said('days', text)).toEqual([[], [], [], []]);
  });

  it('has the window and the parameters of the test, over those of the file, over those of the pipeline', async () => {
    const text = `
with: { vip: 500, window_from: 2026-01-01 }
tests:
  - { name: the file's, expect: [{ first: 2026-01-01, until: 2026-05-01, as_of: 2026-05-01, vip: 500, least: null, zone: Europe/Berlin }] }
  - { name: its own, with: { as_of: 2026-02-01, vip: 0.0001, least: 7 }, expect: [{ first: 2026-01-01, as_of: 2026-02-01, vip: 0.0001, least: 7 }] }
  - { name: the file's again, expect: [{ as_of: 2026-05-01, vip: 500, least: null }] }
`;
    expect(await said('window_', text)).toEqual([[], [], []]);
    const alone = 'tests: [{ name: t, expect: [{ first: 2026-04-03, until: 2026-05-01, vip: 1000 }] }]';
    expect(await said('window_', alone)).toEqual([[]]);
  });

  it('may be of types that only the engine knows', async () => {
    const text = `
tests:
  - name: as text
    given: { orders: [{ id: 1, share: 0.1, note: x }] }
    expect:
      - { id: 1, pair: "{share: 0.1, note: x}", total: 1, document: '{"id":1}', step: 1 day, part: 0.1 }
  - { name: not of the type, given: { orders: [{ id: 1 }] }, expect: [{ step: often }] }
`;
    expect(await said('shapes', text)).toEqual([
      [],
      [expect.stringMatching(/^expect cannot be computed: Conversion Error: .*often/)],
    ]);
  });
});

describe('a test that fails', () => {
  const given = `given:
  facts: |
    id | day        | amount | note
    1  | 2026-04-01 | 10     | "a | b"
    2  | 2026-04-02 | 20     |
`;
  it('tells values, rows that are missing, and rows that nobody expected', async () => {
    const text = `${given}tests:
  - name: values
    expect: [{ day: 2026-04-01, amount: 9, orders: 2 }, { day: 2026-04-02, ids: [1, null] }]
  - name: rows
    expect: [{ day: 2026-04-01, amount: 10 }, { day: 2026-04-03, amount: 30 }]
  - name: without a key
    expect: [{ orders: 1 }, { orders: 2 }]
  - name: good
    expect: [{ orders: 1 }, { orders: 1 }]
`;
    expect(await said('days', text)).toEqual([
      [
        'day 2026-04-01: amount expected 9.0000, got 10.0000',
        'day 2026-04-01: orders expected 2, got 1',
        'day 2026-04-02: ids expected [1, NULL], got [2]',
      ],
      ['missing row: day 2026-04-03, amount 30.0000', 'unexpected row: day 2026-04-02, amount 20.0000'],
      ['row 2: orders expected 2, got 1'],
      [],
    ]);
  });

  it('tells text from NULL', async () => {
    const text = `tests:
  - name: t
    given: { orders: [{ id: 1, note: "" }, { id: 2, note: "null" }, { id: 3, note: null }] }
    expect: [{ id: 1, note: null }, { id: 2, note: null }, { id: 3, note: "null" }]
`;
    expect(await said('facts', text)).toEqual([
      [
        'id 1: note expected NULL, got ""',
        'id 2: note expected NULL, got "null"',
        'id 3: note expected "null", got NULL',
      ],
    ]);
  });

  it('may be one with more rows than anybody writes down', async () => {
    const text = 'tests: [{ name: t, given: { orders: [{ id: 10001 }] }, expect: [{ n: 1 }] }]';
    expect(await said('many', text)).toEqual([['there are more than 10000 rows; expected as few as a test can say']]);
  });

  it('may be one whose model cannot be computed, which harms no other', async () => {
    const text = `tests:
  - { name: no number, given: { orders: [{ note: x }] }, expect: [] }
  - { name: a number, given: { orders: [{ note: "5" }] }, expect: [{ number: 5 }] }
`;
    expect(await said('strict', text)).toEqual([
      [expect.stringMatching(/^strict cannot be computed: Conversion Error: Could not convert string 'x' to INT64/)],
      [],
    ]);
  });
});

it('reports what was asked for: counts, places, and columns that no test names', async () => {
  const tests = parseTests(
    [
      {
        file: 'models/days.test.yaml',
        text: 'tests:\n  - name: a\n    expect: []\n  - name: b\n    expect: [{ day: 2026-04-01, ids: [] }]\n',
      },
    ],
    pipeline,
  );
  expect(await runTests(pipeline, tests, engine, ['shapes', 'days'])).toEqual({
    pipeline: 'shop',
    models: [
      {
        model: 'shapes',
        file: null,
        tests: [],
        untested: ['id', 'pair', 'total', 'document', 'step', 'part'],
      },
      {
        model: 'days',
        file: 'models/days.test.yaml',
        tests: [
          { name: 'a', line: 2, passed: true, differences: [], says: [] },
          {
            name: 'b',
            line: 4,
            passed: false,
            differences: [{ kind: 'missing', row: { day: '2026-04-01', ids: [] } }],
            says: ['missing row: day 2026-04-01, ids []'],
          },
        ],
        untested: ['amount', 'orders', 'converted', 'share'],
      },
    ],
    passed: 1,
    failed: 1,
    seconds: expect.any(Number),
  });
  await expect(runTests(pipeline, tests, engine, ['dayz'])).rejects.toMatchObject({
    kind: 'BadRequest',
    message: expect.stringContaining('shop: there is no model dayz; did you mean days?'),
  });
});

it('is no part of what a run begins with', async () => {
  const before = await readPipeline(folder);
  expect(await readTests(before)).toEqual([]);
  writeFileSync(join(folder, 'models', 'days.test.yaml'), '\uFEFFtests: []\n');
  expect(await readPipeline(folder)).toEqual(before);
  expect(await readTests(before)).toEqual([{ file: 'models/days.test.yaml', text: 'tests: []\n' }]);
});
