/** Broken pipelines: every mistake is named at its place, in words that say what to write instead. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parsePipeline } from '../../src/adapters/definition/pipeline';
import { pipelineFolder, readPipeline } from '../../src/adapters/definition/read';
import { duckDbEngine } from '../../src/adapters/engines/duckdb';
import { duckDb } from '../../src/adapters/engines/duckdb/client';
import { DaybreakError } from '../../src/domain/failure';
import type { ParameterValue } from '../../src/domain/parameters';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';

const YAML = `name: shop
zone: Europe/Berlin
sources:
  orders:
    type: csv
    path: data/*.csv
    columns:
      order_id: BIGINT
      amount: DECIMAL(18,4)
      day: DATE
`;
const DAILY = `-- publish: true
-- key: day
SELECT day, sum(amount) AS amount
FROM orders
GROUP BY day
`;

interface Case {
  readonly is: string;
  /** What is written instead of what, in the good declaration. */
  readonly yaml?: readonly (readonly [from: string, to: string])[];
  /** At the end of the good declaration. */
  readonly more?: string;
  /** Beside, or instead of, the good model. */
  readonly files?: Readonly<Record<string, string>>;
  readonly given?: Readonly<Record<string, ParameterValue>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function write({ yaml = [], more = '', files = {} }: Omit<Case, 'is'>): string {
  const folder = join(temporaryFolder(), 'shop');
  const declaration = yaml.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the good declaration has no ${from}`);
    return text.replace(from, () => to);
  }, YAML);
  for (const [file, text] of Object.entries({
    'pipeline.yaml': declaration + more,
    'models/daily.sql': DAILY,
    ...files,
  })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

const engine = duckDbEngine(duckDb());
afterAll(async () => await engine.close());

const validate = async ({ given = {}, environment = {}, ...pipeline }: Omit<Case, 'is'>) =>
  await parsePipeline(await readPipeline(await pipelineFolder(write(pipeline), '/')), engine, {
    parameters: given,
    environment,
  });

/** The mistakes that are named, line by line. */
async function mistakes(pipeline: Omit<Case, 'is'>): Promise<string[]> {
  const error: unknown = await validate(pipeline).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DaybreakError)) throw new Error('the pipeline is taken for good', { cause: error });
  expect(error.kind).toBe('BadDefinition');
  const [head, ...rest] = error.text.what.split('\n');
  const lines = rest.filter((line) => /^ {2}\S/.test(line));
  expect(head).toBe(`${lines.length === 1 ? 'one mistake' : `${lines.length} mistakes`} in the pipeline`);
  const unset = lines.every((line) => line.includes('is not set in the environment'));
  expect(error.text.next).toBe(
    unset
      ? 'set SHOP here and where the worker starts, and try again'
      : 'correct the files and try again; `daybreak validate` shows what is left',
  );
  return lines.map((line) => line.trim());
}

afterAll(removeTemporaryFolders);

const mapped = (sql: string): Omit<Case, 'is'> => ({
  yaml: [['    columns:', '    mapping: map.sql\n    columns:']],
  files: { 'map.sql': sql },
});

const CASES: readonly (Case & { readonly says: readonly unknown[] })[] = [
  {
    is: 'another type of source',
    yaml: [['type: csv', 'type: cvs']],
    says: [
      'pipeline.yaml:5:11 sources.orders.type: expected csv, parquet, ndjson, json or postgres, got "cvs"; did you mean csv?',
    ],
  },
  {
    is: 'an unknown key',
    yaml: [['path:', 'pth:']],
    says: [
      'pipeline.yaml:5:5 sources.orders.path: is missing; expected string',
      'pipeline.yaml:6:5 sources.orders.pth: unknown key; did you mean path?',
    ],
  },
  {
    is: 'an unknown key at the top',
    more: 'chekcs: []\n',
    says: ['pipeline.yaml:11:1 chekcs: unknown key; did you mean checks?'],
  },
  {
    is: 'a key nothing is near to',
    more: 'wholly_unknown: 1\n',
    says: ['pipeline.yaml:11:1 wholly_unknown: unknown key'],
  },
  {
    is: 'a missing key',
    yaml: [['    path: data/*.csv\n', '']],
    says: ['pipeline.yaml:5:5 sources.orders.path: is missing; expected string'],
  },
  {
    is: 'a missing zone',
    yaml: [['zone: Europe/Berlin\n', '']],
    says: ['pipeline.yaml:1:1 zone: is missing; expected string'],
  },
  {
    is: 'a missing type',
    yaml: [['    type: csv\n', '']],
    says: ['pipeline.yaml:5:5 sources.orders.type: expected csv, parquet, ndjson, json or postgres, got nothing'],
  },
  {
    is: 'no sources',
    yaml: [[YAML.slice(YAML.indexOf('sources:')), 'sources: {}\n']],
    says: ['pipeline.yaml:3:10 sources: expected at least one source, got {}'],
  },
  { is: 'an empty declaration', yaml: [[YAML, '']], says: ['pipeline.yaml:1:1 the file: expected object, got null'] },
  {
    is: 'YAML that does not close',
    yaml: [['path: data/*.csv', 'path: [data']],
    says: [
      'pipeline.yaml:7:5 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    is: 'tabs for indentation',
    yaml: [['    type: csv\n    path:', '\ttype: csv\n\tpath:']],
    says: ['pipeline.yaml:5:1 not YAML: a tab is no indentation; write spaces'],
  },
  {
    is: 'tabs in a header',
    files: {
      'models/daily.sql': '-- publish: true\n-- columns:\n-- \tday: The day\n-- \tamount: Money\nFROM orders\n',
    },
    says: ['models/daily.sql:3:4 the header is not YAML: a tab is no indentation; write spaces'],
  },
  { is: 'the same key twice', more: 'zone: UTC\n', says: ['pipeline.yaml:11:1 not YAML: this key is there twice'] },
  {
    is: 'the same key twice, and more',
    more: 'zone: UTC\nzoen: UTC\n',
    says: [
      'pipeline.yaml:11:1 not YAML: this key is there twice',
      'pipeline.yaml:12:1 zoen: unknown key; did you mean zone?',
    ],
  },
  {
    is: 'a word where a list is meant, and a day in another order',
    more: 'from: 01.02.2026\nchecks:\n  - { type: unique, on: daily, columns: day }\n',
    says: [
      'pipeline.yaml:11:7 from: expected a day such as 2026-08-31, got "01.02.2026"',
      'pipeline.yaml:13:41 checks.0.columns: expected a list such as [day], got "day"',
    ],
  },
  {
    is: 'a figure of an unknown column',
    more: 'checks:\n  - { type: reconcile, name: r, left: SELECT 1, right: SELECT sum(amuont) FROM daily }\n',
    says: [
      'pipeline.yaml:12:56 checks.0.right: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
    ],
  },
  {
    is: 'a bad duration',
    yaml: [['    columns:', '    wait: 2 hours\n    columns:']],
    says: ['pipeline.yaml:7:11 sources.orders.wait: expected a duration such as 45s, 30m, 2h or 28d, got "2 hours"'],
  },
  {
    is: 'a number where a duration is expected, and an empty list',
    more: 'repair_time: 45\nnotify: { routes: [{ severity: [], to: [log] }] }\n',
    says: [
      'pipeline.yaml:11:14 repair_time: expected a duration such as 45s, 30m or 2h, got 45',
      'pipeline.yaml:12:32 notify.routes.0.severity: expected at least one, got []',
    ],
  },
  {
    is: 'one word of a schedule',
    more: 'schedule: { cron: 0 3 * * *, overlap: skpi, catch_up: soon }\n',
    says: [
      'pipeline.yaml:11:39 schedule.overlap: expected skip, buffer_one, buffer_all, cancel_other, terminate_other or allow_all, got "skpi"; did you mean skip?',
      'pipeline.yaml:11:55 schedule.catch_up: expected a duration such as 45s, 30m or 2h, got "soon"',
    ],
  },
  {
    is: 'a bad size',
    yaml: [['    columns:', '    part: 32\n    columns:']],
    says: ['pipeline.yaml:7:11 sources.orders.part: expected string, got 32'],
  },
  {
    is: 'a share above one',
    yaml: [['    columns:', '    max_quarantined: 5\n    columns:']],
    says: ['pipeline.yaml:7:22 sources.orders.max_quarantined: Too big: expected number to be <=1, got 5'],
  },
  {
    is: 'a zone that does not exist',
    yaml: [['Europe/Berlin', 'Europe/Berlim']],
    says: ['pipeline.yaml:2:7 zone: expected an IANA time zone such as Europe/Berlin, got "Europe/Berlim"'],
  },
  {
    is: 'a bad name',
    yaml: [['name: shop', 'name: My Shop']],
    says: [
      'pipeline.yaml:1:7 name: expected lower-case letters, digits, _ and -, starting with a letter, at most 63, got "My Shop"',
    ],
  },
  {
    is: 'a bad name of a source',
    yaml: [['  orders:', '  Orders:']],
    files: { 'models/daily.sql': 'SELECT 1 AS one\n' },
    says: ['pipeline.yaml:4:3 sources.Orders: expected lower-case letters, digits and _, starting with a letter'],
  },
  {
    is: 'a bad type of a column',
    yaml: [['BIGINT', 'BIGNIT']],
    says: [
      'pipeline.yaml:8:17 sources.orders.columns.order_id: expected a type such as BIGINT, VARCHAR, DATE, TIMESTAMPTZ or DECIMAL(18,4), got "BIGNIT"',
    ],
  },
  {
    is: 'hours for full loads that are none, and some of a table that is read with another',
    yaml: [
      [
        'type: csv\n    path: data/*.csv',
        'type: postgres\n    table: orders\n    key: [order_id]\n    full_loads: 22:00-22:00',
      ],
    ],
    more: `  lines:
    type: postgres
    table: lines
    parent: orders
    key: [order_id]
    full_loads: 22:00-06:00
    columns: {order_id: BIGINT}
`,
    says: [
      'pipeline.yaml:8:17 sources.orders.full_loads: expected two times of a day such as "22:00-06:00", got "22:00-22:00"',
      'pipeline.yaml:18:17 sources.lines.full_loads: expected it of orders only, with which these rows are read',
    ],
  },
  {
    is: 'a bad window',
    more: 'window: 4w\n',
    says: ['pipeline.yaml:11:9 window: expected a number of days such as 28d, got "4w"'],
  },
  {
    is: 'a bad type of a parameter',
    more: 'parameters:\n  vip: { type: number }\n',
    says: [
      'pipeline.yaml:12:16 parameters.vip.type: expected decimal, integer, string, boolean, date or path, got "number"',
    ],
  },
  {
    is: 'a bad type of a check',
    more: 'checks:\n  - { type: not_nul, on: daily, columns: [day] }\n',
    says: [
      'pipeline.yaml:12:13 checks.0.type: expected not_null, unique, accepted_values, range, row_count, references, freshness, expression, drift, reconcile or sql, got "not_nul"; did you mean not_null?',
    ],
  },
  {
    is: 'a check on an unknown model',
    more: 'checks:\n  - { type: row_count, on: dayly, min: 1 }\n',
    says: ['pipeline.yaml:12:28 checks.0.on: there is no model dayly; did you mean daily?'],
  },
  {
    is: 'a check on nothing',
    more: 'checks:\n  - { type: row_count, min: 1 }\n',
    says: ['pipeline.yaml:12:5 checks.0.on: is missing; expected the model that is checked'],
  },
  {
    is: 'a check on an unknown column',
    more: 'checks:\n  - { type: not_null, on: daily, columns: [dya] }\n',
    says: ['pipeline.yaml:12:44 checks.0.columns.0: there is no column dya in daily; did you mean day?'],
  },
  {
    is: 'a reference to an unknown column',
    more: 'checks:\n  - { type: references, on: daily, columns: [day], to: orders, to_columns: [dy] }\n',
    says: ['pipeline.yaml:12:77 checks.0.to_columns.0: there is no column dy in orders; did you mean day?'],
  },
  {
    is: 'a reference to the same column of a table that has none',
    more: 'checks:\n  - { type: references, on: daily, columns: [amount], to: days }\n',
    files: { 'models/days.sql': '-- publish: true\nSELECT DISTINCT day FROM orders\n' },
    says: ['pipeline.yaml:12:46 checks.0.columns.0: there is no column amount in days; expected day'],
  },
  {
    is: 'a condition on an unknown column',
    more: 'checks:\n  - { type: expression, on: daily, expression: "amuont > 0" }\n',
    says: [
      'pipeline.yaml:12:48 checks.0.expression: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
    ],
  },
  {
    is: 'drift of a model that no edition has',
    more: 'checks:\n  - { type: drift, on: kinds, column: kind, max: 0.25 }\n',
    files: { 'models/kinds.sql': 'SELECT DISTINCT order_id AS kind FROM orders' },
    says: [
      'pipeline.yaml:12:24 checks.0.on: drift compares with the live edition, which has no kinds; expected a published model',
    ],
  },
  {
    is: 'drift of a source',
    yaml: [['    path: data/*.csv', '    path: data/*.csv\n    checks: [{ type: drift, column: day, max: 0.25 }]']],
    says: [
      'pipeline.yaml:7:22 sources.orders.checks.0.type: drift compares with the live edition, which has no orders; expected a published model',
    ],
  },
  {
    is: 'drift of a column that the model lacks',
    more: 'checks:\n  - { type: drift, on: daily, column: dya, max: 0.25 }\n',
    says: ['pipeline.yaml:12:39 checks.0.column: there is no column dya in daily; did you mean day?'],
  },
  {
    is: 'an environment variable that is not set',
    yaml: [['data/*.csv', '${env:SHOP}/*.csv']],
    says: ['pipeline.yaml:6:11 sources.orders.path: ${env:SHOP} is not set in the environment of the worker'],
  },
  {
    is: 'a parameter without a value',
    yaml: [['data/*.csv', '${var:data}/*.csv']],
    more: 'parameters:\n  data: { type: path }\n',
    says: [
      'pipeline.yaml:6:11 sources.orders.path: ${var:data} has no value; give it with --var data=… or declare a default under parameters',
    ],
  },
  {
    is: 'a given parameter that is not declared',
    given: { vpi: '5' },
    more: 'parameters:\n  vip: { type: integer, default: 1 }\n',
    says: ['request parameters.vpi: is no parameter of this pipeline; did you mean vip?'],
  },
  {
    is: 'a given value of another type',
    given: { vip: 'many' },
    more: 'parameters:\n  vip: { type: integer, default: 1 }\n',
    says: ['request parameters.vip: expected an integer, got "many"'],
  },
  {
    is: 'an unknown variable in SQL',
    files: { 'models/daily.sql': "SELECT day\nFROM orders\nWHERE day < getvariable('as_off')\n" },
    says: ['models/daily.sql:3:13 there is no parameter as_off; did you mean as_of?'],
  },
  {
    is: 'an unknown table',
    files: { 'models/daily.sql': 'SELECT day\nFROM ordres\n' },
    says: ['models/daily.sql:2:6 there is no table ordres; did you mean orders?'],
  },
  {
    is: 'an unknown column',
    files: { 'models/daily.sql': 'SELECT day,\n  amuont\nFROM orders\n' },
    says: [
      'models/daily.sql:2:3 Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
    ],
  },
  {
    is: 'an unknown column behind letters of several bytes',
    files: { 'models/daily.sql': "SELECT 'Größe €' AS g, amuont\nFROM orders\n" },
    says: [
      'models/daily.sql:1:24 Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
    ],
  },
  {
    is: 'a mistake of types',
    files: { 'models/daily.sql': 'SELECT day + amount AS d\nFROM orders\n' },
    says: [
      "models/daily.sql:1:12 No function matches the given name and argument types '+(DATE, DECIMAL(18,4))'. You might need to add explicit type casts.",
    ],
  },
  {
    is: 'following a column that the model does not have',
    files: { 'models/daily.sql': DAILY.replace('-- key: day', '-- incremental: dya') },
    says: ['models/daily.sql:2:17 incremental: there is no column dya; did you mean day?'],
  },
  {
    is: 'following a key that other rows have a part in, behind letters of two bytes',
    files: {
      'models/daily.sql':
        "-- publish: true\n-- incremental: day\nSELECT day, 'äöü' AS x,\n  sum(amount) OVER (ORDER BY day) AS y FROM orders\n",
    },
    says: [
      'models/daily.sql:4:3 incremental: is not computed by day alone: a window over other keys; expected PARTITION BY day',
    ],
  },
  {
    is: 'following a key that no table has',
    files: { 'models/daily.sql': '-- publish: true\n-- incremental: n\nSELECT order_id AS n FROM orders\n' },
    says: ['models/daily.sql:2:17 incremental: is not computed by n alone: no table that it reads has it'],
  },
  {
    is: 'a key of the header that the model does not have',
    files: { 'models/daily.sql': '-- publish: true\n-- key: [day, dya]\nSELECT day FROM orders\n' },
    says: ['models/daily.sql:2:15 key: there is no column dya in daily; did you mean day?'],
  },
  {
    is: 'a syntax error',
    files: { 'models/daily.sql': 'SELECT day,\nFORM orders\n' },
    says: ['models/daily.sql:1:8 Referenced column "day" was not found because the FROM clause is missing'],
  },
  {
    is: 'an empty model',
    files: { 'models/daily.sql': '' },
    says: ['models/daily.sql expected one SELECT, got 0 statements'],
  },
  {
    is: 'two statements',
    files: { 'models/daily.sql': 'SELECT 1 AS a; SELECT 2 AS b;\n' },
    says: ['models/daily.sql expected one SELECT, got 2 statements'],
  },
  {
    is: 'another statement than SELECT',
    files: { 'models/daily.sql': 'DROP TABLE orders\n' },
    says: ['models/daily.sql expected one SELECT, got another statement'],
  },
  {
    is: 'a file that a model reads itself',
    files: { 'models/daily.sql': "SELECT *\nFROM read_csv('x.csv')\n" },
    says: ['models/daily.sql:2:6 models read tables, not read_csv(…); declare what it reads as a source'],
  },
  {
    is: 'a cycle',
    files: { 'models/a.sql': 'SELECT * FROM b\n', 'models/b.sql': 'SELECT * FROM a\n' },
    says: ['models/a.sql:1:1 the models read each other in a circle: a → b → a'],
  },
  {
    is: 'a model that reads itself',
    files: { 'models/a.sql': 'SELECT * FROM a\n' },
    says: ['models/a.sql:1:1 the models read each other in a circle: a → a'],
  },
  {
    is: 'the same name in two folders',
    more: 'models: [models, more]\n',
    files: { 'more/daily.sql': 'SELECT day FROM orders\n' },
    says: ['more/daily.sql:1:1 the name daily is taken by models/daily.sql'],
  },
  {
    is: 'a model named like a source',
    files: { 'models/orders.sql': 'SELECT 1 AS one\n' },
    says: ['models/orders.sql:1:1 the name orders is taken by the source orders in pipeline.yaml'],
  },
  {
    is: 'a bad name of a model',
    files: { 'models/Daily-2.sql': 'SELECT 1 AS one\n' },
    says: ['models/Daily-2.sql:1:1 the name of a model is made of lower-case letters, digits and _, got Daily-2'],
  },
  {
    is: 'a header that is not YAML',
    files: { 'models/daily.sql': '-- publish: [true\nSELECT day FROM orders\n' },
    says: [
      'models/daily.sql:1:18 the header is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  },
  {
    is: 'a key of several columns that is no list',
    files: { 'models/daily.sql': '-- publish: true\n-- key: day, amount\nSELECT day, amount FROM orders\n' },
    says: ['models/daily.sql:2:9 key: there is no column day, amount in daily; did you mean [day, amount]?'],
  },
  {
    is: 'an unknown key of a header',
    files: { 'models/daily.sql': '-- publish: true\n-- kye: day\nSELECT day FROM orders\n' },
    says: ['models/daily.sql:2:4 kye: unknown key; did you mean key?'],
  },
  {
    is: 'a wrong value in a header',
    files: { 'models/daily.sql': '-- publish: often\nSELECT day FROM orders\n' },
    says: ['models/daily.sql:1:13 publish: expected boolean, got "often"'],
  },
  {
    is: 'a mapping that is not there',
    yaml: [['    columns:', '    mapping: map.sql\n    columns:']],
    says: ["pipeline.yaml:7:14 sources.orders.mapping: there is no file map.sql in the pipeline's folder"],
  },
  {
    is: 'a mapping with GROUP BY',
    ...mapped('SELECT day\nFROM source\nGROUP BY day\n'),
    says: [
      'map.sql a mapping is row-wise: GROUP BY needs more than one row, or loses some; make a staging model of it',
    ],
  },
  {
    is: 'a mapping with WHERE',
    ...mapped('SELECT *\nFROM source\nWHERE amount > 0\n'),
    says: [
      'map.sql:3:14 a mapping is row-wise: WHERE needs more than one row, or loses some; make a staging model of it',
    ],
  },
  {
    is: 'a mapping with an aggregate',
    ...mapped('SELECT\n  sum(amount) AS amount\nFROM source\n'),
    says: [
      'map.sql:2:3 a mapping is row-wise: sum(…) needs more than one row, or loses some; make a staging model of it',
    ],
  },
  {
    is: 'a mapping of another table',
    ...mapped('SELECT *\nFROM orders\n'),
    says: ['map.sql:2:6 a mapping selects from "source" and nothing else'],
  },
  {
    is: 'a mapping of an unknown column',
    ...mapped('SELECT day, amuont\nFROM source\n'),
    says: ['map.sql:1:13 Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"'],
  },
  {
    is: 'several at once',
    yaml: [
      ['type: csv', 'type: csv\n    wiat: 5m'],
      ['BIGINT', 'BIGNIT'],
      ['Europe/Berlin', 'Mars'],
    ],
    files: { 'models/daily.sql': 'SELEC day\n' },
    says: [
      'pipeline.yaml:2:7 zone: expected an IANA time zone such as Europe/Berlin, got "Mars"',
      'pipeline.yaml:9:17 sources.orders.columns.order_id: expected a type such as BIGINT, VARCHAR, DATE, TIMESTAMPTZ or DECIMAL(18,4), got "BIGNIT"',
      'pipeline.yaml:6:5 sources.orders.wiat: unknown key; did you mean wait?',
      'models/daily.sql:1:1 syntax error at or near "SELEC"',
    ],
  },
  {
    is: 'a mistake on each level',
    yaml: [
      ['zone:', 'wnidow: 7d\nzone:'],
      ['Berlin', 'Berlim'],
    ],
    more: `from: 2026-02-02
to: 2026-02-01
checks:
  - { type: not_nul, on: daily, columns: [day] }
  - { type: range, on: daily, column: amount }
  - { type: not_null, on: daily, columns: [dya] }
  - { type: row_count, on: dayly, min: 1 }
  - { type: sql, name: s, sql: "SELEC 1" }
`,
    files: {
      'models/wrong.sql': 'SELECT amuont FROM orders\n',
      'models/torn.sql': 'SELECT day FORM orders WHERE\n',
      'models/after_torn.sql': 'SELECT anything FROM torn\n',
      'models/a.sql': 'SELECT * FROM b\n',
      'models/b.sql': 'SELECT * FROM a\n',
      'models/after_b.sql': 'SELECT anything FROM b\n',
    },
    says: [
      'pipeline.yaml:3:7 zone: expected an IANA time zone such as Europe/Berlin, got "Europe/Berlim"',
      expect.stringMatching(/^pipeline.yaml:15:13 checks.0.type: expected not_null, .*; did you mean not_null\?$/),
      'pipeline.yaml:16:5 checks.1: expected "min" or "max", or both',
      'pipeline.yaml:2:1 wnidow: unknown key; did you mean window?',
      'pipeline.yaml:12:7 from: expected a day before "to", got "2026-02-02"',
      expect.stringMatching(/^models\/torn.sql:1:\d+ syntax error at or near/),
      'pipeline.yaml:19:32 checks.4.sql: syntax error at or near "SELEC"',
      'models/a.sql:1:1 the models read each other in a circle: a → b → a',
      'pipeline.yaml:18:28 checks.3.on: there is no model dayly; did you mean daily?',
      'models/wrong.sql:1:8 Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
      'pipeline.yaml:17:44 checks.2.columns.0: there is no column dya in daily; did you mean day?',
    ],
  },
  {
    is: 'a broken source, and nothing that only follows from it',
    yaml: [['BIGINT', 'BIGNIT']],
    more: `  users:
    type: csv
    path: users.csv
    key: [user_idd]
    columns: { user_id: BIGINT }
report: report.yaml
checks:
  - { type: not_null, on: daily, columns: [anything] }
  - { type: sql, name: s, sql: "SELECT anything FROM daily" }
  - { type: references, on: people, columns: [user_id], to: orders }
`,
    files: {
      'models/people.sql': '-- publish: true\nSELECT user_id, nmae FROM users\n',
      'models/both.sql': '-- publish: true\nSELECT anything FROM daily, users\n',
      'report.yaml':
        'pages:\n  - title: One\n    sections:\n      - { title: T, as: table, sql: SELECT x FROM daily }\n',
    },
    says: [
      expect.stringContaining('pipeline.yaml:8:17 sources.orders.columns.order_id: expected a type such as'),
      'models/people.sql:2:17 Referenced column "nmae" not found in FROM clause! Candidate bindings: "user_id"',
      'pipeline.yaml:14:11 sources.users.key.0: there is no column user_idd; did you mean user_id?',
    ],
  },
  {
    is: 'a broken parameter, and nothing that only follows from it',
    more: 'parameters:\n  vip: { type: number }\n',
    files: {
      'models/daily.sql': "-- publish: true\nSELECT day FROM orders WHERE amount > getvariable('vip')\n",
      'models/next.sql': 'SELECT anything FROM daily\n',
    },
    says: [expect.stringContaining('pipeline.yaml:12:16 parameters.vip.type: expected decimal')],
  },
  {
    is: 'a broken header, and nothing that only follows from it',
    more: 'checks:\n  - { type: drift, on: daily, column: day, max: 0.25 }\n',
    files: { 'models/daily.sql': '-- pubish: true\nSELECT day FROM orders\n' },
    says: ['models/daily.sql:1:4 pubish: unknown key; did you mean publish?'],
  },
  {
    is: 'a name that is taken, and nothing that only follows from it',
    more: 'models: [models, more]\n',
    files: {
      'more/daily.sql': 'SELECT order_id FROM orders\n',
      'models/next.sql': 'SELECT order_id, amount FROM daily\n',
    },
    says: ['more/daily.sql:1:1 the name daily is taken by models/daily.sql'],
  },
  {
    is: 'a name of a source in capital letters, and nothing that only follows from it',
    yaml: [['  orders:', '  Orders:']],
    more: '  users: { type: csv, path: u.csv, columns: { id: BIGINT } }\n',
    says: ['pipeline.yaml:4:3 sources.Orders: expected lower-case letters, digits and _, starting with a letter'],
  },
  {
    is: 'no declaration of models, and nothing that only follows from it',
    more: 'models: 5\n',
    files: {},
    says: [expect.stringMatching(/^pipeline.yaml:11:9 models: /)],
  },
];

test('the good pipeline, of which all others are made, is good', async () => {
  const { models } = await validate({});
  expect(models.map(({ name, reads }) => ({ name, reads }))).toEqual([{ name: 'daily', reads: ['orders'] }]);
});

test.concurrent.each(CASES)('$is', async ({ says, ...pipeline }) => {
  expect(await mistakes(pipeline)).toEqual(says);
});

test('no pipeline at all: says where was looked', async () => {
  const folder = temporaryFolder();
  await expect(pipelineFolder('nowhere', folder)).rejects.toMatchObject({
    kind: 'BadDefinition',
    text: {
      what: 'there is no pipeline "nowhere"',
      expected: expect.stringContaining(join(folder, 'nowhere')),
      next: 'give the path of the folder',
    },
  });
});

test('no folder of models', async () => {
  await expect(validate({ more: 'models: elsewhere\n' })).rejects.toMatchObject({
    kind: 'BadDefinition',
    text: {
      where: 'pipeline.yaml',
      what: 'the models folder elsewhere cannot be read (ENOENT)',
      next: 'make the folder, or correct "models"',
    },
  });
});
