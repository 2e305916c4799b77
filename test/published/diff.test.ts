/** The difference of two editions: real Parquet, one pair of editions with a table for each case. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { filesDestination } from '../../src/adapters/destinations/files';
import { releases } from '../../src/adapters/releases';
import type { Store } from '../../src/adapters/store';
import { filesStore } from '../../src/adapters/stores/files';
import { createOutput } from '../../src/cli/output';
import { diffText } from '../../src/cli/render/diff';
import type { Edition, EditionTable } from '../../src/domain/edition';
import { type EditionDiff, published, type TableDiff } from '../../src/published';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { tinyPipeline } from '../workflows/folders';

jest.setTimeout(120_000);

const NAME = 'shop';
const home = join(temporaryFolder(), 'home');
const pipeline = tinyPipeline(NAME);
const destination = join(home, 'published', NAME);
let store: Store;

interface Made {
  readonly select: string;
  readonly key?: readonly string[];
  /** Of the model; by default its text. */
  readonly fingerprint?: string;
}
type Tables = Readonly<Record<string, Made>>;

/** Writes an edition with these tables; a candidate's files are the store's. */
async function edition(
  id: string,
  tables: Tables,
  is: 'released' | 'kept' | 'candidate' = 'released',
): Promise<Edition> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  const found: EditionTable[] = [];
  for (const [name, { select, key, fingerprint = select }] of Object.entries(tables)) {
    const file =
      is === 'candidate' ? join(home, 'store', 'data', 'models', `${id}-${name}.parquet`) : `${name}.parquet`;
    const path = is === 'candidate' ? file : join(destination, 'editions', id, file);
    mkdirSync(dirname(path), { recursive: true });
    const { rowsChanged } = await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const bytes = statSync(path).size;
    found.push({
      name,
      rows: rowsChanged,
      bytes,
      sha256,
      fingerprint,
      file,
      columns: [],
      ...(key === undefined ? {} : { key }),
    });
  }
  connection.closeSync();
  instance.closeSync();
  const manifest: Edition = {
    ...{ id, pipeline: NAME, window: { from: '2026-03-01', to: '2026-03-02', asOf: '2026-03-02' } },
    ...{ knownAt: new Date().toISOString(), fingerprint: id, definition: 'd', destination, zone: 'Asia/Tokyo' },
    ...{ snapshots: [], tables: found, checks: [], run: { workflowId: `workflow of ${id}`, runId: id } },
  };
  const log = releases(store, NAME);
  if (is === 'candidate') await store.putIfAbsent(`candidates/${NAME}/${id}`, manifest);
  else await log.keep(manifest);
  if (is === 'released') await log.release(manifest, { by: 'a test', now: new Date().toISOString() });
  return manifest;
}

const values = (columns: string, ...rows: readonly string[]) =>
  `SELECT * FROM (VALUES ${rows.join(', ')}) t(${columns})`;
const ID = ['id'];

/** name → before, after. */
const CASES: Readonly<Record<string, readonly [Made | undefined, Made | undefined]>> = {
  new_table: [undefined, { select: 'SELECT 1 AS id' }],
  old_table: [{ select: 'SELECT 1 AS id' }, undefined],
  same_file: [{ select: 'SELECT 1 AS id' }, { select: 'SELECT 1 AS id', fingerprint: 'other' }],
  same_model: [
    { select: 'SELECT 1 AS id', fingerprint: 'm' },
    { select: 'SELECT 2 AS id', fingerprint: 'm' },
  ],
  other_order: [
    { select: values('id, v', "(1, 'a')", "(2, 'b')"), key: ID },
    { select: values('id, v', "(2, 'b')", "(1, 'a')"), key: ID },
  ],
  rows_by_key: [
    {
      select: values('id, amount, note', "(1, 1.00, 'a')", "(2, 2.00, 'b')", "(3, 3.00, 'c')", '(4, 4.00, NULL)'),
      key: ID,
    },
    {
      select: values('id, amount, note', "(2, 2.50, 'b')", "(3, 3.10, 'C')", "(4, 4.00, '')", "(5, 5.00, 'e')"),
      key: ID,
    },
  ],
  nothing_and_nan: [
    {
      select: values(
        'id, a, b, c',
        "(1, 'NaN'::DOUBLE, [1, NULL], {x: 1.5})",
        '(NULL, NULL, NULL, NULL)',
        '(3, 1::DOUBLE, [1], {x: 1.5})',
      ),
      key: ID,
    },
    {
      select: values(
        'id, a, b, c',
        "(1, 'NaN'::DOUBLE, [1, NULL], {x: 1.5})",
        '(NULL, NULL, NULL, NULL)',
        "(3, 'NaN'::DOUBLE, [1, NULL], {x: 2.5})",
      ),
      key: ID,
    },
  ],
  types: [
    {
      select:
        "SELECT 1::INTEGER AS id, 1.50::DECIMAL(18,2) AS dec, 7::BIGINT AS big, DATE '2026-01-01' AS day, '5' AS num, 1.2345::DECIMAL(18,4) AS fine",
      key: ID,
    },
    {
      select:
        "SELECT 1::BIGINT AS id, 1.5::DECIMAL(18,4) AS dec, 7::DOUBLE AS big, TIMESTAMP '2026-01-01' AS day, 5::BIGINT AS num, 1::BIGINT AS fine",
      key: ID,
    },
  ],
  columns: [
    { select: "SELECT 1 AS id, 'x' AS gone, 'same' AS Kept", key: ID },
    { select: "SELECT 1 AS id, 'same' AS kept, 2 AS come", key: ID },
  ],
  key_of_two: [
    { select: values('a, b, v', "(1, 'x', 1)", "(1, 'y', 2)"), key: ['a', 'b'] },
    { select: values('a, b, v', "(1, 'x', 1)", "(1, 'y', 3)"), key: ['a', 'b'] },
  ],
  key_no_more: [
    { select: values('id, v', '(1, 1)', '(2, 2)'), key: ID },
    { select: values('id, v', '(1, 1)', '(1, 2)'), key: ID },
  ],
  without_key: [
    { select: values('v, w', "('a', 1)", "('a', 1)", "('b', NULL)", "('c', 'NaN'::DOUBLE)") },
    { select: values('v, w', "('a', 1)", "('b', NULL)", "('c', 'NaN'::DOUBLE)", "('d', 4)", "('d', 4)") },
  ],
  nothing_in_common: [{ select: 'SELECT 1 AS x' }, { select: "SELECT 'a' AS y UNION ALL SELECT 'b'" }],
  emptied: [
    { select: values('id, v', '(1, 1)', '(2, 2)'), key: ID },
    { select: `${values('id, v', '(1, 1)')} WHERE false`, key: ID },
  ],
  many: [
    { select: "SELECT range AS id, repeat('x', 20) || range AS v, range / 7 AS w FROM range(200000)", key: ID },
    {
      select:
        "SELECT range AS id, repeat('x', 20) || range AS v, CASE WHEN range % 1000 = 0 THEN -1 ELSE range / 7 END AS w FROM range(10, 200010)",
      key: ID,
    },
  ],
};
const side = (index: 0 | 1): Tables =>
  Object.fromEntries(
    Object.entries(CASES).flatMap(([name, pair]) => (pair[index] === undefined ? [] : [[name, pair[index]]])),
  );

let diff: EditionDiff;
const of = (name: string): TableDiff => diff.tables.find((table) => table.name === name) as TableDiff;
const compare = async (before: string, after: string, options = {}) =>
  await published({ home }).diff(before, after, { pipeline, ...options });

beforeAll(async () => {
  store = await filesStore(join(home, 'store'));
  await edition('first', side(0));
  await edition('second', side(1));
  diff = await compare('previous', 'live', { limit: 3 });
});
afterAll(removeTemporaryFolders);

test('both editions, every table once, and nothing left behind', async () => {
  expect(diff).toMatchObject({ pipeline: NAME, before: { id: 'first' }, after: { id: 'second' }, equal: false });
  expect(diff.tables.map(({ name }) => name)).toEqual(Object.keys(CASES).toSorted());
  expect(await store.listScratch()).toEqual([]);
  expect(await store.list('leases')).toEqual([]);
});

test.each([
  ['new_table', { is: 'added', rows: { before: null, after: 1 } }],
  ['old_table', { is: 'removed', rows: { before: 1, after: null } }],
  ['same_file', { is: 'equal' }],
  // Equal fingerprints are not looked into, else this would be found.
  ['same_model', { is: 'equal' }],
  ['other_order', { is: 'equal', key: ID, added: 0, removed: 0, changed: 0 }],
  ['emptied', { is: 'different', added: 0, removed: 2, changed: 0, rows: { before: 2, after: 0 } }],
])('%s', (name, expected) => {
  expect(of(name)).toMatchObject(expected);
});

test('rows by key: added, removed and changed, with each column on its own', () => {
  expect(of('rows_by_key')).toMatchObject({
    ...{ is: 'different', key: ID, added: 1, removed: 1, changed: 3 },
    columns: { added: [], removed: [], changed: [] },
    changes: [
      {
        column: 'amount',
        rows: 2,
        examples: [
          { key: { id: 2 }, before: '2.00', after: '2.50' },
          { key: { id: 3 }, before: '3.00', after: '3.10' },
        ],
      },
      {
        column: 'note',
        rows: 2,
        // Case counts, and nothing is not the empty text.
        examples: [
          { key: { id: 3 }, before: 'c', after: 'C' },
          { key: { id: 4 }, before: null, after: '' },
        ],
      },
    ],
    examples: { added: [{ id: 5, amount: '5.00', note: 'e' }], removed: [{ id: 1, amount: '1.00', note: 'a' }] },
  });
});

test('NULL is NULL, also in keys and lists, and NaN is NaN', () => {
  expect(of('nothing_and_nan')).toMatchObject({ added: 0, removed: 0, changed: 1, key: ID });
  expect(of('nothing_and_nan').changes.map(({ column, rows }) => [column, rows])).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 1],
  ]);
});

test('other types: what is equal in both counts as equal, what was rounded does not', () => {
  const { columns, changes, added, removed } = of('types');
  expect({ added, removed }).toEqual({ added: 0, removed: 0 });
  expect(columns.changed.map(({ after }) => after.name)).toEqual(['id', 'dec', 'big', 'day', 'num', 'fine']);
  expect(columns.changed[1]).toEqual({
    before: { name: 'dec', type: 'DECIMAL(18,2)' },
    after: { name: 'dec', type: 'DECIMAL(18,4)' },
  });
  expect(changes).toEqual([
    { column: 'fine', rows: 1, examples: [{ key: { id: '1' }, before: '1.2345', after: '1' }] },
  ]);
});

test('columns that come and go, and another case of a name', () => {
  expect(of('columns')).toMatchObject({
    ...{ is: 'different', added: 0, removed: 0, changed: 0 },
    columns: {
      added: [{ name: 'come' }],
      removed: [{ name: 'gone' }],
      changed: [{ before: { name: 'Kept' }, after: { name: 'kept' } }],
    },
  });
});

test('a key of several columns, and one that is none any more', () => {
  expect(of('key_of_two').changes).toMatchObject([
    { column: 'v', examples: [{ key: { a: 1, b: 'y' }, before: 2, after: 3 }] },
  ]);
  expect(of('key_no_more')).toMatchObject({ key: null, added: 1, removed: 1, changed: 0 });
});

test('without a key rows are compared as a whole, as often as they are there', () => {
  expect(of('without_key')).toMatchObject({
    ...{ key: null, added: 2, removed: 1, changed: 0, changes: [] },
    examples: { added: [{ times: '2', v: 'd', w: 4 }], removed: [{ times: '1', v: 'a', w: 1 }] },
  });
  expect(of('nothing_in_common')).toMatchObject({
    is: 'different',
    added: 1,
    removed: 0,
    columns: { added: [{ name: 'y' }], removed: [{ name: 'x' }] },
  });
});

test('many rows', () => {
  expect(of('many')).toMatchObject({ is: 'different', added: 10, removed: 10, changed: 199, key: ID });
  expect(of('many').changes[0]?.examples[0]).toEqual({ key: { id: '1000' }, before: 1000 / 7, after: -1 });
  expect(of('many').examples.added).toHaveLength(3);
});

test('in words: a table of tables, then what is different in each', () => {
  const text = diffText(diff, createOutput({ color: false }, {}));
  expect(text.split('\n')[0]).toBe('different  first → second');
  expect(text).toMatch(/^rows_by_key +different +4 +4 +1 +1 +3$/m);
  expect(text).toMatch(/^ {2}~ column dec DECIMAL\(18,2\) → DECIMAL\(18,4\)$/m);
  expect(text).toMatch(/^ {4}4 +NULL$/m);
  expect(text).toContain('rows are compared as a whole');
});

test('one table, the same edition, a candidate, and editions that are not there', async () => {
  expect(await compare('first', 'second', { table: 'same_file' })).toMatchObject({
    equal: true,
    tables: [{ is: 'equal' }],
  });
  expect(await compare('live', 'second')).toMatchObject({ equal: true });
  await edition(
    'stopped',
    { rows_by_key: { select: values('id, amount, note', "(2, 9.00, 'b')"), key: ID } },
    'candidate',
  );
  expect((await compare('live', 'stopped', { table: 'rows_by_key' })).tables[0]).toMatchObject({
    removed: 3,
    changed: 1,
  });
  await expect(compare('first', 'second', { table: 'rows_by_kee' })).rejects.toThrow('did you mean rows_by_key?');
  await expect(compare('first', 'secund')).rejects.toThrow('there is no edition secund of shop; did you mean second?');
  await edition('elsewhere', { rows_by_key: { select: 'SELECT 1 AS id' } }, 'kept');
  rmSync(filesDestination(destination, NAME).file({ id: 'elsewhere' } as Edition, 'rows_by_key'));
  await expect(compare('live', 'elsewhere')).rejects.toMatchObject({
    kind: 'BadRequest',
    message: expect.stringContaining('not all there'),
  });
});

test('before anything is published, and before anything was replaced', async () => {
  const other = tinyPipeline('other');
  const look = async () => await published({ home }).diff('previous', 'live', { pipeline: other });
  await expect(look()).rejects.toThrow('other has no live edition yet');
  await releases(store, 'other').release({ id: 'one', window: { asOf: '2026-03-01' }, knownAt: '' } as Edition, {
    by: 'x',
    now: '',
  });
  await expect(look()).rejects.toThrow('one is the first edition of other');
});
