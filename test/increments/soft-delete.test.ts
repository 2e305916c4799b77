/** Rows that a column says are deleted: gone the next night, and counted as what they are; and rows that are kept. */
import { removeTemporaryFolders } from '../dev/temporary';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { night, rowsOfNight } from './night';

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
