/** What a pipeline's files say together: conditions, keys, names, headers, and SQL that has to stand in parentheses. */
import { examinePipeline, type Pipeline, parsePipeline } from '../../../src/adapters/definition/pipeline';
import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import type { DaybreakError } from '../../../src/domain/failure';

const engine = duckDbEngine(duckDb());
afterAll(async () => await engine.close());

interface Given {
  /** Below the source `orders`. */
  readonly source?: string;
  readonly more?: string;
  readonly model?: string;
  readonly mapping?: string;
}
const MODEL = '-- publish: true\nSELECT order_id, amount FROM orders\n';

async function parse({ source = '', more = '', model = MODEL, mapping }: Given): Promise<Pipeline> {
  const yaml = `name: shop
zone: Europe/Berlin
parameters: { most: { type: decimal, default: 100 } }
sources:
  orders:
    type: csv
    path: data/*.csv
    columns: { order_id: BIGINT, amount: "DECIMAL(18,4)" }
${mapping === undefined ? '' : '    mapping: map.sql\n'}${source}${more}`;
  const sql = { 'models/daily.sql': model, ...(mapping === undefined ? {} : { 'map.sql': mapping }) };
  return await parsePipeline({ folder: '/shop', yaml, sql, models: ['models/daily.sql'] }, engine, {
    parameters: {},
    environment: {},
  });
}
async function mistakes(given: Given): Promise<string[]> {
  const error = await parse(given).then(
    () => undefined,
    (thrown: DaybreakError) => thrown,
  );
  return (error?.text.what ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

describe('what rows are accepted by', () => {
  it.each([
    ['amuont > 0', /^pipeline.yaml:9:14 sources.orders.accept.0: Referenced column "amuont" not found/],
    ['amount > 0 AND', /^pipeline.yaml:9:14 sources.orders.accept.0: syntax error/],
    ['sum(amount) > 0', /^pipeline.yaml:9:14 sources.orders.accept.0: a condition is row-wise: sum\(…\) needs more/],
    ['row_number() OVER () > 1', /accept.0: a condition is row-wise: a window needs more than one row/],
    ['amount IN (SELECT 1)', /accept.0: a condition is row-wise: a subquery needs more than one row/],
    ["amount < getvariable('mots')", /accept.0: there is no parameter mots; did you mean most\?$/],
    ['amount < $most', /accept.0: parameters are read with getvariable/],
    ['upper(amount, 1) = 1', /^pipeline.yaml:9:14 sources.orders.accept.0: No function matches [^\n]*casts\.$/],
  ])('%s is a mistake at its place', async (condition, message) => {
    const found = await mistakes({ source: `    accept: [${JSON.stringify(condition)}]\n` });
    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it('may say in words what is wrong with which column', async () => {
    const condition = (column: string, expression: string) =>
      `    accept: [{ column: ${column}, expression: ${expression}, reason: is no price }]\n`;
    expect(await mistakes({ source: condition('amont', 'amount > 0') })).toEqual([
      'pipeline.yaml:9:24 sources.orders.accept.0.column: there is no column amont; did you mean amount?',
    ]);
    expect(await mistakes({ source: condition('amount', 'amuont > 0') })).toEqual([
      expect.stringMatching(/^pipeline.yaml:9:14 sources.orders.accept.0: Referenced column "amuont" not found/),
    ]);
  });

  it('speaks of the declared columns, before the mapping, and of parameters', async () => {
    const { sources } = await parse({
      source: `    accept: ["amount < getvariable('most') -- per line", "ORDER_ID > 0"]\n`,
      mapping: 'SELECT order_id, amount * 100 AS cents FROM source',
      model: '-- publish: true\nFROM orders',
    });
    expect(sources.orders?.columns.map(({ name }) => name)).toEqual(['order_id', 'cents']);
    // Parts are fingerprinted by the variables that they were read with, so a condition's count too.
    expect(sources.orders?.variables).toEqual(['most']);
  });
});

describe("a source's key", () => {
  it('has columns of the table', async () => {
    expect(await mistakes({ source: '    key: [order_idd, amount, day]\n' })).toEqual([
      'pipeline.yaml:9:11 sources.orders.key.0: there is no column order_idd; did you mean order_id?',
      'pipeline.yaml:9:30 sources.orders.key.2: there is no column day; expected order_id, amount',
    ]);
  });

  it('is that of the table after its mapping', async () => {
    const mapping = 'SELECT order_id AS id FROM source';
    const model = '-- publish: true\nFROM orders';
    expect(await mistakes({ source: '    key: [order_id]\n', mapping, model })).toEqual([
      'pipeline.yaml:10:11 sources.orders.key.0: there is no column order_id; expected id',
    ]);
    expect((await parse({ source: '    key: [ID]\n', mapping, model })).models).toHaveLength(1);
  });
});

describe('declarations that would go wrong only later', () => {
  it.each([
    ['    checks: [{ type: range, column: amount }]\n', 'checks.0: expected "min" or "max", or both'],
    ['    heartbeat: 0s\n', 'sources.orders.heartbeat: expected a duration such as 45s'],
    ['    heartbeat: 1s\n', 'sources.orders.heartbeat: expected 2s to 1h, got "1s"'],
    ['    wait: 2d\n', 'sources.orders.wait: expected 1s to 24h, got "2d"'],
    ['    checks: [{ type: row_count }]\n', 'checks.0: expected "min" or "max", or both'],
    ['    checks: [{ type: row_count, min: 5, max: 1 }]\n', 'checks.0.min: expected at most "max", which is 1, got 5'],
    [
      '    checks: [{ type: references, columns: [order_id], to: daily, to_columns: [order_id, amount] }]\n',
      'to_columns: expected as many columns as in "columns", got ["order_id","amount"]',
    ],
  ])('%s', async (source, message) => {
    expect(await mistakes({ source })).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['from: 2026-02-01\nto: 2026-02-01\n', 'pipeline.yaml:9:7 from: expected a day before "to", got "2026-02-01"'],
    [
      '  source: { type: parquet, path: x, columns: { a: DATE } }\n',
      'pipeline.yaml:9:3 sources.source: the name source is taken by daybreak itself',
    ],
    [
      '  b: { type: parquet, path: x, columns: { day: DATE, Day: DATE } }\n',
      'pipeline.yaml:9:54 sources.b.columns.Day: is day again: SQL does not tell capital letters from small ones',
    ],
    [
      '  b: { type: parquet, path: x, columns: { a: "DECIMAL(4,18)" } }\n',
      'pipeline.yaml:9:46 sources.b.columns.a: expected a width of at least 1 and a scale of at most the width, got "DECIMAL(4,18)"',
    ],
    [
      '  b: { type: parquet, path: x, columns: { a: "DECIMAL(0,0)" } }\n',
      'pipeline.yaml:9:46 sources.b.columns.a: expected a width of at least 1 and a scale of at most the width, got "DECIMAL(0,0)"',
    ],
  ])('%s', async (more, message) => {
    expect(await mistakes({ more })).toEqual([message]);
  });

  it('no published model, told when all else is good', async () => {
    expect(await mistakes({ model: 'SELECT order_id FROM orders' })).toEqual([
      'pipeline.yaml models: no model is published; expected "-- publish: true" at the top of at least one',
    ]);
  });

  it('a description of a column that the model does not have', async () => {
    const model = '-- publish: true\n-- columns:\n--   order_id: Its number\n--   amuont: Money\nFROM orders\n';
    expect(await mistakes({ model })).toEqual([
      'models/daily.sql:4:6 columns: there is no column amuont; did you mean amount?',
    ]);
  });

  it('every mistake is one line', async () => {
    const found = await mistakes({ source: '    checks: [{ type: references, columns: [order_id], to: orderz }]\n' });
    expect(found).toEqual([
      'pipeline.yaml:9:59 sources.orders.checks.0.to: there is no table orderz; did you mean orders?',
    ]);
  });
});

describe('SQL in the declaration', () => {
  const check = (text: string) => `checks:\n  - { ${text} }\n`;

  it.each([
    [
      'type: sql, name: s, sql: "SELECT 1 WHERE false); COPY (SELECT 1) TO \'x\'; SELECT * FROM (SELECT 1"',
      'checks.0.sql: syntax error at or near ")"',
    ],
    [
      'type: expression, on: daily, expression: "true); COPY (SELECT 1) TO \'x\'; SELECT (true"',
      'checks.0.expression: expected one SELECT, got another statement',
    ],
    [
      'type: reconcile, name: r, left: "SELECT 1", right: "SELECT 1 FROM dialy"',
      'checks.0.right: there is no table dialy; did you mean daily?',
    ],
    [
      'type: sql, name: s, sql: "SELECT * FROM read_csv(\'/etc/passwd\')"',
      'checks.0.sql: models read tables, not read_csv',
    ],
    [
      'type: sql, name: s, sql: "SELECT getvariable(\'mots\')"',
      'checks.0.sql: there is no parameter mots; did you mean most?',
    ],
    ['type: sql, name: s, sql: "SELEC 1"', 'checks.0.sql: syntax error'],
    [
      'type: references, on: daily, columns: [order_id], to: ordrs',
      'checks.0.to: there is no table ordrs; did you mean orders?',
    ],
    // Text would be pasted into it; what a run is given must stay a value.
    [
      'type: expression, on: daily, expression: "amount < ${var:most}"',
      "checks.0.expression: SQL is not put together from text: write getvariable('most') instead of ${var:most}",
    ],
    ['type: sql, name: s, sql: "SELECT \'${env:HOME}\'"', 'checks.0.sql: SQL is not put together from text'],
  ])('%s', async (text, message) => {
    expect(await mistakes({ more: check(text) })).toEqual([expect.stringContaining(message)]);
  });

  it("takes parameters as values only, also in a source's conditions and checks", async () => {
    const source = `    accept: ["amount < \${var:most}"]
    checks: [{ type: sql, name: s, sql: "SELECT * FROM orders WHERE amount > \${var:most}" }]
`;
    expect(await mistakes({ source })).toEqual([
      expect.stringContaining('sources.orders.accept.0: SQL is not put together from text'),
      expect.stringContaining('sources.orders.checks.0.sql: SQL is not put together from text'),
    ]);
  });

  it("does not let a source's check read a model, which comes later", async () => {
    const source = '    checks: [{ type: sql, name: s, sql: "SELECT * FROM daily" }]\n';
    expect(await mistakes({ source })).toEqual([expect.stringContaining('there is no table daily')]);
  });
});

describe('SQL that is put in parentheses', () => {
  it.each(['; -- that is all\n', ' ; /* a ; b */ ;\n', '\n;\n', '; -- a\n-- b'])('may end with %p', async (end) => {
    const { models } = await parse({ model: `-- publish: true\nSELECT ';--' AS order_id FROM orders${end}` });
    expect(models[0]?.sql).not.toMatch(/(?<!'|a );/);
    const [parsed] = await engine.parse([`SELECT * FROM (${models[0]?.sql ?? ''}\n)`]);
    expect(parsed?.problem).toBeUndefined();
  });

  it('may end with a comment in a check', async () => {
    const more = `checks:
  - { type: expression, on: daily, expression: "amount > 0 -- positive" }
  - { type: sql, name: s, sql: "SELECT * FROM daily -- all" }
  - { type: reconcile, name: r, left: "SELECT 1 -- one", right: "SELECT 1 -- one" }
`;
    expect((await parse({ more })).checks).toHaveLength(3);
  });
});

test('`incremental` of a model that is computed inside its reader is warned of, at its place', async () => {
  const reader = '-- publish: true\nSELECT count(*) AS n FROM parts\n';
  const warned = async (parts: string) => {
    const yaml = `name: shop
zone: UTC
sources: { orders: { type: csv, path: a.csv, columns: { order_id: BIGINT } } }
`;
    const sql = { 'models/parts.sql': `${parts}SELECT order_id FROM orders\n`, 'models/whole.sql': reader };
    const files = { folder: '/shop', yaml, sql, models: Object.keys(sql) };
    const { problems, warnings } = await examinePipeline(files, engine, { parameters: {}, environment: {} });
    expect(problems).toEqual([]);
    return warnings;
  };
  expect(await warned('-- description: some\n-- incremental: order_id\n')).toEqual([
    {
      ...{ file: 'models/parts.sql', line: 2, column: 4 },
      message: expect.stringMatching(/^incremental: changes nothing here, as the model is computed inside whole;/),
    },
  ]);
  for (const written of [
    '-- publish: true\n-- incremental: order_id\n',
    '-- key: order_id\n-- incremental: order_id\n',
    '',
  ])
    expect(await warned(written)).toEqual([]);
});
