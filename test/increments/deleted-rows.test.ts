/**
 * Rows that a column says are deleted: gone the next night, and counted as what they are; and rows that are kept. Others are
 * looked for later than changes are read: what changed in between stays as it was read.
 */
import type { Services } from '../../src/activities';
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { type Night, night, rowsOfNight, shopPipeline } from './night';
import { openShop, randomOf } from './shop';

jest.setTimeout(60_000);

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

const TABLES = [
  { name: 'by_time', line: 'soft_delete: gone', type: 'timestamptz', gone: 'now()' },
  { name: 'by_flag', line: 'soft_delete: gone', type: 'boolean', gone: 'true' },
  { name: 'kept', line: 'on_delete: keep', type: 'boolean', gone: 'true' },
];
const source = ({ name, line, type }: (typeof TABLES)[number]) => `  ${name}:
    type: postgres
    connection: \${env:SHOP}
    table: ${name}
    key: [id]
    cursor: at
    ${line}
    columns: {id: BIGINT, at: TIMESTAMPTZ, gone: ${type.toUpperCase()}}
`;

test('what a time or a flag says is deleted is gone; what is deleted for good stays, where nobody looks for it', async () => {
  const all = async (sql: (table: (typeof TABLES)[number]) => string) =>
    await postgres.run(TABLES.map((table) => sql(table)).join(';'));
  await all(
    ({ name, type, gone }) => `
    CREATE TABLE ${name} (id bigint PRIMARY KEY, at timestamptz NOT NULL, gone ${type});
    INSERT INTO ${name} SELECT n, now() - interval '1 day', CASE WHEN n = 3 THEN ${gone} END FROM generate_series(1, 5) AS n`,
  );
  const pipeline = folderOf({
    'pipeline.yaml': `name: soft-delete\nzone: UTC\nsources:\n${TABLES.map(source).join('')}`,
    'models/m.sql': `-- publish: true\nSELECT count(*) AS n FROM by_time, by_flag, kept\n`,
  });
  const ids = TABLES.map(
    ({ name }) => `(SELECT string_agg(id::VARCHAR, ',' ORDER BY id) FROM ${name}) AS ${name}`,
  ).join();
  const found: unknown[] = [];
  const nights: ((table: (typeof TABLES)[number]) => string)[] = [
    () => 'SELECT 1',
    ({ name, gone }) => `UPDATE ${name} SET at = now(), gone = ${gone} WHERE id = 4`,
    ({ name }) => `DELETE FROM ${name} WHERE id = 1; INSERT INTO ${name} VALUES (6, now(), NULL)`,
  ];
  for (const [index, change] of nights.entries()) {
    await all(change);
    const made = await night(workshop, pipeline, `night-${index}`);
    expect(made.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    found.push((await rowsOfNight(workshop, made, `SELECT ${ids}`))[0]);
  }
  expect(found).toEqual([
    { by_time: '1,2,4,5', by_flag: '1,2,4,5', kept: '1,2,3,4,5' },
    { by_time: '1,2,5', by_flag: '1,2,5', kept: '1,2,3,4,5' },
    { by_time: '1,2,5,6', by_flag: '1,2,5,6', kept: '1,2,3,4,5,6' },
  ]);
});

/** Services that look for deleted rows, and before they do, something happens in the shop. */
const meanwhile = (services: Services, happens: () => Promise<unknown>): Services => ({
  ...services,
  openDatabase: async (request) => {
    const source = await services.openDatabase(request);
    return {
      ...source,
      async keys(...args) {
        await happens();
        await source.keys(...args);
      },
    };
  },
});

test('a line that is taken out of an order meanwhile is there until the order is read, and one that was before is gone', async () => {
  const instant = await openWorkshop({ SHOP: postgres.url({ database: 'instant' }) });
  try {
    const { main } = await openShop(postgres, 'instant', randomOf(1));
    const line = (order: number, no: number) => `('DE', ${order}, ${no}, ${no}, 'p', now())`;
    await main(`INSERT INTO orders SELECT 'DE', n, 1, NULL, n, now() - interval '1 day' FROM generate_series(1, 3) AS n;
      INSERT INTO order_items VALUES ${[line(1, 1), line(1, 2), line(2, 1), line(2, 2), line(3, 1)].join(', ')}`);
    const pipeline = shopPipeline('instant');
    const lines = async (made: Night) => {
      expect(made.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
      const sql = `SELECT order_id || ':' || line_no AS line FROM order_items ORDER BY ALL`;
      return (await rowsOfNight(instant, made, sql)).map((row) => row.line);
    };
    expect(await lines(await night(instant, pipeline, 'first'))).toEqual(['1:1', '1:2', '2:1', '2:2', '3:1']);
    // Two rows are gone that no cursor tells of.
    await main('DELETE FROM orders WHERE order_id = 3; DELETE FROM order_items WHERE order_id = 2 AND line_no = 2');
    const services = meanwhile(instant.services, async () => {
      await main(`DELETE FROM order_items WHERE order_id = 1 AND line_no = 2;
        INSERT INTO order_items VALUES ${line(1, 3)}; UPDATE orders SET total = 7, updated_at = now() WHERE order_id = 1`);
    });
    const second = await night(instant, pipeline, 'second', { services });
    expect(await lines(second)).toEqual(['1:1', '1:2', '2:1']);
    expect(await lines(await night(instant, pipeline, 'third'))).toEqual(['1:1', '1:3', '2:1']);
  } finally {
    await instant.close();
  }
});

test('a key that is not unique is told as such', async () => {
  await postgres.run(`CREATE TABLE doubled (id bigint, at timestamptz NOT NULL);
    INSERT INTO doubled SELECT n % 3, now() - interval '1 day' FROM generate_series(1, 5) AS n`);
  const pipeline = folderOf({
    'pipeline.yaml': `name: doubled
zone: UTC
sources:
  doubled: {type: postgres, connection: "\${env:SHOP}", table: doubled, key: [id], cursor: at, columns: {id: BIGINT, at: TIMESTAMPTZ}}
`,
    'models/m.sql': '-- publish: true\nSELECT count(*) AS n FROM doubled\n',
  });
  const made = await night(workshop, pipeline, 'doubled');
  expect(made.passed).toBe(false);
  expect(made.checks.find(({ name }) => name === 'conservation')?.observed).toBe(
    '5 read = 5 accepted + 0 quarantined; 5 in the snapshot; 0 lost, 2 duplicated; 2 rows have the key (id) of another row: is it unique?',
  );
});
