/** Mistakes of a declared report, each at its place in the file, in words that say what to write instead. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parsePipeline } from '../../src/adapters/definition/pipeline';
import { readPipeline } from '../../src/adapters/definition/read';
import { duckDbEngine } from '../../src/adapters/engines/duckdb';
import { duckDb } from '../../src/adapters/engines/duckdb/client';
import { DaybreakError } from '../../src/domain/failure';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';

const engine = duckDbEngine(duckDb());
afterAll(async () => {
  await engine.close();
  await removeTemporaryFolders();
});

const FILES = {
  'pipeline.yaml': `name: shop
zone: Europe/Berlin
report: report.yaml
sources:
  orders:
    type: csv
    path: orders.csv
    columns: {order_id: BIGINT, amount: "DECIMAL(18,4)", day: DATE}
`,
  'models/daily.sql': '-- publish: true\nSELECT day, sum(amount)::DECIMAL(18,4) AS amount FROM lines GROUP BY day\n',
  'models/lines.sql': 'SELECT * FROM orders\n',
};

const page = (section: string) => `pages:
  - title: Page
    sections:
      - ${section}
`;

async function parsed(report: string | undefined, yaml = FILES['pipeline.yaml']) {
  const folder = temporaryFolder();
  const files = { ...FILES, 'pipeline.yaml': yaml, ...(report === undefined ? {} : { 'report.yaml': report }) };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  try {
    const files_ = await readPipeline(folder);
    return { files: files_, pipeline: await parsePipeline(files_, engine, { parameters: {}, environment: {} }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function mistakes(report: string | undefined, yaml?: string): Promise<string[]> {
  const error: unknown = await parsed(report, yaml).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DaybreakError)) throw new Error('the report is taken for good', { cause: error });
  expect(error.kind).toBe('BadDefinition');
  return error.text.what
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

test.each<readonly [what: string, report: string, ...says: string[]]>([
  [
    'YAML that does not close',
    'pages: [',
    'report.yaml:1:9 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['nothing at all', '', 'report.yaml:1:1 the file: expected object, got null'],
  ['no page', 'pages: []\n', 'report.yaml:1:8 pages: Too small: expected array to have >=1 items, got []'],
  [
    'a mistyped key and another kind of section',
    page('{as: tabel, title: T, sql: FROM daily}').replace('title: Page', 'titel: Page'),
    'report.yaml:2:5 pages.0.title: is missing; expected string',
    'report.yaml:4:14 pages.0.sections.0.as: expected findings, figures, line, bars, matrix or table, got "tabel"; did you mean table?',
    'report.yaml:2:5 pages.0.titel: unknown key; did you mean title?',
  ],
  [
    'more rows than people read',
    page('{as: table, title: T, sql: FROM daily, limit: 5000}'),
    'report.yaml:4:55 pages.0.sections.0.limit: Too big: expected number to be <=200, got 5000',
  ],
  [
    'a table that nobody made',
    page('{as: table, title: T, sql: FROM dayly}'),
    'report.yaml:4:41 pages.0.sections.0.sql: there is no published table dayly; did you mean daily?',
  ],
  [
    'a model that is not published, and one SELECT that is two',
    `${page('{as: table, title: T, sql: FROM lines}')}      - {as: table, title: U, sql: FROM daily; FROM daily}\n`,
    'report.yaml:4:41 pages.0.sections.0.sql: lines is not published, so no edition has it; write "-- publish: true" at the top of models/lines.sql',
    'report.yaml:5:36 pages.0.sections.1.sql: expected one SELECT, got 2 statements',
  ],
  [
    'another statement',
    page('{as: table, title: T, sql: DROP TABLE daily}'),
    'report.yaml:4:36 pages.0.sections.0.sql: expected one SELECT, got another statement',
  ],
  [
    'a file that is read around the edition',
    page('{as: table, title: T, sql: "FROM read_csv(\'/etc/passwd\')"}'),
    'report.yaml:4:42 pages.0.sections.0.sql: models read tables, not read_csv(…); declare what it reads as a source',
  ],
  [
    'an unknown column and an unknown parameter',
    `${page('{as: table, title: T, sql: SELECT amuont FROM daily}')}      - {as: table, title: U, sql: "SELECT getvariable('as_off') AS a FROM daily"}\n`,
    'report.yaml:5:44 pages.0.sections.1.sql: there is no parameter as_off; did you mean as_of?',
    'report.yaml:4:43 pages.0.sections.0.sql: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
  ],
  [
    'an unknown column',
    page('{as: table, title: T, sql: SELECT amuont FROM daily}'),
    'report.yaml:4:43 pages.0.sections.0.sql: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
  ],
  [
    'mistakes on the lines of a SELECT, as it is or folded',
    `${page('{as: table, title: T, sql: FROM daily}')}      - as: table
        title: U
        sql: |

          SELECT day,
            'ä' AS letter, amuont
          FROM daily
      - as: table
        title: V
        sql: >
          SELECT day,
            amuont FROM daily
`,
    'report.yaml:10:28 pages.0.sections.1.sql: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
    'report.yaml:14:14 pages.0.sections.2.sql: Referenced column "amuont" not found in FROM clause! Candidate bindings: "amount", "day"',
  ],
  [
    'a format of a column that is not there, and one that does not fit',
    page('{as: table, title: T, sql: FROM daily, formats: {amuont: money, day: money}}'),
    'report.yaml:4:58 pages.0.sections.0.formats.amuont: there is no column amuont; did you mean amount?',
    'report.yaml:4:78 pages.0.sections.0.formats.day: expected a number for money, got DATE',
  ],
  [
    'a line of one column, bars of days, a matrix of two',
    `${page('{as: line, title: T, sql: SELECT day FROM daily}')}      - {as: bars, title: U, sql: "SELECT amount, day FROM daily"}
      - {as: matrix, title: V, sql: FROM daily}
`,
    'report.yaml:4:35 pages.0.sections.0.sql: a line needs two columns or more: what runs along, and the figures',
    'report.yaml:5:35 pages.0.sections.1.sql: expected a number in column day, got DATE',
    'report.yaml:6:37 pages.0.sections.2.sql: a matrix needs three columns: row, column and value; the SELECT gives 2',
  ],
  [
    'findings without a title, and figures of other columns',
    `${page('{as: findings, title: T, sql: SELECT 1 AS severity FROM daily}')}      - {as: figures, title: U, sql: FROM daily, figures: [{label: L, value: amuont, previous: before}]}\n`,
    'report.yaml:4:39 pages.0.sections.0.sql: findings need a column title; the SELECT gives severity',
    'report.yaml:5:78 pages.0.sections.1.figures.0.value: there is no column amuont; did you mean amount?',
    'report.yaml:5:96 pages.0.sections.1.figures.0.previous: there is no column before; the SELECT gives day, amount',
  ],
  [
    'a headline of other columns',
    `headline: {sql: FROM daily, text: "{amuont} and {day}", formats: {nothing: money}}\n${page('{as: table, title: T, sql: FROM daily}')}`,
    'report.yaml:1:35 headline.text: there is no column amuont; did you mean amount?',
    'report.yaml:1:67 headline.formats.nothing: there is no column nothing; the SELECT gives day, amount',
  ],
])('%s', async (_, report, ...says) => {
  expect(await mistakes(report)).toEqual(says);
});

test('a report that is declared and not there, and a locale that nobody speaks', async () => {
  expect(await mistakes(undefined)).toEqual([
    "pipeline.yaml:3:9 report: there is no file report.yaml in the pipeline's folder",
  ]);
  const yaml = FILES['pipeline.yaml'].replace('report: report.yaml', 'locale: en_GB');
  expect(await mistakes(undefined, yaml)).toEqual([
    'pipeline.yaml:3:9 locale: expected a language tag such as en, en-GB or de-DE, got "en_GB"',
  ]);
});

test('a good one is part of the definition, with its text', async () => {
  const report = page(
    '{as: line, title: By day, sql: "SELECT day, amount FROM daily WHERE day < getvariable(\'as_of\');", formats: {amount: money}}',
  );
  const { files, pipeline } = await parsed(report);
  expect(files.report).toEqual({ file: 'report.yaml', text: report });
  expect(pipeline.report?.pages).toMatchObject([{ title: 'Page', sections: [{ as: 'line', title: 'By day' }] }]);
  expect(pipeline.definition.locale).toBe('en');
  expect(pipeline.models.map(({ name }) => name)).toEqual(['lines', 'daily']);
});
