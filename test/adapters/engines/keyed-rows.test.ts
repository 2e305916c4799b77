/**
 * Random changes of small tables: where a SELECT follows its key, the rows of keys that are not reached stay, and those of
 * the others, computed alone, are what the whole gives. `ROUNDS=200 SEED=1 npx jest test/adapters/engines/keyed-rows`.
 */
import { duckDbEngine } from '../../../src/adapters/engines/duckdb';
import { duckDb } from '../../../src/adapters/engines/duckdb/client';
import { changedName, identifier, identifiers } from '../../../src/domain/sql';
import { randomOf } from '../../increments/shop';
import { FOLLOWING, TABLES } from './keyed-selects';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SEED = Number(process.env.SEED ?? 1);
const VARIABLES = { since: { type: 'DATE', value: '2026-01-01' } } as const;

const db = duckDb();
const engine = duckDbEngine(db);
afterAll(async () => {
  await engine.close();
});

/** Few values, so that rows meet, and NULL among them. */
function valueOf(type: string, random: () => number): string {
  const digit = Math.floor(random() * 5);
  if (random() < 0.15) return 'NULL';
  if (type === 'VARCHAR') return `'${random() < 0.5 ? digit : 'x'}'`;
  if (type === 'DATE') return `DATE '2026-01-0${digit + 1}'`;
  if (type === 'VARCHAR[]') return random() < 0.5 ? '[]' : `['${digit}', 'x']`;
  return type.startsWith('STRUCT') ? `{order_id: ${digit}, city: 'x'}` : String(digit);
}

/** Rows before and after: some go, some come, of some one value changes. */
function changing(types: readonly string[], changes: boolean, random: () => number) {
  const row = () => types.map((type) => valueOf(type, random));
  const before = Array.from({ length: Math.floor(random() * 9) }, row);
  const after = before.flatMap((old) => {
    const dice = changes ? random() : 1;
    const at = Math.floor(random() * types.length);
    return dice < 0.2 ? [] : [dice < 0.5 ? old.map((value, index) => (index === at ? (row()[at] ?? '') : value)) : old];
  });
  for (let more = changes ? Math.floor(random() * 3) : 0; more > 0; more -= 1) after.push(row());
  return { before, after };
}

test(
  `${ROUNDS} rounds from seed ${SEED}: what follows is what the whole gives`,
  async () => {
    const session = await db.session('rows', {
      folders: [],
      memoryBytes: 200_000_000,
      threads: 1,
      zone: 'UTC',
      setup: ["SET VARIABLE since = DATE '2026-01-01'", 'CREATE SCHEMA earlier'],
    });
    const random = randomOf(SEED);
    let followed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const changed = new Set<string>();
      for (const [name, columns] of TABLES) {
        const types = columns.map(({ type }) => type);
        if (random() < 0.4) changed.add(name);
        const { before, after } = changing(types, changed.has(name), random);
        for (const [schema, rows] of [
          ['earlier', before],
          ['main', after],
        ] as const) {
          const list = columns.map((column) => `${column.name} ${column.type}`).join(', ');
          await session.query(`CREATE OR REPLACE TABLE ${schema}.${name} (${list})`);
          if (rows.length > 0)
            await session.query(
              `INSERT INTO ${schema}.${name} VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`,
            );
        }
      }
      for (const [title, sql] of FOLLOWING) {
        const key = ['order_id'];
        const answer = await engine.follow({ sql, key, tables: TABLES, variables: VARIABLES });
        if ('problem' in answer) throw new Error(`${title}: ${answer.problem.message}`);
        const { keyed, lookups, opaque, used } = answer;
        if (opaque.some((name) => changed.has(name))) continue;
        followed += 1;
        const views = [...keyed, ...lookups.map(({ table }) => table)].map((name) => {
          const [was, is] = ['earlier', 'main'].map(
            (schema) => `SELECT ${identifiers(used[name] ?? [])} FROM ${schema}.${name}`,
          );
          return `CREATE OR REPLACE VIEW ${identifier(changedName(name))} AS (${was} EXCEPT ALL ${is}) UNION ALL (${is} EXCEPT ALL ${was})`;
        });
        const from = (schema: string, where = '') =>
          (schema === 'main' ? keyed : [...TABLES.keys()]).map(
            (name) => `${name} AS (FROM ${schema}.${name} AS t ${where})`,
          );
        const isTouched = 'EXISTS (FROM touched AS k WHERE k.order_id IS NOT DISTINCT FROM t.order_id)';
        const reached = [
          ...keyed.map((name) => `SELECT order_id FROM ${identifier(changedName(name))}`),
          ...lookups.map((lookup) => `FROM (${lookup.sql})`),
        ];
        const tables = [
          ['whole', sql],
          ['before', `WITH ${from('earlier').join(', ')} SELECT * FROM (${sql})`],
          ['touched', reached.join(' UNION ')],
          [
            'made',
            `SELECT * FROM before AS t WHERE NOT ${isTouched} UNION ALL SELECT * FROM
            (WITH ${from('main', `WHERE ${isTouched}`).join(', ')} SELECT * FROM (${sql}))`,
          ],
        ].map(([table, query]) => `CREATE OR REPLACE TABLE ${table} AS ${query}`);
        await session.query([...views, ...tables].join('; '));
        const { rows } = await session.query(
          '(FROM whole EXCEPT ALL FROM made) UNION ALL (FROM made EXCEPT ALL FROM whole)',
        );
        expect({ seed: SEED, round, title, sql, changed: [...changed], rows }).toMatchObject({ rows: [] });
      }
    }
    expect(followed).toBeGreaterThan(ROUNDS * 20);
  },
  60_000 + ROUNDS * 20_000,
);
