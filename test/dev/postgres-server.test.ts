import { startTestPostgres, type TestPostgres } from '../support/postgres';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres({ max_prepared_transactions: 5 });
});
afterAll(async () => await postgres.remove());

test('the server takes settings, and goes on where it was after it was killed', async () => {
  expect(await postgres.run('SHOW max_prepared_transactions')).toEqual([{ max_prepared_transactions: '5' }]);
  await postgres.run('CREATE TABLE cups AS SELECT 7 AS n');
  const { pid } = postgres;
  postgres.kill();
  await postgres.restart();
  expect(postgres.pid).not.toBe(pid);
  expect(await postgres.run('SELECT n FROM cups')).toEqual([{ n: '7' }]);
});

test('a replica has what was there, and what comes', async () => {
  const replica = await postgres.standby();
  await postgres.run('INSERT INTO cups VALUES (8)');
  const until = Date.now() + 10_000;
  while ((await replica.run('SELECT 1 FROM cups')).length < 2 && Date.now() < until) await new Promise(setImmediate);
  expect(await replica.run('SELECT max(n) AS n, pg_is_in_recovery() AS replica FROM cups')).toEqual([
    { n: '8', replica: 't' },
  ]);
});
