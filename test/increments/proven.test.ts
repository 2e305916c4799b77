/** Checks of rows look only at what came, where none failed before; and find what a look at everything finds. */
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { type Night, night } from './night';

jest.setTimeout(150_000);

let postgres: TestPostgres;
let workshop: Workshop;
beforeAll(async () => {
  postgres = await startTestPostgres();
  workshop = await openWorkshop({ SHOP: postgres.url() });
});
afterAll(async () => {
  await workshop.close();
  await postgres.remove();
  await removeTemporaryFolders();
});

/** Every kind of check; all but the last three are of rows. */
const pipelineOf = (name: string) =>
  folderOf({
    'pipeline.yaml': `name: ${name}
zone: UTC
sources:
  orders:
    type: postgres
    connection: \${env:SHOP}
    table: orders
    key: [id]
    cursor: seen
    columns: {id: BIGINT, code: VARCHAR, amount: INTEGER, seen: TIMESTAMPTZ}
    checks:
      - {type: not_null, columns: [code]}
      - {type: accepted_values, column: code, values: [a, b, c, d, e, f], severity: warn}
      - {type: range, column: amount, min: 0, max_share: 0.25}
      - {type: expression, name: even, expression: amount % 2 = 0, severity: warn}
      - {type: unique, columns: [id]}
      - {type: unique, columns: [code], severity: warn}
      - {type: expression, name: of the past, expression: "seen::DATE < getvariable('as_of') + 1000"}
      - {type: row_count, min: 1}
  lines:
    type: postgres
    parent: orders
    table: lines
    key: [id, line_no]
    parent_key: [id]
    columns: {id: BIGINT, line_no: INTEGER}
    checks:
      - {type: references, columns: [id], to: orders, severity: warn}
`,
    'models/m.sql': `-- publish: true\nSELECT count(*) AS n FROM orders, lines\n`,
  });

const outcomes = ({ checks }: Night) =>
  Object.fromEntries(checks.map(({ name, subject, outcome }) => [`${subject} ${name}`, outcome]));
const ADDED = ' of those that came or changed, none before';
const lookedAtAdded = ({ checks }: Night) =>
  checks.flatMap(({ name, subject, observed }) => (observed.endsWith(ADDED) ? [`${subject} ${name}`] : []));

const OF_ROWS = [
  'orders not_null code',
  'orders accepted_values code',
  'orders range amount',
  'orders even',
  'orders unique id',
  'lines references id',
];
const except = (...names: readonly string[]) => OF_ROWS.filter((name) => !names.includes(name));

const NIGHTS = [
  { change: 'SELECT 1', looksAtAdded: [] },
  { change: `UPDATE orders SET amount = 12, seen = now() WHERE id = 1`, looksAtAdded: OF_ROWS },
  // One fails, within its share or as a warning: how many of all do is the question.
  {
    change: `INSERT INTO orders VALUES (5, 'x', -1, now())`,
    looksAtAdded: except('orders accepted_values code', 'orders range amount', 'orders even'),
    fails: ['orders accepted_values code', 'orders even'],
  },
  // The row of the night before is still there, though what came tonight is good.
  {
    change: `INSERT INTO orders VALUES (6, 'e', 2, now())`,
    looksAtAdded: except('orders accepted_values code', 'orders range amount', 'orders even'),
    fails: ['orders accepted_values code', 'orders even'],
  },
  // It is mended: found out by looking at everything once more.
  {
    change: `UPDATE orders SET code = 'f', amount = 4, seen = now() WHERE id = 5`,
    looksAtAdded: except('orders accepted_values code', 'orders range amount', 'orders even'),
  },
  { change: `UPDATE orders SET amount = 6, seen = now() WHERE id = 5`, looksAtAdded: OF_ROWS },
  // What is doubled was there before, and is no row of tonight's twice.
  {
    change: `UPDATE orders SET code = 'a', seen = now() WHERE id = 5`,
    looksAtAdded: OF_ROWS,
    fails: ['orders unique code'],
  },
  // The line stays, and its order is gone.
  {
    change: `ALTER TABLE lines DISABLE TRIGGER ALL; DELETE FROM orders WHERE id = 2; UPDATE orders SET code = 'f', seen = now() WHERE id = 5`,
    looksAtAdded: except('lines references id'),
    fails: ['lines references id'],
  },
  {
    change: `DELETE FROM lines WHERE id = 2; UPDATE orders SET seen = now() WHERE id = 3`,
    looksAtAdded: except('lines references id'),
  },
  { change: `UPDATE orders SET seen = now() WHERE id = 3`, looksAtAdded: OF_ROWS },
  // Nothing came.
  { change: 'SELECT 1', looksAtAdded: OF_ROWS },
];

test('each night finds what a look at everything finds', async () => {
  await postgres.run(`
    CREATE TABLE orders (id bigint PRIMARY KEY, code text, amount integer, seen timestamptz NOT NULL);
    CREATE TABLE lines (id bigint, line_no integer, PRIMARY KEY (id, line_no));
    INSERT INTO orders SELECT n, chr(96 + n), 2 * n, now() - interval '1 day' FROM generate_series(1, 4) AS n;
    INSERT INTO lines SELECT n, 1 FROM generate_series(1, 4) AS n`);
  const [nightly, whole] = [pipelineOf('nightly'), pipelineOf('whole')];
  for (const [index, { change, looksAtAdded, fails = [] }] of NIGHTS.entries()) {
    await postgres.run(change);
    const made = await night(workshop, nightly, `nightly-${index}`);
    const all = await night(workshop, whole, `whole-${index}`, { full: true });
    expect({ index, added: lookedAtAdded(made) }).toEqual({ index, added: looksAtAdded });
    expect({ index, added: lookedAtAdded(all) }).toEqual({ index, added: [] });
    expect(outcomes(made)).toEqual(outcomes(all));
    const failed = Object.entries(outcomes(made)).flatMap(([name, outcome]) => (outcome === 'pass' ? [] : [name]));
    expect({ index, failed: failed.toSorted() }).toEqual({ index, failed: [...fails].toSorted() });
  }
});
