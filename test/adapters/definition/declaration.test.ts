import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDeclaration } from '../../../src/adapters/definition/declaration';
import { parseHeader } from '../../../src/adapters/definition/header';
import { declaredName, pathParameters, readPipeline } from '../../../src/adapters/definition/read';
import { columnList } from '../../../src/domain/definition';
import { formatProblem } from '../../../src/domain/failure';

const YAML = `name: shop
zone: Europe/Berlin
sources:
  orders: { type: csv, path: "*.csv", columns: { id: BIGINT } }
`;
const problems = (yaml: string, given = {}, environment = {}) =>
  parseDeclaration(yaml, given, environment).problems.map(formatProblem);

describe('parameters of a declaration', () => {
  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])('%s is none that was declared', (name) => {
    const given = Object.fromEntries([[name, '1']]);
    expect(problems(YAML, given)).toEqual([
      `request parameters.${name}: is no parameter of this pipeline; expected none`,
    ]);
  });

  it('may not hide what every model has', () => {
    expect(problems(`${YAML}parameters:\n  as_of: { type: date }\n`)).toEqual([
      'pipeline.yaml:6:3 parameters.as_of: the name is taken: every model has as_of, window_from, window_to, zone, currency',
    ]);
  });

  it('with a default that they do not allow are a mistake of the file, not of the request', () => {
    expect(problems(`${YAML}parameters:\n  vip: { type: decimal, default: many }\n`)).toEqual([
      'pipeline.yaml:6:34 parameters.vip.default: expected a number with at most 4 decimals, got "many"',
    ]);
    expect(problems(`${YAML}parameters:\n  vip: { type: decimal, default: many }\n`, { vip: '5' })).toEqual([]);
  });
});

it('keeps the order and the text of columns that are named as numbers', () => {
  const columns = 'region: VARCHAR, 2024: INTEGER, 2023: INTEGER, 007: BIGINT, 1.50: DOUBLE, true: BOOLEAN';
  const declared = YAML.replace('id: BIGINT', columns);
  const { definition } = parseDeclaration(declared, {}, {});
  const source = definition?.sources.orders;
  expect(source && columnList(source)).toEqual(
    columns.split(', ').map((column) => ({ name: column.split(': ')[0], type: column.split(': ')[1] })),
  );
  expect(problems(declared.replace('2023: INTEGER', '2023: INTEGR'))).toEqual([
    expect.stringMatching(/^pipeline.yaml:4:88 sources.orders.columns.2023: expected a type such as .*"INTEGR"$/),
  ]);
});

it('tells an alias without an anchor, and one that never ends', () => {
  expect(problems(`${YAML}checks: *shared\n`)).toEqual([
    'pipeline.yaml not YAML: Unresolved alias (the anchor must be set before the alias): shared',
  ]);
  const laughs = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n}, `.repeat(10)}]`).join('\n');
  expect(problems(`l0: &l0 [1]\n${laughs}\n`)).toEqual([expect.stringMatching(/^pipeline.yaml not YAML: Excessive/)]);
});

describe('the header of a model', () => {
  const SELECT = 'SELECT 1 AS id\n';

  it('may end its lines as Windows does', () => {
    const text = `-- publish: true\n--\n-- key: id\n-- columns:\n--   id: The number\n${SELECT}`.replaceAll(
      '\n',
      '\r\n',
    );
    expect(parseHeader('m.sql', text)).toMatchObject({
      header: { publish: true, key: ['id'], columns: { id: 'The number' } },
      problems: [],
    });
  });

  it.each([
    '-- Staging: users, cleaned up\n',
    '-- TODO: what, when: now\n',
    '-- see https://example.org: it is all there\n',
    '-- just words\n',
    '--no: space\n',
    '',
  ])('is not a comment like %p', (comment) => {
    expect(parseHeader('m.sql', comment + SELECT)).toMatchObject({ header: { publish: false }, problems: [] });
  });

  it.each([
    ['-- pubish: true\n', 'm.sql:1:4 pubish: unknown key; did you mean publish?'],
    ['-- publish: true\n-- Note: prose\n', 'm.sql:2:4 Note: unknown key'],
    ['-- key: *id\n', 'm.sql:1:4 the header is not YAML: Unresolved alias'],
    ['-- key: []\n', 'm.sql:1:9 key: '],
  ])('%p is a mistake in it', (comment, message) => {
    const [problem, ...more] = parseHeader('m.sql', comment + SELECT).problems.map(formatProblem);
    expect(problem).toContain(message);
    expect(more).toEqual([]);
  });
});

describe('a folder of a pipeline', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daybreak-read-'));
    mkdirSync(join(folder, 'models'));
    writeFileSync(join(folder, 'pipeline.yaml'), YAML);
    writeFileSync(join(folder, 'models', 'm.sql'), 'SELECT 1 AS one');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('may hold files with the mark that some editors put in front', async () => {
    writeFileSync(join(folder, 'pipeline.yaml'), `\uFEFF${YAML}`);
    writeFileSync(join(folder, 'models', 'm.sql'), '\uFEFF-- publish: true\nSELECT 1 AS one');
    const files = await readPipeline(folder);
    expect(files.yaml).toBe(YAML);
    expect(files.sql['models/m.sql']).toBe('-- publish: true\nSELECT 1 AS one');
  });

  it.each(['name: [', 'other: 1', 'name: 5', 'name: ../../elsewhere', '- name: x', '', 'name: *x'])(
    'that says %p has no name, and says so',
    async (yaml) => {
      writeFileSync(join(folder, 'pipeline.yaml'), yaml);
      const files = await readPipeline(folder);
      expect(() => declaredName(files)).toThrow(
        /pipeline.yaml: the name of the pipeline cannot be read; expected a line/,
      );
      expect(pathParameters(files)).toEqual([]);
    },
  );

  it('tells which parameters are paths', async () => {
    writeFileSync(
      join(folder, 'pipeline.yaml'),
      'parameters: { a: { type: path }, b: { type: string }, c: 5, d: null }',
    );
    expect(pathParameters(await readPipeline(folder))).toEqual(['a']);
  });
});
