/** The JSON Schema for editors, judged by a validator that nobody here wrote. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { pipelineJsonSchema, pipelineSchemaText } from '../../../src/adapters/definition/json-schema';

const ROOT = resolve(__dirname, '..', '..', '..');
const SCHEMA = join(ROOT, 'schema', 'pipeline.schema.json');
// Formats are for editors; their patterns are there as well.
const validate = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(pipelineJsonSchema());

const scenarios = join(ROOT, 'test', 'scenarios');
const PIPELINES = [
  ...readdirSync(scenarios, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(scenarios, name, 'pipeline')),
  ...['pipelines/customer-analytics', 'examples/online-retail', 'templates/starter'].map((path) => join(ROOT, path)),
];

test('the shipped file is up to date (npm run schema)', () => {
  expect(readFileSync(SCHEMA, 'utf8')).toBe(pipelineSchemaText());
});

test.each(PIPELINES)('%s conforms', (folder) => {
  const document: unknown = parse(readFileSync(join(folder, 'pipeline.yaml'), 'utf8'));
  expect({ good: validate(document), errors: validate.errors }).toEqual({ good: true, errors: null });
});

test.each(['pipelines/customer-analytics', 'examples/online-retail', 'templates/starter'])('%s names it', (path) => {
  const [first = ''] = readFileSync(join(ROOT, path, 'pipeline.yaml'), 'utf8').split('\n');
  expect(resolve(ROOT, path, first.replace('# yaml-language-server: $schema=', ''))).toBe(SCHEMA);
});

const YAML = `name: shop
zone: Europe/Berlin
sources:
  orders:
    type: csv
    path: data/*.csv
    columns:
      order_id: BIGINT
      amount: DECIMAL(18,4)
    max_quarantined: 0.1
    optional: false
    checks:
      - { type: range, column: amount, min: 0 }
`;

test.each([
  ['as it is', '', ''],
  ['a parameter for a number', '0.1', '${var:share}'],
  ['a parameter for a truth', 'optional: false', 'optional: ${env:OPTIONAL}'],
  ['a parameter in a name', 'name: shop', 'name: shop-${env:STAGE}'],
])('good: %s', (_is, from, to) => {
  expect(validate(parse(YAML.replace(from, () => to)))).toBe(true);
});

test.each([
  ['another type of source', 'type: csv', 'type: cvs', '/sources/orders'],
  ['an unknown key', 'path:', 'pth:', '/sources/orders'],
  ['a missing key', '    path: data/*.csv\n', '', '/sources/orders'],
  ['an unknown type of column', 'BIGINT', 'NUMBER', '/sources/orders/columns/order_id'],
  ['a share above one', '0.1', '1.5', '/sources/orders/max_quarantined'],
  ['a text for a number', '0.1', 'few', '/sources/orders/max_quarantined'],
  ['a bad name', 'name: shop', 'name: My Shop', '/name'],
  ['a missing zone', 'zone: Europe/Berlin\n', '', ''],
  ['an unknown check', 'type: range', 'type: rnage', '/sources/orders/checks/0'],
])('bad: %s', (_is, from, to, at) => {
  expect(validate(parse(YAML.replace(from, () => to)))).toBe(false);
  expect(validate.errors?.map(({ instancePath }) => instancePath)).toContain(at);
});

test('every key says what it is for', () => {
  const untold: string[] = [];
  const defs = (pipelineJsonSchema().$defs ?? {}) as Record<string, Record<string, unknown>>;
  const visit = (node: Record<string, unknown>, path: string): void => {
    for (const [key, child] of Object.entries((node.properties ?? {}) as Record<string, Record<string, unknown>>)) {
      const meant = typeof child.$ref === 'string' ? { ...defs[child.$ref.replace('#/$defs/', '')], ...child } : child;
      if (meant.description === undefined && meant.const === undefined) untold.push(`${path}.${key}`);
    }
    for (const variant of (node.oneOf ?? []) as Record<string, unknown>[]) visit(variant, path);
  };
  visit(pipelineJsonSchema(), '');
  for (const [name, def] of Object.entries(defs)) visit(def, name);
  expect(untold).toEqual([]);
});
