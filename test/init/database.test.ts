/** A declaration proposed from the catalogue of a real Postgres, and a night over it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { transformModel } from '../../src/activities/transform';
import { initFromDatabase } from '../../src/init';
import { removeTemporaryFolders, temporaryFolder } from '../dev/temporary';
import { night } from '../increments/night';
import { startTestPostgres, type TestPostgres } from '../support/postgres';
import { openWorkshop } from '../support/workshop';

const TABLES = `
  CREATE SCHEMA hr;
  CREATE TABLE hr.people (id int PRIMARY KEY);
  CREATE TYPE state AS ENUM ('open', 'it''s paid');
  CREATE DOMAIN money2 AS numeric(10,2);
  CREATE TABLE guests ("Guest No" uuid PRIMARY KEY, name text NOT NULL, last_modified timestamp NOT NULL, deleted_at timestamptz);
  CREATE TABLE bookings (id bigint PRIMARY KEY, guest uuid NOT NULL REFERENCES guests, state state NOT NULL,
    kind text NOT NULL CHECK (kind IN ('single', 'double')), price money2, weight numeric, tags text[],
    booked_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
  CREATE INDEX ON bookings (updated_at);
  CREATE TABLE nights (booking bigint REFERENCES bookings, no int, price money2 NOT NULL, PRIMARY KEY (booking, no));
  CREATE TABLE extras (booking bigint, no int, line int, PRIMARY KEY (booking, no, line), FOREIGN KEY (booking, no) REFERENCES nights);
  CREATE TABLE audit (at timestamptz, what text);
  CREATE TABLE log (at timestamptz NOT NULL, n int NOT NULL, UNIQUE (at, n)) PARTITION BY RANGE (at);
  CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE VIEW seen AS SELECT * FROM guests;
  INSERT INTO guests VALUES ('00000000-0000-0000-0000-000000000001', 'Ada', now(), NULL);
  INSERT INTO bookings VALUES (1, '00000000-0000-0000-0000-000000000001', 'open', 'single', 12.50, 1.25, '{a,b}', '2026-03-01', now());
  INSERT INTO nights VALUES (1, 1, 12.50);
  INSERT INTO log VALUES ('2026-05-05', 1);
  ANALYZE`;
const ALL = ['guests', 'bookings', 'nights', 'extras', 'audit', 'log'];

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
  await postgres.run('CREATE DATABASE hotel');
  await postgres.run(TABLES, 'hotel');
  await postgres.reader('reader', ALL.slice(0, -1), 'hotel');
});
afterAll(async () => {
  await postgres.remove();
  await removeTemporaryFolders();
});

const url = (user?: string) => postgres.url({ database: 'hotel', ...(user === undefined ? {} : { user }) });

async function init(from: string, tables: readonly string[] = [], environment: Record<string, string> = {}) {
  const folder = join(temporaryFolder(), 'hotel');
  const made = await initFromDatabase({ folder, url: from, tables, environment, home: join(folder, 'no-home') });
  const yaml = readFileSync(join(folder, 'pipeline.yaml'), 'utf8');
  const declared = parse(yaml) as { sources: Record<string, Record<string, unknown>> };
  return { ...made, yaml, sources: declared.sources, told: made.sources };
}

test('tables of the search path, with keys, cursors, families, references and types; the URL is written nowhere', async () => {
  const { yaml, sources, told, leftOut, variable, isSet } = await init(url());
  expect(told.map(({ name, parent }) => [name, parent])).toEqual([
    ['bookings', null],
    ['nights', 'bookings'],
    ['extras', null],
    ['guests', null],
    ['log', null],
  ]);
  expect(leftOut).toEqual([
    { table: 'public.audit', why: 'it has no primary key, nor a unique index of columns that are NOT NULL' },
  ]);
  expect(variable).toBe('HOTEL_DATABASE');
  expect(isSet).toBe(false);
  expect(yaml).not.toContain('morning-coffee');
  expect(sources.bookings).toEqual({
    type: 'postgres',
    connection: '${env:HOTEL_DATABASE}',
    table: 'public.bookings',
    key: ['id'],
    cursor: 'updated_at',
    columns: {
      id: 'BIGINT',
      guest: 'VARCHAR',
      state: 'VARCHAR',
      kind: 'VARCHAR',
      price: 'DECIMAL(10,2)',
      weight: 'DECIMAL(38,10)',
      tags: 'VARCHAR',
      booked_at: 'TIMESTAMPTZ',
      updated_at: 'TIMESTAMPTZ',
    },
    checks: [
      { type: 'row_count', min: 1 },
      { type: 'unique', columns: ['id'] },
      { type: 'not_null', columns: ['guest', 'state', 'kind', 'booked_at', 'updated_at'] },
      { type: 'references', columns: ['guest'], to: 'guests', to_columns: ['Guest No'], severity: 'warn' },
      { type: 'accepted_values', column: 'state', values: ['open', "it's paid"] },
      { type: 'accepted_values', column: 'kind', values: ['single', 'double'] },
    ],
  });
  expect(sources.nights).toMatchObject({ parent: 'bookings', parent_key: ['booking'], key: ['booking', 'no'] });
  expect(sources.nights).not.toHaveProperty('connection');
  expect(sources.nights?.checks).toContainEqual({
    type: 'references',
    columns: ['booking'],
    to: 'bookings',
    to_columns: ['id'],
  });
  expect(sources.guests).toMatchObject({ cursor: 'last_modified', key: ['Guest No'] });
  expect(yaml).toMatch(/cursor: last_modified +# guess: .*, in UTC; an index on it would spare/);
  expect(yaml).toMatch(/# soft_delete: deleted_at +# guess: /);
  expect(yaml).toMatch(/# cursor: \.\.\. +# none found: every night reads all/);
  expect(yaml).toContain('# guess: text[] as text');
});

test('what is made runs at once, as a reader who sees no other transactions: a lag is declared', async () => {
  const made = await init(url('reader'), ['guests', 'public.bookings', 'nights'], { HOTEL: url('reader') });
  expect([made.variable, made.isSet]).toEqual(['HOTEL', true]);
  expect(made.sources.bookings).toMatchObject({ connection: '${env:HOTEL}', lag: '1h' });
  const workshop = await openWorkshop({ HOTEL: url('reader') });
  try {
    const { plan, passed, checks, runId } = await night(workshop, made.folder, 'first');
    expect(checks.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(passed).toBe(true);
    const rows = [];
    for (const { name } of plan.models.filter(({ written }) => written))
      rows.push([
        name,
        (await workshop.act(runId, async () => await transformModel(workshop.services, `plans/hotel/${runId}`, name)))
          .rows,
      ]);
    expect(rows).toEqual([
      ['bookings_by_day', 1],
      ['bookings_by_guest', 1],
    ]);
  } finally {
    await workshop.close();
  }
});

test('what cannot be declared is said, with what there is instead', async () => {
  await expect(init(url(), ['orders'])).rejects.toThrow(
    /there is no table orders; expected tables that are there, such as hr\.people, public\.audit, .*--table 'hr\.\*'/s,
  );
  await expect(init(url(), ['audit'])).rejects.toThrow(/public\.audit: it has no primary key/);
  await expect(init(url('reader'), ['log'])).rejects.toThrow(/public\.log: we may not read it: GRANT SELECT/);
  await expect(init(postgres.url())).rejects.toThrow(/no table is on the search path/);
  expect((await init(url(), ['hr.*'])).told.map(({ table }) => table)).toEqual(['hr.people']);
});
