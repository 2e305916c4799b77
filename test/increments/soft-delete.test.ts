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

test.each([
  ['soft_delete: gone', 'timestamptz', 'now()', ['1,2,4,5', '1,2,5', '1,2,5,6']],
  ['soft_delete: gone', 'boolean', 'true', ['1,2,4,5', '1,2,5', '1,2,5,6']],
  ['on_delete: keep', 'boolean', 'true', ['1,2,3,4,5', '1,2,3,4,5', '1,2,3,4,5,6']],
])('%s, a %s', async (line, type, gone, nights) => {
  const table = `t_${line.slice(0, 4)}_${type}`;
  await postgres.run(`
    CREATE TABLE ${table} (id bigint PRIMARY KEY, at timestamptz NOT NULL, gone ${type});
    INSERT INTO ${table} SELECT n, now() - interval '1 day', CASE WHEN n = 3 THEN ${gone} END FROM generate_series(1, 5) AS n`);
  const declared = type === 'boolean' ? 'BOOLEAN' : 'TIMESTAMPTZ';
  const pipeline = folderOf({
    'pipeline.yaml': `name: ${table.replaceAll('_', '-')}
zone: UTC
sources:
  t:
    type: postgres
    connection: \${env:SHOP}
    table: ${table}
    key: [id]
    cursor: at
    ${line}
    columns: {id: BIGINT, at: TIMESTAMPTZ, gone: ${declared}}
`,
    'models/m.sql': '-- publish: true\nSELECT count(*) AS n FROM t\n',
  });
  const found: unknown[] = [];
  for (const [index, change] of [
    'SELECT 1',
    `UPDATE ${table} SET at = now(), gone = ${gone} WHERE id = 4`,
    `DELETE FROM ${table} WHERE id = 1; INSERT INTO ${table} VALUES (6, now(), NULL)`,
  ].entries()) {
    await postgres.run(change);
    const made = await night(workshop, pipeline, `${table}-${index}`);
    expect(made.checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    found.push(
      (await rowsOfNight(workshop, made, "SELECT string_agg(id::VARCHAR, ',' ORDER BY id) AS ids FROM t"))[0]?.ids,
    );
  }
  // What is deleted for good stays, as nobody looks for it.
  expect(found).toEqual(nights);
});
