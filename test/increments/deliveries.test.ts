/** Files that come night after night: all of them are the table, the last one is, or later rows replace earlier ones. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { makeSample } from '../../src/sample';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { openWorkshop, type Workshop } from '../support/workshop';
import { folderOf } from '../workflows/folders';
import { type Night, night, rowsOfNight } from './night';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(async () => {
  await workshop.close();
  await removeTemporaryFolders();
});

const COLUMNS =
  'order_id: BIGINT, user_id: BIGINT, status: VARCHAR, ordered_at: TIMESTAMPTZ, currency: VARCHAR, updated_at: TIMESTAMPTZ';
let serial = 0;

function pipelineOf(folder: string, delivery: string, columns: string, key: string): string {
  serial += 1;
  return folderOf({
    'pipeline.yaml': `name: delivered-${serial}
zone: UTC
sources:
  rows:
    type: csv
    path: ${folder}/*.csv
    key: [${key}]
    delivery: ${delivery}
    columns: {${columns}}
`,
    'models/total.sql': '-- publish: true\nSELECT count(*) AS n FROM rows\n',
  });
}

const read = ({ lanes }: Night) => lanes.reduce((sum, { parts, resumedParts }) => sum + parts - resumedParts, 0);

/** Nights over files of a folder: what was read, and the rows, as text. */
function nights(delivery: string) {
  const folder = temporaryFolder();
  const pipeline = pipelineOf(folder, delivery, 'id: BIGINT, value: VARCHAR', 'id');
  let count = 0;
  return {
    deliver: (name: string, ...rows: string[]) =>
      writeFileSync(join(folder, `${name}.csv`), `id,value\n${rows.map((row) => `${row}\n`).join('')}`),
    remove: (name: string) => rmSync(join(folder, `${name}.csv`)),
    async night() {
      count += 1;
      const made = await night(workshop, pipeline, `${delivery}-${serial}-${count}`);
      const found = await rowsOfNight(workshop, made, "SELECT id || '=' || value AS row FROM rows ORDER BY ALL");
      const failed = made.checks.filter(({ outcome }) => outcome !== 'pass').map(({ observed }) => observed);
      return { parts: read(made), rows: found.map(({ row }) => row), failed };
    },
  };
}

test('files that are merged: later rows replace earlier ones, and what did not change is not read again', async () => {
  const { deliver, remove, night: next } = nights('merge');
  deliver('01', '1,a', '2,b', '3,c');
  expect(await next()).toEqual({ parts: 1, rows: ['1=a', '2=b', '3=c'], failed: [] });
  deliver('03', '2,B', '4,d');
  expect(await next()).toEqual({ parts: 1, rows: ['1=a', '2=B', '3=c', '4=d'], failed: [] });
  // One that came late is between them by its name.
  deliver('02', '2,x', '3,y');
  expect(await next()).toEqual({ parts: 1, rows: ['1=a', '2=B', '3=y', '4=d'], failed: [] });
  // A changed file is read anew; one that is gone counts as if it had never been there.
  deliver('03', '4,D', '5,eee');
  expect(await next()).toEqual({ parts: 1, rows: ['1=a', '2=x', '3=y', '4=D', '5=eee'], failed: [] });
  remove('02');
  expect(await next()).toEqual({ parts: 0, rows: ['1=a', '2=b', '3=c', '4=D', '5=eee'], failed: [] });
  // Which of two rows of one file is the later one nobody knows.
  deliver('04', '1,p', '1,q');
  expect((await next()).failed).toEqual(['7 read = 7 accepted + 0 quarantined; 0 lost, 1 duplicated']);
});

test('files that replace each other: the last one by name is the table', async () => {
  const { deliver, remove, night: next } = nights('replace');
  deliver('01', '1,a', '2,b');
  expect(await next()).toEqual({ parts: 1, rows: ['1=a', '2=b'], failed: [] });
  deliver('02', '2,c');
  expect(await next()).toEqual({ parts: 1, rows: ['2=c'], failed: [] });
  deliver('00', '9,z');
  expect(await next()).toEqual({ parts: 0, rows: ['2=c'], failed: [] });
  remove('02');
  expect(await next()).toEqual({ parts: 0, rows: ['1=a', '2=b'], failed: [] });
});

test('files that are appended: all of them are the table', async () => {
  const { deliver, remove, night: next } = nights('append');
  deliver('01', '1,a');
  deliver('02', '1,b');
  expect(await next()).toEqual({ parts: 2, rows: ['1=a', '1=b'], failed: [] });
  remove('01');
  expect(await next()).toEqual({ parts: 0, rows: ['1=b'], failed: [] });
});

test('a series of nightly deliveries is what DuckDB makes of it, each night', async () => {
  const [sample, folder] = [temporaryFolder(), temporaryFolder()];
  await makeSample({ folder: sample, seed: 5, lines: 1_500, until: '2026-11-25', days: 6 });
  mkdirSync(folder, { recursive: true });
  const pipeline = pipelineOf(folder, 'merge', COLUMNS, 'order_id');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  let replaced = 0;
  for (const file of readdirSync(join(sample, 'orders')).toSorted()) {
    copyFileSync(join(sample, 'orders', file), join(folder, file));
    const made = await night(workshop, pipeline, `series-${file}`);
    expect({ passed: made.passed, parts: read(made) }).toEqual({ passed: true, parts: 1 });
    const [row] = await rowsOfNight(
      workshop,
      made,
      'SELECT count(*) AS n, sum(hash(order_id, status, updated_at)) AS h FROM rows',
    );
    const reader =
      await connection.runAndReadAll(`SELECT count(*) AS n, sum(hash(order_id, status, updated_at)) AS h, any_value(total) AS total
      FROM (SELECT *, count(*) OVER () AS total FROM read_csv('${folder}/*.csv', filename = true, columns = {order_id: 'BIGINT', user_id: 'BIGINT',
        status: 'VARCHAR', ordered_at: 'TIMESTAMPTZ', currency: 'VARCHAR', updated_at: 'TIMESTAMPTZ'})
        QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY filename DESC) = 1)`);
    const [expected] = reader.getRowObjectsJson();
    expect([String(row?.n), String(row?.h)]).toEqual([String(expected?.n), String(expected?.h)]);
    replaced = Number(expected?.total) - Number(expected?.n);
  }
  expect(replaced).toBeGreaterThan(3);
  connection.closeSync();
  instance.closeSync();
});
